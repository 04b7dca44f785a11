#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/absent.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/cli/parallelism_devices.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/parallelism/parallelism_report.hpp"
#include "bench/plugin_files.hpp"
#include "bench/select.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Throughput against independent accumulators (the knee is latency x pipes), vector width, threads
or work-groups, and work-items of a work-group (processors: chains, or places of memory, of a thread), each
bound by arithmetic and by memory, which is read from arrays of four times the last-level cache; the first
two also with a load from the nearest cache for every step. All results are checked. On processors also: which logical processors share a core's
arithmetic units, found by pinning two threads, whatever the system says. Two devices are compared side
by side, the first of them a processor: who computes a matrix product sooner, from which size on, in four
processes each. Whatever ends a process costs only the figure that it was measuring (exit 6). A device
that isn't here is a row that says so, unless --require-device names it.

Examples:
  assay parallelism --device onednn:0
  assay parallelism --device onednn:0,opencl:0.0 --out parallelism.json --svg parallelism.svg)";

struct Options {
  std::vector<std::string> devices, required, plugins;
  std::string format = "console", out, svg;
};

}  // namespace

Exit parallelism_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("parallelism", "How parallel a device is: measured, not looked up.", footer);
  command.texts("--device,-d", options.devices, "which: commas or repeated [all but software GPUs]",
                "DEVICE");
  command.texts("--require-device", options.required,
                "exit 3 without measuring where this device is missing", "DEVICE");
  command.text("--format", options.format, "console or json [console]", "WORD");
  command.text("--out,-o", options.out, "also write the JSON document to a file", "FILE");
  command.text("--svg", options.svg, "also draw the curves into a file", "FILE");
  add_plugin_option(command, options.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(options.format);
  for (const std::string& file : {options.out, options.svg}) {
    if (!file.empty()) check_writable(file);
  }
  WorkerSettings settings;
  settings.plugins = plugin_files(options.plugins);
  const std::vector<std::string> selectors = split_selectors(options.devices);
  const std::vector<std::string> required = split_selectors(options.required);
  check_selectors(selectors, !settings.plugins.empty());
  check_selectors(required, !settings.plugins.empty());
  note_bad_tuning({}, std::cerr);
  const Inventory inventory = discover(backends_to_ask(selectors, required), settings);
  note_rejected_plugins(inventory, std::cerr);
  if (!all_here(required, inventory, std::cerr)) return Exit::refused;
  const Selection selected = select_devices(selectors, inventory);
  Exit code = Exit::pass;
  Interrupt interrupt;
  ParallelismResult found;
  try {
    measure_devices(selected.devices, settings, interrupt, found);
  } catch (const Interrupted&) {
    code = worse(code, Exit::interrupted);
  }
  std::vector<Absent> absent = absent_of(selected);
  absent.insert(absent.end(), found.failed.begin(), found.failed.end());
  if (found.any_reason("wrong")) code = worse(code, Exit::wrong);
  if (found.any_lost()) code = worse(code, Exit::failed);
  code = worse(code, exit_code_of(absent));
  nlohmann::json document = parallelism_json(found.devices, found.comparisons);
  document["assay_parallelism"] = 1;
  document["context"] = environment(inventory);
  document["absent"] = absent_json(absent);
  const std::string text = pretty(writable(document));
  if (!options.out.empty()) write_file(options.out, text, "the curves");
  if (!options.svg.empty()) {
    std::ostringstream drawing;
    std::vector<Plot> plots = scaling_plots(found.devices);
    for (Plot& each : contest_plots(found.comparisons)) plots.push_back(std::move(each));
    write_svg(plots, drawing);
    write_file(options.svg, drawing.str(), "the drawing");
  }
  if (json) {
    out << text;
    return code;
  }
  report_parallelism(found.devices, found.comparisons, out);
  report_absent(absent, out);
  if (found.devices.empty() && absent.empty()) out << "no device is here to be measured\n";
  return code;
}

}  // namespace assay
