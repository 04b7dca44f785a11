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

void print_text(const Inventory& inventory, std::ostream& out) {
  for (const KnownDevice& device : inventory.devices) {
    out << device.id() << "  " << device.info.name << "\n";
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : fields_of(device.info)) rows.push_back({" ", key, value});
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

void print_json(const Inventory& inventory, std::ostream& out) {
  nlohmann::json json = {{"devices", nlohmann::json::array()},
                         {"unavailable", nlohmann::json::array()}};
  for (const KnownDevice& device : inventory.devices) json["devices"].push_back(to_json(device));
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
                  "Example:\n  assay devices --format json");
  command.text("--format", format, "console or json [console]", "WORD");
  std::vector<std::string> plugins;
  add_plugin_option(command, plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(format);
  WorkerSettings settings;
  settings.plugins = plugin_files(plugins);
  const Interrupt interrupt;
  const Inventory inventory = discover({}, settings, &interrupt.flag());
  json ? print_json(inventory, out) : print_text(inventory, out);
  return Exit::pass;
}

}  // namespace assay
