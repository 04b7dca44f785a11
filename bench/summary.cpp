#include "bench/summary.hpp"

#include <algorithm>
#include <vector>

#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {
constexpr std::size_t fewest_launches = 3;  // for an interval
constexpr double confidence = 0.95;
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
  summary.bytes_per_second = (record.work.bytes_read + record.work.bytes_written) / seconds;
  return summary;
}

}  // namespace assay
