#include "bench/ceilings/stand_ins.hpp"

#include <algorithm>
#include <iterator>

#include "backends/list.hpp"
#include "bench/ceilings/probes.hpp"

namespace assay {
namespace {

// Only ceilings are missing where a driver keeps silent for longer. Trials of instructions have theirs: drivers
// that are stopped in one are remembered as unfit.
constexpr double patience_s = 10;

bool mentions(const Inventory& inventory, std::string_view backend) {
  return std::ranges::find(inventory.devices, backend, &KnownDevice::backend) !=
             inventory.devices.end() ||
         std::ranges::find(inventory.unavailable, backend, &Unavailable::backend) !=
             inventory.unavailable.end();
}

}  // namespace

StandIns::StandIns(const Inventory& here, const WorkerSettings& settings,
                   const std::atomic<bool>& interrupted)
    : settings_(settings), interrupted_(interrupted) {
  settings_.answer_timeout_s = std::min(settings_.answer_timeout_s, patience_s);
  add(here.devices);
  for (const BackendEntry& entry : backend_list()) {
    if (!entry.by_default || entry.make == nullptr || mentions(here, entry.name)) continue;
    unasked_.emplace_back(entry.name);
  }
}

void StandIns::add(const std::vector<KnownDevice>& devices) {
  for (const KnownDevice& each : devices) {
    devices_.push_back({{{}, each.id(), ""}, each, std::nullopt});
  }
}

bool StandIns::ask_next_backend() {
  if (unasked_.empty()) return false;
  WorkerSettings settings = settings_;
  settings.plugins.clear();  // they have been asked
  const std::vector<std::string> next = {unasked_.front()};
  unasked_.erase(unasked_.begin());
  add(discover(next, settings, &interrupted_).devices);
  return true;
}

std::optional<StandIns::Candidate> StandIns::find(const std::string& owner,
                                                  const std::set<NeededCeiling>& needed,
                                                  const std::set<std::string>& tried) {
  if (owner.empty()) return std::nullopt;  // nobody knows which hardware that is
  do {
    for (const PlannedCase& each : devices_) {
      const std::string& id = each.c.device;
      if (ceiling_owner(each.device.info) != owner || tried.contains(id) || lost_.contains(id)) {
        continue;
      }
      Candidate candidate = {&each, {}};
      std::ranges::set_difference(needed, excluded_[id],
                                  std::inserter(candidate.may, candidate.may.end()));
      if (!candidate.may.empty()) return candidate;
    }
  } while (ask_next_backend());
  return std::nullopt;
}

PairedProbes* StandIns::probes(const PlannedCase& device, std::uint64_t seed) {
  if (!pool_) pool_.emplace(settings_, interrupted_);
  PairedProbes* const probes = pool_->probes(device, seed);
  if (!pool_->silent().contains(device.c.device)) return probes;
  lose(device, true);
  return nullptr;
}

void StandIns::exclude(const PlannedCase& device, const std::set<NeededCeiling>& lacks) {
  excluded_[device.c.device].insert(lacks.begin(), lacks.end());
}

void StandIns::lose(const PlannedCase& device, bool for_good) {
  if (for_good) lost_.insert(device.c.device);
  if (pool_) pool_->drop_probes(device);
}

void StandIns::quit() {
  if (pool_) pool_->quit();
  pool_.reset();
}

}  // namespace assay
