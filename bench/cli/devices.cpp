#include <algorithm>
#include <iostream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "backends/list.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/worker/memory.hpp"

namespace assay {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string dtype_text(const DeviceInfo& info) {
  std::string text;
  for (const DType dtype : info.dtypes)
    text += (text.empty() ? "" : " ") + std::string(name(dtype));
  return text;
}

std::string kind_text(const DeviceInfo& info) {
  if (info.software) return "GPU simulated in software: only where it is named, or with 'all'";
  return info.cpu ? "CPU" : "GPU or accelerator";
}

std::string amount(std::int64_t bytes) {
  return bytes == 0 ? "" : size_text(static_cast<double>(bytes));
}

Fields fields_of(const DeviceInfo& info) {
  Fields fields = {
      {"vendor", info.vendor},
      {"kind", kind_text(info)},
      {"hardware", info.hardware},
      {"platform", info.platform},
      {"driver", info.driver},
      {"isa", info.isa},
      {"compute units", info.compute_units == 0 ? "" : std::to_string(info.compute_units)},
      {"memory", amount(info.memory_bytes)},
      {"largest buffer", amount(info.max_allocation_bytes)},
      {"last-level cache", amount(info.cache_bytes)},
      {"dtypes", dtype_text(info)},
  };
  // Long lists, such as OpenCL's extensions, are for machines: --format json has them.
  std::ranges::copy_if(info.notes, std::back_inserter(fields),
                       [](const auto& note) { return note.second.size() <= 100; });
  std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
  return fields;
}

// What --probe found, in the order of the inventory's devices; empty without it.
using Verdicts = std::vector<Fields>;

void print_text(const Inventory& inventory, const Verdicts& probed, std::ostream& out) {
  for (std::size_t i = 0; i < inventory.devices.size(); ++i) {
    const KnownDevice& device = inventory.devices[i];
    out << device.id() << "  " << device.info.name << "\n";
    Fields fields = fields_of(device.info);
    if (!probed.empty()) std::ranges::copy(probed[i], std::back_inserter(fields));
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : fields) rows.push_back({" ", key, value});
    print_columns(rows, out);
  }
  if (!inventory.devices.empty() && !inventory.unavailable.empty()) out << "\n";
  for (const Unavailable& each : inventory.unavailable) {
    out << each.backend << "  not available: " << each.reason << "\n";
  }
}

nlohmann::json to_json(const KnownDevice& device) {
  const DeviceInfo& info = device.info;
  nlohmann::json dtypes = nlohmann::json::array();
  for (const DType dtype : info.dtypes) dtypes.push_back(name(dtype));
  nlohmann::json notes = nlohmann::json::object();
  for (const auto& [key, value] : info.notes) notes[key] = value;
  nlohmann::json json = {
      {"device", device.id()},     {"backend", device.backend}, {"name", info.name},
      {"vendor", info.vendor},     {"hardware", info.hardware}, {"platform", info.platform},
      {"driver", info.driver},     {"isa", info.isa},           {"cpu", info.cpu},
      {"software", info.software}, {"dtypes", dtypes},          {"notes", notes}};
  // 0 means unknown, and unknown is left out.
  if (info.compute_units != 0) json["compute_units"] = info.compute_units;
  if (info.memory_bytes != 0) json["memory_bytes"] = info.memory_bytes;
  if (info.max_allocation_bytes != 0) json["max_allocation_bytes"] = info.max_allocation_bytes;
  if (info.cache_bytes != 0) json["cache_bytes"] = info.cache_bytes;
  return json;
}

void print_json(const Inventory& inventory, const Verdicts& probed, std::ostream& out) {
  nlohmann::json json = {{"devices", nlohmann::json::array()},
                         {"unavailable", nlohmann::json::array()}};
  for (std::size_t i = 0; i < inventory.devices.size(); ++i) {
    json["devices"].push_back(to_json(inventory.devices[i]));
    if (probed.empty()) continue;
    nlohmann::json paths = nlohmann::json::object();
    for (const auto& [path, verdict] : probed[i]) paths[path] = verdict;
    json["devices"].back()["probed"] = std::move(paths);
  }
  for (const Unavailable& each : inventory.unavailable) {
    json["unavailable"].push_back({{"backend", each.backend}, {"reason", each.reason}});
  }
  out << pretty(writable(json));
}

}  // namespace

Exit devices_verb(Arguments arguments, Output& out) {
  std::string format = "console";
  Command command("devices", "Backends and their devices, as their drivers describe them.",
                  "The first column is what --device takes. A backend that isn't available is\n"
                  "listed with the reason; that is no error.\n\n"
                  "--probe tries the special instructions that a device may have (matrix and dot\n"
                  "product instructions): compiled, run, and the answer checked. Answers are kept\n"
                  "beside the compiled programs and asked anew for another driver or kernel.\n\n"
                  "Examples:\n  assay devices --format json\n  assay devices --probe");
  command.text("--format", format, "console or json [console]", "WORD");
  bool probing = false;
  command.flag("--probe", probing, "try each device's special instructions");
  std::vector<std::string> plugins;
  add_plugin_option(command, plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(format);
  WorkerSettings settings;
  settings.plugins = plugin_files(plugins);
  const Interrupt interrupt;
  const Inventory inventory = discover({}, settings, &interrupt.flag());
  Verdicts probed;
  if (probing) {
    for (const KnownDevice& device : inventory.devices) probed.push_back(probe(device, settings));
  }
  json ? print_json(inventory, probed, out) : print_text(inventory, probed, out);
  return Exit::pass;
}

}  // namespace assay
