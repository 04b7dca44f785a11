#include "bench/split/split.hpp"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/atomic_file.hpp"
#include "bench/case.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "bench/select.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(The rows of a matrix product are shared out by measured speed, and all devices compute their parts at
the same time. Efficiency is that throughput over the sum of what each reaches alone, measured in turns
with it. Operands lie where they are used: handing them out and collecting the result isn't counted.

Examples:
  assay split matmul/dtype:f32/m:4096/n:4096/k:4096 --device gpu --out split.json
  assay verdict heterogeneous-chip-platform --records run.json --records split.json)";

constexpr std::string_view kernel = "matmul";

struct Options {
  std::string problem, out, launches = "10", repeats = "20";
  std::vector<std::string> devices, plugins;
};

std::vector<KnownDevice> chosen(const Options& options, const Inventory& inventory,
                                const std::vector<std::string>& selectors) {
  const Selection selected = select_devices(selectors, inventory);
  for (const MissingDevice& each : selected.missing) {
    std::cerr << "assay: " << each.selector << ": " << each.reason << "\n";
  }
  if (selected.devices.size() < 2) {
    throw usage_error(fmt::format("a split needs two devices; '{}' finds {} here",
                                  joined(options.devices, ","), selected.devices.size()));
  }
  for (std::size_t i = 0; i < selected.devices.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const KnownDevice& a = selected.devices[j];
      const KnownDevice& b = selected.devices[i];
      if (a.info.hardware.empty() || a.info.hardware != b.info.hardware) continue;
      std::cerr << "note: " << a.id() << " and " << b.id()
                << " are the same hardware: together they can't be faster than the faster one\n";
    }
  }
  return selected.devices;
}

void print(const std::vector<KnownDevice>& devices, const std::vector<SplitLaunch>& launches,
           Output& out) {
  if (launches.empty()) return;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    out << fmt::format("{}: {} rows\n", devices[i].id(), launches.back().rows[i]);
  }
  const std::vector<std::vector<double>> groups = {[&] {
    std::vector<double> values;
    for (const SplitLaunch& l : launches) {
      values.push_back(split_efficiency(l.alone_s, l.together_s));
    }
    return values;
  }()};
  const Estimate e =
      bootstrap_of_medians(groups, [](std::span<const double> m) { return m.front(); });
  out << fmt::format("together over the sum of alone: {:.3f} [{:.3f}, {:.3f}], {} launches\n",
                     e.value, e.low, e.high, launches.size());
}

}  // namespace

Exit split_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("split", "One matrix product over several devices at once.", footer);
  command.positional("problem", options.problem, "a matmul, without a device", "PROBLEM");
  command.texts("--device,-d", options.devices, "which: commas or repeated; at least two",
                "DEVICE");
  command.text("--launches", options.launches, "processes a device, one after the other [10]", "N");
  command.text("--repeats", options.repeats, "of each launch [20]", "N");
  command.text("--out,-o", options.out, "write the JSON document to a file", "FILE");
  add_plugin_option(command, options.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  if (options.problem.empty()) {
    throw usage_error("assay split needs a problem, as in 'matmul/dtype:f32/m:4096/n:4096/k:4096'");
  }
  const Case c = parse_case(options.problem);
  if (c.problem.kernel != kernel) throw usage_error("only a matmul can be split, by its rows");
  if (!c.device.empty()) throw usage_error("a split's devices are those of --device");
  SplitSettings settings;
  settings.launches = static_cast<int>(parse_integer("--launches", options.launches, 1, 1000));
  settings.repeats = static_cast<int>(parse_integer("--repeats", options.repeats, 1, 10000));
  settings.worker.plugins = plugin_files(options.plugins);
  if (!options.out.empty()) check_writable(options.out);

  const std::vector<std::string> selectors = split_selectors(options.devices);
  check_selectors(selectors, !settings.worker.plugins.empty());
  note_bad_tuning({}, std::cerr);
  const Inventory inventory = discover(backends_for(selectors), settings.worker);
  note_rejected_plugins(inventory, std::cerr);
  const std::vector<KnownDevice> devices = chosen(options, inventory, selectors);
  (void)rows_by_speed(c.problem.integer("m"), std::vector<double>(devices.size(), 1.0));
  nlohmann::json context = environment(inventory);
  Interrupt interrupt;
  std::vector<SplitLaunch> launches;
  Exit code = Exit::pass;
  try {
    for (int i = 0; i < settings.launches; ++i) {
      launches.push_back(measure_split(c.problem, devices, settings,
                                       static_cast<std::uint64_t>(i) + 1, interrupt.flag()));
    }
  } catch (const WorkerFailure& failure) {
    std::cerr << "assay: " << failure.what() << "\n";
    code = std::string_view(failure.what()).starts_with("wrong") ? Exit::wrong : Exit::failed;
  } catch (const Interrupted&) {
    code = Exit::interrupted;
  }
  print(devices, launches, out);
  if (!options.out.empty()) {
    const nlohmann::json document = {
        {"assay_split", 1},
        {"context", std::move(context)},
        {"splits", nlohmann::json::array({split_json(c.problem, devices, launches)})}};
    write_file(options.out, pretty(writable(document)), "the split");
  }
  return code;
}

}  // namespace assay
