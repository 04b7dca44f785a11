#include "bench/ceilings/paired.hpp"

#include "bench/ceilings/probes.hpp"
#include "kernels/kernel.hpp"

namespace assay {

PairedProbes::PairedProbes(WorkerClient& worker, const KnownDevice& device, std::uint64_t seed)
    : device_(device), meter_(worker, device.id(), seed) {}

PairedProbes::Probe PairedProbes::prepare(const NeededCeiling& needed) {
  const bool memory = needed.name == "dram" || needed.name == "cache";
  const Problem problem = needed.name == "dram"    ? dram_probe("read", device_.info)
                          : needed.name == "cache" ? cache_probe(needed.bytes)
                                                   : alu_probe(needed.name, device_.info, false);
  const Work work = kernel_of(problem).work(problem);
  return {meter_.add(problem).index, memory ? work.bytes_read + work.bytes_written : work.flops};
}

void PairedProbes::want(const std::set<NeededCeiling>& needed) {
  wanted_.clear();
  for (const NeededCeiling& each : needed) {
    auto found = probes_.find(each);
    if (found == probes_.end()) found = probes_.emplace(each, prepare(each)).first;
    if (found->second.index) wanted_[each] = {};
  }
}

void PairedProbes::sample() {
  for (auto& [needed, rates] : wanted_) {
    const Probe& probe = probes_.at(needed);
    rates.push_back(probe.amount / meter_.sample(*probe.index));
  }
}

std::map<NeededCeiling, std::vector<double>> PairedProbes::finish() {
  std::map<NeededCeiling, std::vector<double>> right;
  for (const auto& [needed, rates] : wanted_) {
    Probe& probe = probes_.at(needed);
    const bool passed = rates.empty() || meter_.check(*probe.index).empty();
    if (passed && !rates.empty()) right[needed] = rates;
    if (passed && needed.name != "cache") continue;
    meter_.remove(*probe.index);
    probe.index.reset();
    // A working set may be wanted again, a wrong answer never.
    if (passed) probes_.erase(needed);
  }
  wanted_.clear();
  return right;
}

}  // namespace assay
