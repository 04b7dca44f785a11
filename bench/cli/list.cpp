#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/select.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

// A small problem of a kernel that stands for all of a dtype, and what it is called.
struct Sample {
  std::string kernel;
  std::string dtype;  // "bf16", "bf16 x s4"
  Problem problem;
};

std::vector<Sample> samples() {
  std::vector<Sample> result;
  for (const std::string dtype : {"f32", "f16", "bf16", "s8", "u8"}) {
    const std::string name = "matmul/dtype:" + dtype + "/m:64/n:64/k:128";
    result.push_back({"matmul", dtype, parse_problem(name)});
  }
  for (const std::string dtype : {"f32", "f16", "bf16"}) {
    for (const std::string weights : {"s8", "s4", "u4"}) {
      const std::string name = "matmul/dtype:" + dtype + "/m:64/n:64/k:128/weights:" + weights;
      result.push_back({"matmul", dtype + " x " + weights, parse_problem(name + "/group:64")});
    }
  }
  for (const std::string dtype : {"f32", "f16", "bf16"}) {
    const std::string name = "attention/dtype:" + dtype + "/heads:4/kv_heads:2/q:64/d:64";
    result.push_back({"attention", dtype, parse_problem(name)});
    result.push_back({"attention", dtype + ", kv s8", parse_problem(name + "/kv_dtype:s8")});
  }
  return result;
}

struct Answers {
  std::string device;
  std::vector<Support> supports;  // in the samples' order
};

// "attention variants" of a device's notes: implementations that a case can ask for by name.
std::vector<std::vector<std::string>> variants(std::span<const KnownDevice> devices) {
  constexpr std::string_view suffix = " variants";
  std::vector<std::vector<std::string>> table;
  for (const KnownDevice& device : devices) {
    for (const auto& [name, value] : device.info.notes) {
      if (!name.ends_with(suffix)) continue;
      table.push_back({name.substr(0, name.size() - suffix.size()), device.id(), value});
    }
  }
  return table;
}

void print_text(std::span<const Sample> rows, std::span<const Answers> columns,
                std::span<const KnownDevice> devices, std::ostream& out) {
  std::vector<std::vector<std::string>> table = {{"kernel", "dtype"}};
  for (const Answers& column : columns) table.front().push_back(column.device);
  std::vector<std::vector<std::string>> reasons;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    table.push_back({rows[i].kernel, rows[i].dtype});
    for (const Answers& column : columns) {
      const Support& support = column.supports[i];
      table.back().emplace_back(support ? "yes" : "no");
      if (!support) {
        reasons.push_back({rows[i].kernel, rows[i].dtype, column.device, support.reason});
      }
    }
  }
  print_columns(table, out);
  if (!reasons.empty()) out << "\n";
  print_columns(reasons, out);
  const auto named = variants(devices);
  if (!named.empty()) out << "\nvariants, asked for as in kernel/…@device+variant:\n";
  print_columns(named, out);
}

void print_json(std::span<const Sample> rows, std::span<const Answers> columns, std::ostream& out) {
  nlohmann::json json = nlohmann::json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Answers& column : columns) {
      const Support& support = column.supports[i];
      nlohmann::json entry = {{"kernel", rows[i].kernel},
                              {"dtype", rows[i].dtype},
                              {"example", problem_name(rows[i].problem)},
                              {"device", column.device},
                              {"supported", support.supported}};
      if (!support) entry["reason"] = support.reason;
      json.push_back(std::move(entry));
    }
  }
  out << pretty(writable({{"support", std::move(json)}}));
}

}  // namespace

Exit list_verb(Arguments arguments, Output& out) {
  std::string format = "console";
  std::vector<std::string> devices;
  Command command("list", "Which device computes which kernel in which dtype, and why not.",
                  "'bf16 x s4' are bf16 activations with weights of 4 bits; 'kv s8' a quantised\n"
                  "KV cache. Asks each backend about a small problem of the kind. Below: the\n"
                  "implementations beside the default that a case can ask for by name.\n\n"
                  "Example:\n  assay list --device onednn,opencl");
  command.text("--format", format, "console or json [console]", "WORD");
  command.texts("--device,-d", devices, "which devices: commas or repeated", "DEVICE");
  WorkerSettings settings;
  add_plugin_option(command, settings.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  settings.plugins = plugin_files(settings.plugins);
  const bool json = wants_json(format);
  const std::vector<std::string> selectors = split_selectors(devices);
  check_selectors(selectors, !settings.plugins.empty());

  Inventory inventory;
  {
    const Interrupt interrupt;
    inventory = discover(backends_for(selectors), settings, &interrupt.flag());
  }
  const Selection selection = select_devices(selectors, inventory);
  note_unavailable(inventory, std::cerr);
  for (const MissingDevice& each : selection.missing) std::cerr << "note: " << each.reason << "\n";
  const std::vector<Sample> rows = samples();
  std::vector<Case> cases;
  for (const Sample& row : rows) cases.push_back({row.problem, "", ""});
  std::vector<Answers> columns;
  for (const KnownDevice& device : selection.devices) {
    columns.push_back({device.id(), supports(device, cases, settings)});
  }
  json ? print_json(rows, columns, out) : print_text(rows, columns, selection.devices, out);
  return Exit::pass;
}

}  // namespace assay
