#include "bench/ceilings/ceilings_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/json_text.hpp"
#include "bench/reporters/text.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kind_names = {"alu", "dram", "cache", "clock"};

const char* unit_of(Ceiling::Kind kind) {
  switch (kind) {
    case Ceiling::Kind::alu:
      return "GFLOP/s";
    case Ceiling::Kind::clock:
      return "GHz";
    case Ceiling::Kind::dram:
    case Ceiling::Kind::cache:
      break;
  }
  return "GB/s";
}

const char* heading_of(Ceiling::Kind kind) {
  switch (kind) {
    case Ceiling::Kind::alu:
      return "arithmetic, all units, operands in registers; + loads: one operand each from the "
             "nearest "
             "cache (s8: operations)";
    case Ceiling::Kind::dram:
      return "memory, arrays beyond every cache (feeds: what is left of f32.fma where every "
             "multiply-add reads its 4 bytes at that rate)";
    case Ceiling::Kind::cache:
      return "working sets, read again and again by all units";
    case Ceiling::Kind::clock:
      break;
  }
  return "clock, observed on one thread";
}

// Of f32.fma in registers: how much of it would be left if each multiply-add had to read an operand of
// four bytes at that rate.
std::string fed_share(const Ceiling& each, const DeviceCeilings& device) {
  const bool reads = each.kind == Ceiling::Kind::cache ||
                     (each.kind == Ceiling::Kind::dram && each.name == "read");
  const Ceiling* const fma = device.find(Ceiling::Kind::alu, "f32.fma");
  if (!reads || !each.rate() || fma == nullptr || !fma->rate()) return {};
  constexpr double flops_per_byte = 2.0 / 4.0;
  const double share = std::min(flops_per_byte * *each.rate() / *fma->rate(), 1.0);
  return fmt::format("  feeds {:.3g} %", 100 * share);
}

std::size_t longest_name(const DeviceCeilings& device) {
  std::size_t longest = 0;
  for (const Ceiling& each : device.ceilings) longest = std::max(longest, each.name.size());
  return longest;
}

std::string row(const Ceiling& each, const DeviceCeilings& device) {
  const std::size_t width = longest_name(device);
  if (!each.rate()) {
    return fmt::format("    {:<{}} {:>8}          {}\n", each.name, width, "-",
                       printable(each.reason));
  }
  return fmt::format("    {:<{}} {:>8} {:<8} median {:>7}  {}{}\n", each.name, width,
                     four_digits(*each.rate() * 1e-9), unit_of(each.kind),
                     four_digits(*each.median_rate() * 1e-9), printable(each.implementation),
                     fed_share(each, device));
}

void report_device(const DeviceCeilings& device, std::span<const DeviceCeilings> all,
                   std::ostream& out) {
  out << printable(device.device) << "  " << printable(device.device_name)
      << "  (the highest of the samples, and their median)\n";
  if (!device.limited_to.empty()) {
    out << "  limited to " << printable(device.limited_to)
        << ": no ceilings of the whole processor, and not kept for --cached\n";
  }
  for (const Ceiling::Kind kind :
       {Ceiling::Kind::clock, Ceiling::Kind::alu, Ceiling::Kind::dram, Ceiling::Kind::cache}) {
    std::string rows;
    for (const Ceiling& each : device.ceilings) {
      if (each.kind == kind) rows += row(each, device);
    }
    if (!rows.empty()) out << "  " << heading_of(kind) << "\n" << rows;
  }
  out << "  check\n";
  for (const std::string& line : plausibility(device, all)) out << "    " << line << "\n";
}

std::string text_in(const nlohmann::json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_string()) {
    throw Error(Error::Kind::file, std::string("ceilings: '") + key + "' must be a string");
  }
  return json[key].get<std::string>();
}

std::int64_t integer_in(const nlohmann::json& json, const char* key) {
  if (!json.contains(key) || !json[key].is_number_integer()) {
    throw Error(Error::Kind::file, std::string("ceilings: '") + key + "' must be an integer");
  }
  return json[key].get<std::int64_t>();
}

PublishedCore core_from(const nlohmann::json& json) {
  PublishedCore core;
  core.name = text_in(json, "name");
  if (!json.contains("f32_lanes") || !json["f32_lanes"].is_array()) {
    throw Error(Error::Kind::file, "ceilings: 'f32_lanes' must be an array");
  }
  for (const nlohmann::json& each : json["f32_lanes"]) {
    if (!each.is_number_integer()) {
      throw Error(Error::Kind::file, "ceilings: lanes must be integers");
    }
    core.lanes.push_back(each.get<std::int64_t>());
  }
  return core;
}

