#include "bench/summary.hpp"

#include <algorithm>
#include <vector>

#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {
constexpr std::size_t fewest_launches = 3;  // for an interval
constexpr double confidence = 0.95;
constexpr double tolerated = 1.05;

using Which = std::optional<PairedCeiling> PairedCeilings::*;

// Of each launch that has that ceiling; none where the case has no such work.
std::vector<double> efficiencies(const Record& record, double amount, Which which) {
  std::vector<double> values;
  if (!(amount > 0)) return values;
  for (const Launch& launch : record.launches) {
    const auto& ceiling = launch.ceilings.*which;
    if (!ceiling || ceiling->rates.empty()) continue;
    values.push_back(amount / (median(launch.samples_ns) * 1e-9) / median(ceiling->rates));
  }
  return values;
}

std::optional<Efficiency> efficiency(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Efficiency result;
  result.median = median(values);
  if (values.size() >= fewest_launches) result.interval = geometric_interval(values, confidence);
  return result;
}

// The least that a launch can be explained with: its slowest samples, the fastest of the ceiling.
double least_efficiency(const Launch& launch, double amount, const PairedCeiling& ceiling) {
  const double slow_s = quantile(launch.samples_ns, 0.9) * 1e-9;
  return amount / slow_s / std::ranges::max(ceiling.rates);
}

bool impossible(const Record& record, double amount, Which which) {
  const std::vector<double> values = efficiencies(record, amount, which);
  if (values.empty()) return false;
  if (const auto summed = efficiency(values); summed->interval) {
    return summed->interval->low > tolerated;
  }
  return std::ranges::all_of(record.launches, [&](const Launch& launch) {
    const auto& ceiling = launch.ceilings.*which;
    return !ceiling || ceiling->rates.empty() ||
           least_efficiency(launch, amount, *ceiling) > tolerated;
  });
}

double bytes_of(const Record& record) { return record.work.bytes_read + record.work.bytes_written; }

std::string ceiling_name(const Record& record, Which which) {
  for (const Launch& launch : record.launches) {
    if (launch.ceilings.*which) return (launch.ceilings.*which)->name;
  }
  return {};
}

}  // namespace

std::optional<double> Summary::precision() const {
  if (!interval || !(median_ns > 0)) return std::nullopt;
  return (interval->high - interval->low) / 2 / median_ns;
}

Summary summarise(const Record& record) {
  if (!record.has_numbers()) {
    throw Error(Error::Kind::internal, "'" + record.name + "' has no numbers to summarise");
  }
  std::vector<double> medians;
  std::vector<double> samples;
  for (const Launch& launch : record.launches) {
    medians.push_back(median(launch.samples_ns));
    samples.insert(samples.end(), launch.samples_ns.begin(), launch.samples_ns.end());
  }
  Summary summary;
  summary.median_ns = median(medians);
  if (medians.size() >= fewest_launches) summary.interval = geometric_interval(medians, confidence);
  summary.min_ns = std::ranges::min(samples);
  summary.p10_ns = quantile(samples, 0.1);
  summary.p90_ns = quantile(samples, 0.9);
  summary.launches = static_cast<std::int64_t>(medians.size());
  summary.samples = static_cast<std::int64_t>(samples.size());
  const double seconds = summary.median_ns * 1e-9;
  summary.flops_per_second = record.work.flops / seconds;
  summary.bytes_per_second = bytes_of(record) / seconds;
  if (bytes_of(record) > 0) summary.intensity = record.work.flops / bytes_of(record);
  summary.alu_efficiency =
      efficiency(efficiencies(record, record.work.flops, &PairedCeilings::alu));
  summary.bandwidth_efficiency =
      efficiency(efficiencies(record, bytes_of(record), &PairedCeilings::memory));
  // Both are fractions of the same time: the larger one is the roof that is nearer.
  if (summary.alu_efficiency && summary.bandwidth_efficiency) {
    const bool alu = summary.alu_efficiency->median >= summary.bandwidth_efficiency->median;
    summary.roof = ceiling_name(record, alu ? &PairedCeilings::alu : &PairedCeilings::memory);
  }
  return summary;
}

std::string above_ceiling(const Record& record) {
  if (!record.has_numbers()) return {};
  struct Side {
    double amount;
    Which which;
  };
  for (const Side& side : {Side{record.work.flops, &PairedCeilings::alu},
                           Side{bytes_of(record), &PairedCeilings::memory}}) {
    if (!impossible(record, side.amount, side.which)) continue;
    const double times = efficiency(efficiencies(record, side.amount, side.which))->median;
    return "above its ceiling: " + std::to_string(times).substr(0, 4) + " times what " +
           ceiling_name(record, side.which) + " reached beside it";
  }
  return {};
}

}  // namespace assay
