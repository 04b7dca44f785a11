#include "noise.hpp"

#include <cmath>
#include <numbers>

#include "kernels/random.hpp"

namespace assay::simulation {
namespace {

// The samples of one machine, in the order of time.
class Machine {
 public:
  Machine(const Noise& noise, Random& random) : noise_(noise), random_(random) {
    slow_ = random_.normal();
  }

  void begin_block() {
    const double kept = noise_.persistence;
    slow_ = kept * slow_ + std::sqrt(1 - kept * kept) * random_.normal();
  }

  double log_time() {
    if (random_.uniform() < noise_.switches) halved_ = !halved_;
    trend_ += noise_.drift;
    const double fast = noise_.heavy ? random_.student3() : random_.normal();
    double value = trend_ + noise_.size * std::numbers::sqrt2 / 2 * (slow_ + fast);
    if (halved_) value += std::numbers::ln2;
    if (random_.uniform() < noise_.outliers) value += std::log(1.2 + 2.8 * random_.uniform());
    return value;
  }

 private:
  const Noise& noise_;
  Random& random_;
  double slow_ = 0;
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
  std::vector<double> result(blocks);
  for (double& d : result) {
    machine.begin_block();
    const double outer = machine.log_time();
    const double inner = machine.log_time() + machine.log_time();
    const double outside = outer + machine.log_time();
    d = slowdown + (inner - outside) / 2 * (random.coin() ? 1 : -1);
  }
  return result;
}

std::vector<double> pairs(const Noise& noise, double slowdown, std::size_t count, Random& random) {
  Machine machine(noise, random);
  std::vector<double> result(count);
  for (double& d : result) {
    machine.begin_block();
    const double first = machine.log_time();
    d = slowdown + (machine.log_time() - first) * (random.coin() ? 1 : -1);
  }
  return result;
}

std::vector<double> series(double size, double persistence, double outliers, std::size_t count,
                           Random& random) {
  std::vector<double> result(count);
  double value = random.normal();
  for (double& y : result) {
    value = persistence * value + std::sqrt(1 - persistence * persistence) * random.normal();
    y = size * value;
    if (random.uniform() < outliers) y += size * (5 + 20 * random.uniform());
  }
  return result;
}

}  // namespace assay::simulation