Ceiling ceiling_from(const nlohmann::json& json) {
  Ceiling each;
  const std::string kind = text_in(json, "kind");
  const auto* const known = std::ranges::find(kind_names, kind);
  if (known == kind_names.end()) {
    throw Error(Error::Kind::file, "ceilings: unknown kind '" + kind + "'");
  }
  each.kind = static_cast<Ceiling::Kind>(known - kind_names.begin());
  each.name = text_in(json, "name");
  each.bytes = integer_in(json, "bytes");
  each.implementation = text_in(json, "implementation");
  each.reason = text_in(json, "reason");
  if (!json.contains("rates") || !json["rates"].is_array()) {
    throw Error(Error::Kind::file, "ceilings: 'rates' must be an array");
  }
  for (const nlohmann::json& rate : json["rates"]) {
    if (!rate.is_number()) throw Error(Error::Kind::file, "ceilings: a rate must be a number");
    each.rates.push_back(rate.get<double>());
  }
  return each;
}

}  // namespace

void report_ceilings(const std::vector<DeviceCeilings>& devices, bool cached, std::ostream& out) {
  if (cached) out << "cached: measured before, for display only\n";
  std::set<std::string> several;
  for (const DeviceCeilings& device : devices) {
    if (cached) out << "\nmeasured " << printable(device.date);
    out << "\n";
    report_device(device, devices, out);
    const auto same = std::ranges::count(devices, device.hardware, &DeviceCeilings::hardware);
    if (same > 1) several.insert(device.hardware);
  }
  for (const DeviceCeilings& hardware : by_hardware(devices)) {
    if (!several.contains(hardware.hardware)) continue;
    out << "\nhighest over the devices that are " << printable(hardware.hardware) << "\n";
    for (const Ceiling& each : hardware.ceilings) {
      const bool shown = each.kind == Ceiling::Kind::alu || each.kind == Ceiling::Kind::dram;
      if (shown && each.rate()) out << row(each, hardware);
    }
  }
}

nlohmann::json ceilings_json(const std::vector<DeviceCeilings>& devices) {
  nlohmann::json list = nlohmann::json::array();
  for (const DeviceCeilings& device : devices) {
    nlohmann::json ceilings = nlohmann::json::array();
    for (const Ceiling& each : device.ceilings) {
      nlohmann::json entry = {{"kind", kind_names[static_cast<std::size_t>(each.kind)]},
                              {"name", each.name},
                              {"bytes", each.bytes},
                              {"implementation", each.implementation},
                              {"reason", each.reason},
                              {"rates", each.rates}};
      if (each.rate()) entry["rate"] = *each.rate();
      ceilings.push_back(std::move(entry));
    }
    list.push_back({{"device", device.device},
                    {"device_name", device.device_name},
                    {"hardware", device.hardware},
                    {"cpu", device.cpu},
                    {"compute_units", device.units},
                    {"threads", device.threads},
                    {"core", {{"name", device.core.name}, {"f32_lanes", device.core.lanes}}},
                    {"limited_to", device.limited_to},
                    {"reported_hz", device.reported_hz},
                    {"date", device.date},
                    {"ceilings", std::move(ceilings)},
                    {"check", plausibility(device, devices)}});
  }
  return list;
}

std::vector<DeviceCeilings> ceilings_from_json(const nlohmann::json& json) {
  if (!json.is_array()) throw Error(Error::Kind::file, "ceilings must be an array");
  std::vector<DeviceCeilings> devices;
  for (const nlohmann::json& entry : json) {
    DeviceCeilings device;
    device.device = text_in(entry, "device");
    device.device_name = text_in(entry, "device_name");
    device.hardware = text_in(entry, "hardware");
    device.date = text_in(entry, "date");
    device.units = integer_in(entry, "compute_units");
    if (entry.contains("threads")) device.threads = integer_in(entry, "threads");
    if (entry.contains("reported_hz") && entry["reported_hz"].is_number()) {
      device.reported_hz = entry["reported_hz"].get<double>();
    }
    if (entry.contains("limited_to")) device.limited_to = text_in(entry, "limited_to");
    if (entry.contains("core")) device.core = core_from(entry["core"]);
    device.cpu = entry.contains("cpu") && entry["cpu"] == true;
    if (!entry.contains("ceilings") || !entry["ceilings"].is_array()) {
      throw Error(Error::Kind::file, "ceilings: 'ceilings' must be an array");
    }
    for (const nlohmann::json& each : entry["ceilings"]) {
      device.ceilings.push_back(ceiling_from(each));
    }
    devices.push_back(std::move(device));
  }
  return devices;
}

}  // namespace assay
