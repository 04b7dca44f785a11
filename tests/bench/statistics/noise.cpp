#include "noise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/random.hpp"

namespace assay::simulation {
namespace {

double whole_ticks(double log_time, double tick) {
  return tick > 0 ? std::log(std::max(std::round(std::exp(log_time) / tick), 1.0) * tick)
                  : log_time;
}

// The samples of one machine, in the order of time.
class Machine {
 public:
  Machine(const Noise& noise, Random& random) : noise_(noise), random_(random) {
    slow_ = random_.normal();
  }

  void begin_block() {
    const double kept = noise_.persistence;
    slow_ = kept * slow_ + std::sqrt(1 - kept * kept) * random_.normal();
    if (noise_.wobble > 0) scale_ = std::exp(noise_.wobble * random_.normal());
  }
  bool loses_block() { return noise_.lost > 0 && random_.uniform() < noise_.lost; }

  // Of a call that takes exp(`log_work`) on the quiet machine.
  double log_time(double log_work) {
    if (random_.uniform() < noise_.switches) halved_ = !halved_;
    trend_ += noise_.drift;
    const double fast = noise_.heavy ? random_.student3() : random_.normal();
    double value =
        log_work + trend_ + scale_ * noise_.size * std::numbers::sqrt2 / 2 * (slow_ + fast);
    if (halved_) value += std::numbers::ln2;
    if (random_.uniform() < noise_.outliers) value += std::log(1.2 + 2.8 * random_.uniform());
    return whole_ticks(value, noise_.tick);
  }

 private:
  const Noise& noise_;
  Random& random_;
  double slow_ = 0;
  double scale_ = 1;
  double trend_ = 0;
  bool halved_ = false;
};

}  // namespace

double Random::uniform() { return assay::uniform(random_bits(seed_, stream_, next_++)); }

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::student3() {
  const double numerator = normal();
  double squares = 0;
  for (int i = 0; i < 3; ++i) squares += std::pow(normal(), 2);
  return numerator / std::sqrt(squares / 3) / std::numbers::sqrt3;
}

std::vector<double> abba_blocks(const Noise& noise, double slowdown, std::size_t blocks,
                                Random& random) {
  Machine machine(noise, random);
  std::vector<double> result;
  for (std::size_t i = 0; i < blocks; ++i) {
    machine.begin_block();
    const bool base_first = random.coin();
    const double outer_work = base_first ? 0 : slowdown;
    const double inner_work = base_first ? slowdown : 0;
    const double first = machine.log_time(outer_work);
    const double inner = machine.log_time(inner_work) + machine.log_time(inner_work);
    const double outer = first + machine.log_time(outer_work);
    const double d = (inner - outer) / 2 * (base_first ? 1 : -1);
    if (!machine.loses_block()) result.push_back(d);
  }
  return result;
}

std::vector<double> pairs(const Noise& noise, double slowdown, std::size_t count, Random& random) {
  Machine machine(noise, random);
  std::vector<double> result(count);
  for (double& d : result) {
    machine.begin_block();
    const bool base_first = random.coin();
    const double first = machine.log_time(base_first ? 0 : slowdown);
    const double second = machine.log_time(base_first ? slowdown : 0);
    d = (second - first) * (base_first ? 1 : -1);
  }
  return result;
}

std::vector<double> series(const SeriesNoise& noise, std::size_t count, Random& random) {
  std::vector<double> result;
  const double kept = noise.persistence;
  double value = random.normal();
  for (std::size_t i = 0; i < count; ++i) {
    value = kept * value +
            std::sqrt(1 - kept * kept) * (noise.heavy ? random.student3() : random.normal());
    double y = noise.size * value;
    if (noise.growth != 0) {
      y *= std::exp(noise.growth * static_cast<double>(i) / static_cast<double>(count));
    }
    if (random.uniform() < noise.outliers) y += noise.size * (5 + 20 * random.uniform());
    if (noise.bimodal > 0 && random.uniform() < noise.bimodal) y += std::numbers::ln2;
    const bool lost = noise.lost > 0 && random.uniform() < noise.lost;
    if (!lost) result.push_back(whole_ticks(y, noise.tick));
  }
  return result;
}

}  // namespace assay::simulation
