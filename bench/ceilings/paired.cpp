#include "bench/ceilings/paired.hpp"

#include "bench/ceilings/probes.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Kind = NeededCeiling::Kind;

// In the order of preference.
std::vector<Problem> problems_of(const NeededCeiling& needed, const DeviceInfo& device) {
  switch (needed.kind) {
    case Kind::dram:
      return {dram_probe("read", device)};
    case Kind::dram_copy:
      return {dram_probe("triad_nt", device), dram_probe("copy", device)};
    case Kind::cache:
      return {cache_probe(needed.bytes, device)};
    case Kind::alu:
      break;
  }
  return {alu_probe(needed.path, device, false)};
}

}  // namespace

std::string NeededCeiling::name() const {
  switch (kind) {
    case Kind::dram:
      return "dram";
    case Kind::dram_copy:
      return "dram, copy";
    case Kind::cache:
      return "cache";
    case Kind::alu:
      break;
  }
  return path;
}

PairedProbes::PairedProbes(WorkerClient& worker, const KnownDevice& device, std::uint64_t seed)
    : device_(device), meter_(worker, device.id(), seed) {}

PairedProbes::Probe PairedProbes::prepare(const NeededCeiling& needed) {
  Probe probe;
  bool unsupported = true;
  for (const Problem& problem : problems_of(needed, device_.info)) {
    const Work work = kernel_of(problem).work(problem);
    const bool alu = needed.kind == Kind::alu;
    Meter::Added added = meter_.add(problem);
    probe = {added.index, alu ? work.flops : work.bytes_read + work.bytes_written,
             std::move(added.reason), false};
    unsupported = unsupported && added.unsupported;
    if (probe.index) break;
  }
  probe.unsupported = unsupported;
  return probe;
}

std::set<NeededCeiling> PairedProbes::want(const std::set<NeededCeiling>& needed) {
  std::set<NeededCeiling> cannot;
  wanted_.clear();
  left_out_.clear();
  for (const NeededCeiling& each : needed) {
    auto found = probes_.find(each);
    if (found == probes_.end()) found = probes_.emplace(each, prepare(each)).first;
    if (found->second.index) {
      wanted_[each] = {};
    } else if (!found->second.too_long) {
      cannot.insert(each);
    }
  }
  return cannot;
}

std::map<NeededCeiling, double> PairedProbes::costs() const {
  std::map<NeededCeiling, double> costs;
  for (const auto& [needed, sampled] : wanted_) {
    costs[needed] = meter_.sample_seconds(*probes_.at(needed).index);
  }
  return costs;
}

double PairedProbes::rough_rate(const NeededCeiling& needed) {
  const Probe& probe = probes_.at(needed);
  return probe.amount / meter_.single_call(*probe.index);
}

void PairedProbes::leave_out(const NeededCeiling& needed, const std::string& reason,
                             bool for_good) {
  left_out_[needed] = reason;
  wanted_.erase(needed);
  if (!for_good && needed.kind != Kind::cache) return;
  Probe& probe = probes_.at(needed);
  meter_.remove(*probe.index);
  probe.index.reset();
  probe.reason = reason;
  probe.too_long = true;
  if (!for_good) probes_.erase(needed);
}

void PairedProbes::sample() {
  for (auto& [needed, sampled] : wanted_) {
    const Probe& probe = probes_.at(needed);
    meter_.rewarm(*probe.index);
    // An accelerator computes on while a thread of the host waits.
    const auto [seconds, disturbed] = meter_.watched_sample(*probe.index, device_.info.cpu);
    sampled.rates.push_back(probe.amount / seconds);
    sampled.disturbed.push_back(disturbed ? 1 : 0);
  }
}

std::map<NeededCeiling, PairedProbes::Sampled> PairedProbes::finish() {
  std::map<NeededCeiling, Sampled> right;
  for (const auto& [needed, sampled] : wanted_) {
    Probe& probe = probes_.at(needed);
    const std::string wrong = sampled.rates.empty() ? std::string() : meter_.check(*probe.index);
    if (wrong.empty() && !sampled.rates.empty()) right[needed] = sampled;
    if (wrong.empty() && needed.kind != Kind::cache) continue;
    meter_.remove(*probe.index);
    probe.index.reset();
    // A working set may be wanted again, a wrong answer never.
    if (wrong.empty()) {
      probes_.erase(needed);
    } else {
      probe.reason = "wrong: " + wrong;
    }
  }
  wanted_.clear();
  return right;
}

bool PairedProbes::unsupported(const NeededCeiling& needed) const {
  const auto found = probes_.find(needed);
  return found != probes_.end() && found->second.unsupported;
}

std::string PairedProbes::missing(const NeededCeiling& needed) const {
  if (const auto left_out = left_out_.find(needed); left_out != left_out_.end()) {
    return left_out->second;
  }
  const auto found = probes_.find(needed);
  return found == probes_.end() ? std::string() : found->second.reason;
}

}  // namespace assay
