#include "bench/parallelism/parallelism_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

const DeviceParallelism* device_named(const std::vector<DeviceParallelism>& devices,
                                      const std::string& name) {
  const auto found = std::ranges::find(devices, name, &DeviceParallelism::device);
  return found == devices.end() ? nullptr : &*found;
}

const char* word(SweepBound bound) {
  switch (bound) {
    case SweepBound::arithmetic:
      return "alu";
    case SweepBound::first_cache:
      return "first-level cache";
    case SweepBound::memory:
      break;
  }
  return "memory";
}

nlohmann::json sweep_json(const DeviceParallelism& device, const Sweep& sweep) {
  nlohmann::json points = nlohmann::json::array();
  for (const SweepPoint& each : sweep.points) {
    nlohmann::json point = {{"x", each.x},
                            {"case", problem_name(each.problem)},
                            {"implementation", each.implementation},
                            {"rates", each.rates}};
    if (!each.reason.empty()) point["reason"] = each.reason;
    points.push_back(std::move(point));
  }
  nlohmann::json json = {{"variable", sweep.variable},
                         {"bound_by", word(sweep.bound)},
                         {"what", sweep.what},
                         {"points", std::move(points)}};
  if (const auto knee = knee_of(device, sweep)) {
    json["knee"] = {{"slope", knee->slope},
                    {"plateau", knee->plateau},
                    {"at", knee->knee},
                    {"saturated", knee->saturated},
                    {"error", knee->error}};
  }
  if (sweep.variable == "units") {
    if (const auto law = law_of(device, sweep)) {
      json["universal_scalability"] = {{"first", law->first},
                                       {"contention", law->contention},
                                       {"coherency", law->coherency},
                                       {"error", law->error}};
    }
  }
  return json;
}

const char* word(Siblings::State state) {
  switch (state) {
    case Siblings::State::shared:
      return "one core";
    case Siblings::State::separate:
      return "two cores";
    case Siblings::State::unclear:
      break;
  }
  return "unclear";
}

nlohmann::json pair_json(const SiblingPair& pair) {
  const Siblings& s = pair.siblings;
  nlohmann::json phases = nlohmann::json::array();
  for (const Siblings::State each : s.phases) phases.push_back(word(each));
  nlohmann::json reported = nullptr;
  if (pair.reported) reported = *pair.reported ? "one core" : "two cores";
  return {{"processors", {pair.first, pair.second}},
          {"reported", std::move(reported)},
          {"state", word(s.state)},
          {"scaling", s.scaling},
          {"share", s.share},
          {"sure", s.sure},
          {"independent", s.independent},
          {"changes", s.changes},
          {"phases", phases},
          {"visits", pair.visits},
          {"reason", pair.reason},
          {"speed_ups", pair.speed_ups}};
}

nlohmann::json ratio_json(const Contest& contest, bool with_transfers) {
  const auto ratio = time_ratio(contest, with_transfers);
  if (!ratio) return nullptr;
  nlohmann::json json = {{"median", ratio->median}};
  if (ratio->interval) {
    json["low"] = ratio->interval->low;
    json["high"] = ratio->interval->high;
  }
  return json;
}

nlohmann::json contest_json(const Contest& contest) {
  nlohmann::json visits = nlohmann::json::array();
  for (const Contest::Visit& each : contest.visits) {
    visits.push_back({{"host_s", each.host_s},
                      {"accelerator_s", each.accelerator_s},
                      {"host_call_s", each.host_call_s},
                      {"accelerator_call_s", each.accelerator_call_s},
                      {"transfer_s", each.transfer_s}});
  }
  return {{"group", contest.group},
          {"size", contest.size},
          {"visits", std::move(visits)},
          {"time_ratio", ratio_json(contest, false)},
          {"time_ratio_with_copies", ratio_json(contest, true)},
          {"reason", contest.reason}};
}

nlohmann::json device_json(const DeviceParallelism& device) {
  nlohmann::json sweeps = nlohmann::json::array();
  for (const Sweep& each : device.sweeps) sweeps.push_back(sweep_json(device, each));
  nlohmann::json pairs = nlohmann::json::array();
  for (const SiblingPair& each : device.pairs) pairs.push_back(pair_json(each));
  nlohmann::json json = {{"device", device.device},
                         {"device_name", device.device_name},
                         {"hardware", device.hardware},
                         {"cpu", device.cpu},
                         {"compute_units", device.compute_units},
                         {"topology", device.topology},
                         {"sweeps", std::move(sweeps)},
                         {"pairs", std::move(pairs)},
                         {"pairs_there_are", device.pairs_there_are},
                         {"lost", device.lost},
                         {"reading", reading(device)}};
  for (const auto& [key, known] :
       {std::pair{"dispatch_s", device.dispatch_s},
        std::pair{"to_device_bytes_per_second", device.transfer.to_device},
        std::pair{"from_device_bytes_per_second", device.transfer.from_device}}) {
    if (known > 0) json[key] = known;
  }
  if (device.clock_hz) json["clock_hz"] = *device.clock_hz;
  if (device.reported_hz > 0) json["reported_hz"] = device.reported_hz;
  return json;
}

}  // namespace

void report_parallelism(const std::vector<DeviceParallelism>& devices,
                        const std::vector<DeviceComparison>& comparisons, std::ostream& out) {
  for (const DeviceParallelism& device : devices) {
    out << "\n"
        << printable(device.device) << "  " << printable(device.device_name) << "\n"
        << "  reported: " << device.compute_units << " compute units"
        << (device.topology.empty() ? "" : "; " + printable(device.topology)) << "\n";
    if (device.clock_hz)
      out << fmt::format("  clock observed: {:.2f} GHz\n", *device.clock_hz * 1e-9);
    for (const std::string& line : reading(device)) out << "  " << printable(line) << "\n";
  }
  for (const DeviceComparison& each : comparisons) {
    const DeviceParallelism* const host = device_named(devices, each.host);
    const DeviceParallelism* const other = device_named(devices, each.accelerator);
    if (host == nullptr || other == nullptr) continue;
    out << "\n";
    for (const std::string& line : comparison_text(*host, *other, each)) {
      out << printable(line) << "\n";
    }
  }
}

nlohmann::json parallelism_json(const std::vector<DeviceParallelism>& devices,
                                const std::vector<DeviceComparison>& comparisons) {
  nlohmann::json list = nlohmann::json::array();
  for (const DeviceParallelism& each : devices) list.push_back(device_json(each));
  nlohmann::json compared = nlohmann::json::array();
  for (const DeviceComparison& each : comparisons) {
    nlohmann::json contests = nlohmann::json::array();
    for (const Contest& contest : each.contests) {
      contests.push_back(contest_json(contest));
    }
    nlohmann::json json = {
        {"host", each.host}, {"accelerator", each.accelerator}, {"contests", std::move(contests)}};
    const DeviceParallelism* const host = device_named(devices, each.host);
    const DeviceParallelism* const other = device_named(devices, each.accelerator);
    if (host != nullptr && other != nullptr) {
      json["reading"] = comparison_text(*host, *other, each);
    }
    compared.push_back(std::move(json));
  }
  return {{"devices", std::move(list)}, {"comparisons", std::move(compared)}};
}

}  // namespace assay
