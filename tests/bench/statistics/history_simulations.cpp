#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/statistics/steps.hpp"
#include "noise.hpp"
#include "simulations.hpp"

namespace assay::simulation {
namespace {

struct Model {
  SeriesNoise noise;
  double most = 0.01;  // alarms on 100 points
  double recall = 0;   // of a step of 3 %, at least; 0: only printed
};

// Where noise is larger than 2 % or neighbours resemble each other, recall is only printed.
constexpr std::array models = {
    Model{{.name = "independent"}, 0.01, 0.92},
    Model{{.name = "autocorrelated 0.3", .persistence = 0.3}, 0.05},
    Model{{.name = "2 % outliers", .outliers = 0.02}, 0.01, 0.92},
    Model{{.name = "autocorrelated 0.3, 2 % outliers", .persistence = 0.3, .outliers = 0.02}, 0.05},
    Model{{.name = "heavy tails (t, 3 degrees of freedom)", .heavy = true}, 0.01, 0.92},
    Model{{.name = "noise that grows threefold", .growth = 1.1}, 0.05},
    Model{{.name = "a third at half speed", .bimodal = 0.33}, 0.01},
    Model{{.name = "ticks of 5 %, many ties", .tick = 0.05}, 0.01, 0.92},
    Model{{.name = "a tenth missing", .lost = 0.1}, 0.01, 0.92},
};

void alarms(const Model& model, std::size_t points, const Size& size, Random& random,
            const Report& report) {
  const double share = std::max(1.0, static_cast<double>(points) / 100);
  Tally tally{
      fmt::format("history of {} points, {}: any step in pure noise", points, model.noise.name), 0,
      size.histories, 0, model.most * share};
  for (std::int64_t i = 0; i < size.histories; ++i) {
    tally.count += !find_steps(series(model.noise, points, random), {}).empty();
  }
  report(tally);
}

void recall(const Model& model, const Size& size, Random& random, const Report& report) {
  const auto tally = [&](std::string_view found, double least) {
    return Tally{fmt::format("step of 3 % at 2 % noise, {}: {}", model.noise.name, found), 0,
                 size.histories, least, 1};
  };
  Tally any = tally("found", model.recall);
  Tally within5 = tally("found within 5 points", model.noise.name == "independent" ? 0.92 : 0);
  Tally within1 = tally("found within 1 point", 0);
  // Of those found: drawn from the same series, so that the share below is of all.
  Tally in_range = tally("where found, within the range that is told",
                         model.noise.name == "independent" ? 0.93 : 0);
  in_range.trials = 0;
  for (std::int64_t i = 0; i < size.histories; ++i) {
    auto values = series(model.noise, 100, random);
    const auto at = static_cast<std::size_t>((0.2 + 0.6 * random.uniform()) *
                                             static_cast<double>(values.size()));
    for (std::size_t k = at; k < values.size(); ++k) values[k] += std::log(1.03);
    std::size_t nearest = values.size();
    const std::vector<Step> steps = find_steps(values, {});
    if (steps.size() == 1) {
      ++in_range.trials;
      in_range.count += steps[0].earliest + 1 <= at && at <= steps[0].latest + 1;
    }
    for (const Step& step : steps) {
      const std::size_t found = step.before + 1;
      nearest = std::min(nearest, found > at ? found - at : at - found);
    }
    any.count += !steps.empty();
    within5.count += nearest <= 5;
    within1.count += nearest <= 1;
  }
  for (const Tally* t : {&any, &within5, &within1, &in_range}) report(*t);
}

// Slower from 40 % to 60 % of the series, and as before again.
void taken_back(const Model& model, const Size& size, Random& random, const Report& report) {
  Tally both{fmt::format("5 % at 2 % noise, taken back after 20 of 100 points, {}: both ends found",
                         model.noise.name),
             0, size.histories, model.recall > 0 ? 0.8 : 0, 1};
  for (std::int64_t i = 0; i < size.histories; ++i) {
    auto values = series(model.noise, 100, random);
    const std::size_t first = values.size() * 2 / 5;
    const std::size_t last = values.size() * 3 / 5;
    for (std::size_t k = first; k < last; ++k) values[k] += std::log(1.05);
    const std::vector<Step> steps = find_steps(values, {});
    both.count += steps.size() >= 2 && steps.front().change > 0 && steps.back().change < 0;
  }
  report(both);
}

}  // namespace

void histories(const Size& size, std::uint64_t seed, const Report& report) {
  for (std::size_t i = 0; i < models.size(); ++i) {
    Random random(seed, 1000 + i);
    for (const std::size_t points :
         {std::size_t{30}, std::size_t{60}, std::size_t{100}, std::size_t{300}}) {
      alarms(models[i], points, size, random, report);
    }
    recall(models[i], size, random, report);
    taken_back(models[i], size, random, report);
  }
}

}  // namespace assay::simulation
