#include "bench/portability/roofs.hpp"

#include <algorithm>

#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

// The best that is known of a device: its ceilings, and what cases reached. The true roofs are no lower.
struct Reached {
  double flops = 0;
  double bytes = 0;
};

Reached reached_by(const DeviceModel& device, const std::string& dtype) {
  const auto alu = device.alu_ceilings.find(dtype);
  Reached best = {alu == device.alu_ceilings.end() ? 0 : alu->second, device.memory_ceiling};
  for (const Measured& m : device.cases) {
    if (!m.has_times() || key_text(m.problem, "cache") == "hot") continue;
    const double seconds = median(m.launches_ns) * 1e-9;
    best.bytes = std::max(best.bytes, (m.work.bytes_read + m.work.bytes_written) / seconds);
    if (key_text(m.problem, "dtype") == dtype) {
      best.flops = std::max(best.flops, m.work.flops / seconds);
    }
  }
  return best;
}

}  // namespace

std::vector<double> efficiency_of(const Measured& m, const DeviceModel& device) {
  std::vector<double> shares = m.efficiency;
  if (m.one_roof.empty()) return shares;
  const Reached best = reached_by(device, key_text(m.problem, "dtype"));
  for (const OneRoof& launch : m.one_roof) {
    const double rate = launch.memory ? best.flops : best.bytes;
    const double amount = launch.memory ? m.work.flops : m.work.bytes_read + m.work.bytes_written;
    // No more than this of the roof that wasn't measured.
    if (rate > 0 && amount / launch.seconds / rate <= launch.share) {
      shares.push_back(launch.share);
    }
  }
  return shares;
}

}  // namespace assay
