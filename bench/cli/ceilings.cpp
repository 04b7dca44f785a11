#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/ceilings/roofline.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/select.hpp"
#include "bench/terminal.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Arithmetic: chains of multiply-adds in registers, per instruction path, all results checked; with
"+ loads" every one also reads an operand from the nearest cache. Memory: arrays of four times the
last-level cache. The figure is the highest of seven samples, the median stands beside it.
Ceilings belong to hardware: where several devices are the same chip, the highest of them holds.
The results are also kept in ~/.cache/assay/ceilings.json; --cached shows them again.

Examples:
  assay ceilings --device onednn:0
  assay ceilings --svg roofline.svg --results run.json)";

struct Options {
  std::vector<std::string> devices, plugins;
  std::string format = "console", out, threads, svg, results;
  bool cached = false;
};

DeviceCeilings measure_device(const KnownDevice& device, const WorkerSettings& settings,
                              const Interrupt& interrupt, const std::string& date) {
  WorkerClient worker(settings, &interrupt.flag());
  worker.greet(device.plugin);
  WorkerMeter meter(worker, device.id(), 1);
  const bool live = has_live_line(STDERR_FILENO);
  DeviceCeilings result = measure_ceilings(meter, device, [&](const std::string& what) {
    if (live) std::cerr << "\r\x1b[K" << device.id() << ": " << what << std::flush;
  });
  if (live) std::cerr << "\r\x1b[K" << std::flush;
  result.date = date;
  worker.quit();
  return result;
}

std::vector<Record> read_records(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw Error(Error::Kind::file, file + ": can't be read");
  std::stringstream text;
  text << in.rdbuf();
  try {
    return parse_run_document(text.str()).records;
  } catch (const Error& error) {
    throw Error(error.kind(), file + ": " + error.what());
  }
}

void draw(const std::string& file, const std::vector<DeviceCeilings>& devices,
          const std::vector<Record>& records) {
  if (file.empty()) return;
  std::ostringstream drawing;
  write_svg(roofline_plots(devices, records), drawing);
  write_file(file, drawing.str(), "the drawing");
}

nlohmann::json document(const std::vector<DeviceCeilings>& devices, const nlohmann::json& context) {
  return writable(
      {{"assay_ceilings", 1}, {"context", context}, {"devices", ceilings_json(devices)}});
}

}  // namespace

Exit ceilings_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("ceilings", "What the hardware of each device can do, measured.", footer);
  command.texts("--device,-d", options.devices, "which: commas or repeated [all but software GPUs]",
                "DEVICE");
  command.text("--format", options.format, "console or json [console]", "WORD");
  command.text("--out,-o", options.out, "also write the JSON document to a file", "FILE");
  command.text("--threads", options.threads, "of processors; 0: the libraries' default [0]", "N");
  command.text("--svg", options.svg, "also draw the roofline into a file", "FILE");
  command.text("--results", options.results, "a result file of assay run, for --svg: its cases",
               "FILE");
  command.flag("--cached", options.cached, "show what was measured last, measure nothing");
  add_plugin_option(command, options.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool json = wants_json(options.format);
  for (const std::string& file : {options.out, options.svg}) {
    if (!file.empty()) check_writable(file);
  }
  if (!options.results.empty() && options.svg.empty()) {
    throw usage_error("--results needs --svg: it holds what is drawn");
  }
  std::vector<Record> records;
  if (!options.results.empty()) records = read_records(options.results);
  if (options.cached) {
    const std::vector<DeviceCeilings> stored = stored_ceilings(ceilings_file());
    if (stored.empty()) throw usage_error("no ceilings are stored here: run assay ceilings first");
    draw(options.svg, stored, records);
    if (json) {
      out << pretty(document(stored, nlohmann::json::object()));
    } else {
      report_ceilings(stored, true, out);
    }
    return Exit::pass;
  }

  WorkerSettings settings;
  settings.plugins = plugin_files(options.plugins);
  if (!options.threads.empty()) {
    settings.threads = static_cast<int>(parse_integer("--threads", options.threads, 0, 4096));
  }
  const std::vector<std::string> selectors = split_selectors(options.devices);
  check_selectors(selectors, !settings.plugins.empty());
  const Inventory inventory = discover(backends_for(selectors), settings);
  note_rejected_plugins(inventory, std::cerr);
  const Selection selected = select_devices(selectors, inventory);
  for (const MissingDevice& each : selected.missing) {
    std::cerr << "assay: " << each.selector << ": " << each.reason << "\n";
  }
  const nlohmann::json context = environment(inventory);
  const std::string date = context.value("date", "");
  Interrupt interrupt;
  std::vector<DeviceCeilings> measured;
  Exit code = selected.missing.empty() ? Exit::pass : Exit::refused;
  try {
    for (const KnownDevice& device : selected.devices) {
      try {
        measured.push_back(measure_device(device, settings, interrupt, date));
      } catch (const WorkerFailure& failure) {
        std::cerr << "assay: " << device.id() << ": " << failure.what() << "\n";
        code = worse(code, Exit::failed);
      }
    }
  } catch (const Interrupted&) {
    code = worse(code, Exit::interrupted);
  }
  store_ceilings(ceilings_file(), measured);
  draw(options.svg, measured, records);
  if (!options.out.empty()) {
    write_file(options.out, pretty(document(measured, context)), "the ceilings");
  }
  if (json) {
    out << pretty(document(measured, context));
  } else {
    report_ceilings(measured, false, out);
  }
  return code;
}

}  // namespace assay
