#include "bench/claims/case_readings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>

#include "bench/statistics/bootstrap.hpp"

namespace assay::case_measures {
namespace {

// Exp of the mean of ln(median of odd groups / median of even groups).
Resampled mean_ratio(const std::vector<std::vector<double>>& groups, std::uint64_t seed) {
  BootstrapOptions options;
  options.seed = seed;
  const auto ratio = [](std::span<const double> m) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i + 1 < m.size(); i += 2) ratios.push_back(m[i + 1] / m[i]);
    return geometric(ratios);
  };
  return resampled_medians(groups, ratio, options);
}

}  // namespace

double geometric(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += std::log(v);
  return std::exp(sum / static_cast<double>(values.size()));
}

// Times over times, problem by problem: `over` / `under`; of those with enough runs where there are any.
Reading ratio_reading(const std::vector<CasePair>& all) {
  Reading reading;
  const std::vector<CasePair> pairs = with_runs(all, reading);
  std::vector<std::vector<double>> groups;
  for (const CasePair& pair : pairs) {
    groups.push_back(pair.under->runs_ns);
    groups.push_back(pair.over->runs_ns);
    note_pair(pair, reading);
  }
  // A seed of its own: the resamples of different problems are independent.
  const Resampled resampled =
      mean_ratio(groups, std::hash<std::string>()(pairs.front().over->name));
  reading.value = resampled.estimate;
  reading.drawn = resampled.values;
  reading.measured = true;
  reading.basis = Basis::runs;
  reading.note = pairs.size() == 1 ? "1 problem" : fmt::format("{} problems", pairs.size());
  return reading;
}

// Speed 0 where a device was asked for all of it and runs none of it; nothing where it runs some.
std::optional<Reading> nothing_runs(const Cases& cases) {
  Reading reading;
  for (const Measured* m : cases) {
    if (m->status == Status::ok) return std::nullopt;
    reading.records.insert(m->files.begin(), m->files.end());
    if (m->status != Status::unsupported) {
      reading.why_not.insert(fmt::format("{} ({}): {}", m->name, m->backend, m->reason));
    }
  }
  reading.basis = Basis::counted;
  reading.note = fmt::format("none of {} problems runs: {}", cases.size(), cases.front()->reason);
  return reading;
}

void set_condition(Reading& reading, const ClaimQuantity& q, const std::string& split,
                   const std::string& more) {
  reading.condition = more;
  if (q.split.empty()) return;
  reading.condition += (more.empty() ? "" : ", ") + q.split + ":" + split;
  double number = 0;
  const auto [stop, code] = std::from_chars(split.data(), split.data() + split.size(), number);
  if (code == std::errc{} && stop == split.data() + split.size()) reading.split = number;
}

}  // namespace assay::case_measures
