#include "bench/ceilings/stand_ins.hpp"

#include <algorithm>
#include <optional>

#include "backends/list.hpp"
#include "bench/ceilings/probes.hpp"

namespace assay {
namespace {

// A driver that keeps silent for longer isn't worth waiting for: its ceilings are only missing.
constexpr double patience_s = 10;

}  // namespace

StandIns::StandIns(std::span<const PlannedCase> cases, const WorkerSettings& settings,
                   const std::atomic<bool>& interrupted)
    : settings_(settings), interrupted_(interrupted) {
  for (const PlannedCase& each : cases) {
    if (!each.settled) add(each.device);
  }
  for (const BackendEntry& entry : backend_list()) {
    if (entry.by_default && entry.make != nullptr) unasked_.emplace_back(entry.name);
  }
}

void StandIns::add(const KnownDevice& device) {
  const std::string id = device.id();
  const bool known =
      std::ranges::any_of(devices_, [&](const PlannedCase& each) { return each.c.device == id; });
  if (!known) devices_.push_back({{{}, id, ""}, device, std::nullopt});
}

bool StandIns::ask_next_backend() {
  if (unasked_.empty()) return false;
  WorkerSettings settings = settings_;
  settings.plugins.clear();  // those of the plan are known
  settings.answer_timeout_s = std::min(settings.answer_timeout_s, patience_s);
  const std::vector<std::string> next = {unasked_.front()};
  unasked_.erase(unasked_.begin());
  for (const KnownDevice& device : discover(next, settings, &interrupted_).devices) add(device);
  return true;
}

const PlannedCase* StandIns::find(const std::string& owner, const std::set<NeededCeiling>& needed,
                                  const std::set<std::string>& tried) {
  if (owner.empty()) return nullptr;  // hardware that nobody knows is no other's
  do {
    for (const PlannedCase& each : devices_) {
      if (ceiling_owner(each.device.info) != owner || tried.contains(each.c.device)) continue;
      if (!std::ranges::includes(excluded_[each.c.device], needed)) return &each;
    }
  } while (ask_next_backend());
  return nullptr;
}

void StandIns::exclude(const std::string& device, const std::set<NeededCeiling>& needed) {
  excluded_[device].insert(needed.begin(), needed.end());
}

}  // namespace assay
