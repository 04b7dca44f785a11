#include "bench/summary.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {
constexpr std::size_t fewest_launches = 3;  // for an interval
constexpr double confidence = 0.95;
constexpr double tolerated = 1.05;

// The ceiling of a launch that counts; null where it has none.
using Pick = const PairedCeiling* (*)(const Launch&);

const PairedCeiling* usable(const std::optional<PairedCeiling>& ceiling) {
  return ceiling && !ceiling->rates.empty() ? &*ceiling : nullptr;
}
const PairedCeiling* alu_of(const Launch& launch) { return usable(launch.ceilings.alu); }
const PairedCeiling* memory_of(const Launch& launch) { return usable(launch.ceilings.memory); }
// What no case can exceed.
const PairedCeiling* most_memory_of(const Launch& launch) {
  const PairedCeiling* const read = memory_of(launch);
  const PairedCeiling* const copy = usable(launch.ceilings.copy);
  if (read == nullptr || copy == nullptr) return read;
  return median(copy->rates) > median(read->rates) ? copy : read;
}
// The lower of two may have been the higher.
bool disturbed(const Launch& launch, Pick pick) {
  const PairedCeiling* const copy = pick == most_memory_of ? usable(launch.ceilings.copy) : nullptr;
  const PairedCeiling* const read = pick == alu_of ? alu_of(launch) : memory_of(launch);
  return (read != nullptr && read->disturbed) || (copy != nullptr && copy->disturbed);
}

// Of a launch that has that ceiling.
struct Ratio {
  double value = 0;
  bool disturbed = false;  // the ceiling may be higher
};

// None where the case has no such work.
std::vector<Ratio> ratios(const Record& record, double amount, Pick pick) {
  std::vector<Ratio> values;
  if (!(amount > 0)) return values;
  for (const Launch& launch : record.launches) {
    const PairedCeiling* const ceiling = pick(launch);
    if (ceiling == nullptr) continue;
    values.push_back({amount / (median(launch.samples_ns) * 1e-9) / median(ceiling->rates),
                      disturbed(launch, pick)});
  }
  return values;
}

template <class Counts>
std::vector<double> values_of(const std::vector<Ratio>& all, const Counts& counts) {
  std::vector<double> values;
  for (const Ratio& each : all) {
    if (counts(each)) values.push_back(each.value);
  }
  return values;
}

bool all_disturbed(const std::vector<Ratio>& all) {
  return !all.empty() && std::ranges::all_of(all, &Ratio::disturbed);
}

std::optional<Efficiency> efficiency(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  Efficiency result;
  result.median = median(values);
  if (values.size() >= fewest_launches) result.interval = geometric_interval(values, confidence);
  return result;
}

// What is shown: of the launches that weren't disturbed, or else, where it can be, of the others.
std::optional<Efficiency> efficiency(const std::vector<Ratio>& all) {
  const bool any = all_disturbed(all);
  const auto found =
      efficiency(values_of(all, [any](const Ratio& each) { return any || !each.disturbed; }));
  return any && found && found->median > tolerated ? std::nullopt : found;
}

// The least that a launch can be explained with: its slowest samples, the fastest of the ceiling.
double least_efficiency(const Launch& launch, double amount, const PairedCeiling& ceiling) {
  const double slow_s = quantile(launch.samples_ns, 0.9) * 1e-9;
  return amount / slow_s / std::ranges::max(ceiling.rates);
}

// What tells whether a case can be. A disturbed ceiling is a lower bound of the true one: it may acquit,
// but not convict.
std::vector<double> evidence(const std::vector<Ratio>& all) {
  return values_of(all,
                   [](const Ratio& each) { return !each.disturbed || each.value <= tolerated; });
}

bool impossible(const Record& record, double amount, Pick pick) {
  const std::vector<Ratio> all = ratios(record, amount, pick);
  const std::vector<double> values = evidence(all);
  if (values.empty()) return false;
  if (all.size() >= fewest_launches) {
    const auto interval = geometric_interval(values, confidence);
    return values.size() >= fewest_launches && interval && interval->low > tolerated;
  }
  if (std::ranges::min(values) <= tolerated) return false;
  return std::ranges::all_of(record.launches, [&](const Launch& launch) {
    const PairedCeiling* const ceiling = pick(launch);
    return ceiling == nullptr || disturbed(launch, pick) ||
           least_efficiency(launch, amount, *ceiling) > tolerated;
  });
}

std::optional<Energy> energy_of(const Record& record) {
  std::vector<double> joules;
  std::vector<double> watts;
  Energy energy;
  for (const Launch& launch : record.launches) {
    if (!launch.energy || !launch.energy->known()) continue;
    joules.push_back(launch.energy->joules);
    watts.push_back(launch.energy->watts);
    energy.source = launch.energy->source;
  }
  if (joules.empty()) return std::nullopt;
  energy.joules = median(joules);
  energy.watts = median(watts);
  return energy;
}

double bytes_of(const Record& record) { return record.work.bytes_read + record.work.bytes_written; }

std::string ceiling_name(const Record& record, Pick pick) {
  for (const Launch& launch : record.launches) {
    if (const PairedCeiling* const ceiling = pick(launch)) return ceiling->name;
  }
  return {};
}

// What a case is held against.
struct Side {
  double amount;  // of one call
  Pick pick;
};
std::array<Side, 2> sides_of(const Record& record) {
  return {Side{record.work.flops, alu_of}, Side{bytes_of(record), most_memory_of}};
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
  summary.alu_efficiency = efficiency(ratios(record, record.work.flops, alu_of));
  summary.bandwidth_efficiency = efficiency(ratios(record, bytes_of(record), memory_of));
  summary.energy = energy_of(record);
  // Both are fractions of the same time: the larger one is the roof that is nearer.
  if (summary.alu_efficiency && summary.bandwidth_efficiency) {
    const bool alu = summary.alu_efficiency->median >= summary.bandwidth_efficiency->median;
    summary.roof = ceiling_name(record, alu ? alu_of : memory_of);
  }
  return summary;
}

std::string above_ceiling(const Record& record) {
  if (!record.has_numbers()) return {};
  for (const Side& side : sides_of(record)) {
    if (!impossible(record, side.amount, side.pick)) continue;
    const double times = median(evidence(ratios(record, side.amount, side.pick)));
    return "above its ceiling: " + std::to_string(times).substr(0, 4) + " times what " +
           ceiling_name(record, side.pick) + " reached beside it";
  }
  return {};
}

bool ceilings_disturbed(const Record& record) {
  return record.has_numbers() && std::ranges::any_of(sides_of(record), [&](const Side& side) {
           return all_disturbed(ratios(record, side.amount, side.pick));
         });
}

bool needs_proof(const Record& record) {
  if (!record.has_numbers() || record.launches.size() >= fewest_launches) return false;
  // With two launches the median can't tell which of them was disturbed.
  return !above_ceiling(record).empty() ||
         (maybe_above_ceiling(record) &&
          (record.launches.size() > 1 || ceilings_disturbed(record)));
}

bool maybe_above_ceiling(const Record& record) {
  if (!record.has_numbers() || !above_ceiling(record).empty()) return false;
  return std::ranges::any_of(sides_of(record), [&](const Side& side) {
    const auto all = ratios(record, side.amount, side.pick);
    auto values = evidence(all);
    if (values.empty()) values = values_of(all, [](const Ratio&) { return true; });
    return !values.empty() && median(values) > tolerated;
  });
}

}  // namespace assay
