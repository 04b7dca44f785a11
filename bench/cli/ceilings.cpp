#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/ceilings/ceilings_report.hpp"
#include "bench/ceilings/roofline.hpp"
#include "bench/ceilings/turns.hpp"
#include "bench/cli/absent.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/run_document.hpp"
#include "bench/select.hpp"
#include "bench/terminal.hpp"
#include "bench/topology.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Arithmetic: chains of multiply-adds in registers, per instruction path, all results checked; with
"+ loads" every one also reads an operand from the nearest cache. Memory: arrays of four times the
last-level cache. The figure is the highest of seven samples, the median stands beside it. A device takes
20 seconds at most: a slow one gets fewer samples, and what there is no time for is left out and says so.
What ends its process (a crash, a hang) costs only that figure, and makes the exit code 6.
Ceilings belong to hardware: where several devices are the same chip, the highest of them holds.
The results are also kept in ~/.cache/assay/ceilings.json; --cached shows them again. A device that
isn't here is a row that says so, unless --require-device names it.

Examples:
  assay ceilings --device onednn:0
  assay ceilings --svg roofline.svg --results run.json)";

struct Options {
  std::vector<std::string> devices, required, plugins;
  std::string format = "console", out, threads, svg, results;
  bool cached = false;
};

void measure_device(const KnownDevice& device, const WorkerSettings& settings,
                    const Interrupt& interrupt, DeviceCeilings& result) {
  OwnWorkerMeter meter([&] { return start_worker(settings, &interrupt.flag(), device.plugin); },
                       device.id(), 1);
  if (device.info.cpu) result.core = published_core("/proc/cpuinfo");
  const bool live = has_live_line(STDERR_FILENO);
  const auto clear = [live] {
    if (live) std::cerr << "\r\x1b[K" << std::flush;
  };
  try {
    measure_ceilings(
        meter, device,
        [&](const std::string& what) {
          clear();
          if (live) std::cerr << device.id() << ": " << what << std::flush;
        },
        result);
  } catch (...) {
    clear();
    throw;
  }
  clear();
  meter.quit();
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

// What there is to show, wherever it comes from.
struct Shown {
  std::vector<DeviceCeilings> devices;
  std::vector<Absent> absent;
  nlohmann::json context = nlohmann::json::object();  // none of stored ones
  bool cached = false;
};

void show(const Shown& shown, const Options& options, const std::vector<Record>& records,
          Output& out) {
  draw(options.svg, shown.devices, records);
  const std::string text = pretty(writable({{"assay_ceilings", 1},
                                            {"cached", shown.cached},
                                            {"context", shown.context},
                                            {"devices", ceilings_json(shown.devices)},
                                            {"absent", absent_json(shown.absent)}}));
  if (!options.out.empty()) write_file(options.out, text, "the ceilings");
  if (wants_json(options.format)) {
    out << text;
    return;
  }
  report_ceilings(shown.devices, shown.cached, out);
  report_absent(shown.absent, out);
  if (shown.devices.empty() && shown.absent.empty()) out << "no device is here to be measured\n";
}

// Stored devices, so that selectors find them as they find those that are here.
Inventory as_inventory(const std::vector<DeviceCeilings>& devices) {
  Inventory inventory;
  for (const DeviceCeilings& each : devices) {
    KnownDevice device;
    device.backend = each.device.substr(0, each.device.find(':'));
    device.info.ordinal =
        each.device.substr(std::min(device.backend.size() + 1, each.device.size()));
    device.info.name = each.device_name;
    device.info.hardware = each.hardware;
    device.info.cpu = each.cpu;
    inventory.plugins.push_back(device.backend);  // whatever it was, its name is known
    inventory.devices.push_back(std::move(device));
  }
  return inventory;
}

Exit show_stored(const Options& options, const std::vector<std::string>& selectors,
                 const std::vector<Record>& records, Output& out) {
  Shown shown;
  shown.cached = true;
  shown.devices = stored_ceilings(ceilings_file());
  if (!selectors.empty()) {
    const Selection selected = select_devices(selectors, as_inventory(shown.devices));
    for (const MissingDevice& each : selected.missing) {
      shown.absent.push_back({each.selector, "skipped", "no ceilings of it are stored"});
    }
    std::erase_if(shown.devices, [&](const DeviceCeilings& each) {
      return std::ranges::find(selected.devices, each.device, &KnownDevice::id) ==
             selected.devices.end();
    });
  }
  if (shown.devices.empty()) {
    std::cerr << "assay: no such ceilings are stored here: run assay ceilings first\n";
    return Exit::baseline;
  }
  show(shown, options, records, out);
  return Exit::pass;
}

bool any_reason(const DeviceCeilings& device, std::string_view beginning) {
  return std::ranges::any_of(device.ceilings,
                             [&](const Ceiling& each) { return each.reason.find(beginning) == 0; });
}

void limit(DeviceCeilings& device, const std::string& to) {
  device.limited_to += (device.limited_to.empty() ? "" : " and ") + to;
}

// Fills `shown`; the code is that of the worst device.
Exit measure_all(const std::vector<KnownDevice>& devices, const WorkerSettings& settings,
                 const std::string& date, Shown& shown) {
  Interrupt interrupt;
  std::vector<DeviceCeilings> complete;
  Exit code = Exit::pass;
  for (const KnownDevice& device : devices) {
    DeviceCeilings result;
    result.date = date;
    bool interrupted = false;
    const auto failed = [&](const std::string& reason) {
      shown.absent.push_back({device.id(), "failed", reason});
      std::cerr << "assay: " << device.id() << ": " << reason << "\n";
    };
    try {
      measure_device(device, settings, interrupt, result);
      if (device.info.cpu) {
        if (settings.threads > 0) {
          limit(result, "--threads " + std::to_string(settings.threads));
        }
        if (const std::string limits = processor_limits(); !limits.empty()) limit(result, limits);
      }
      if (result.limited_to.empty()) complete.push_back(result);
    } catch (const Interrupted&) {
      interrupted = true;
    } catch (const WorkerFailure& failure) {
      failed(failure.what());
    } catch (const Error& error) {
      failed(error.what());
    }
    if (any_reason(result, "wrong")) code = worse(code, Exit::wrong);
    if (any_reason(result, not_available)) code = worse(code, Exit::failed);
    // What was measured before it ended counts.
    if (!result.ceilings.empty()) shown.devices.push_back(std::move(result));
    if (interrupted) {
      code = worse(code, Exit::interrupted);
      break;
    }
  }
  if (const std::string problem = store_ceilings(ceilings_file(), complete); !problem.empty()) {
    std::cerr << "note: not kept for --cached: " << problem << "\n";
  }
  return worse(code, exit_code_of(shown.absent));
}

}  // namespace

Exit ceilings_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("ceilings", "What the hardware of each device can do, measured.", footer);
  command.texts("--device,-d", options.devices, "which: commas or repeated [all but software GPUs]",
                "DEVICE");
  command.texts("--require-device", options.required,
                "exit 3 without measuring where this device is missing", "DEVICE");
  command.text("--format", options.format, "console or json [console]", "WORD");
  command.text("--out,-o", options.out, "also write the JSON document to a file", "FILE");
  command.text("--threads", options.threads, "of processors; 0: the libraries' default [0]", "N");
  command.text("--svg", options.svg, "also draw the roofline into a file", "FILE");
  command.text("--results", options.results, "a result file of assay run, for --svg: its cases",
               "FILE");
  command.flag("--cached", options.cached, "show what was measured last, measure nothing");
  add_plugin_option(command, options.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  (void)wants_json(options.format);  // before anything is measured
  for (const std::string& file : {options.out, options.svg}) {
    if (!file.empty()) check_writable(file);
  }
  if (!options.results.empty() && options.svg.empty()) {
    throw usage_error("--results needs --svg: it holds what is drawn");
  }
  std::vector<Record> records;
  if (!options.results.empty()) records = read_records(options.results);
  const std::vector<std::string> selectors = split_selectors(options.devices);
  if (options.cached) {
    refuse_given("--cached measures nothing: it takes no",
                 {{"--threads", !options.threads.empty()},
                  {"--require-device", !options.required.empty()},
                  {"--plugin", !options.plugins.empty()}});
    return show_stored(options, selectors, records, out);
  }

  WorkerSettings settings;
  settings.plugins = plugin_files(options.plugins);
  if (!options.threads.empty()) {
    settings.threads = static_cast<int>(parse_integer("--threads", options.threads, 0, 4096));
  }
  const std::vector<std::string> required = split_selectors(options.required);
  check_selectors(selectors, !settings.plugins.empty());
  check_selectors(required, !settings.plugins.empty());
  const Inventory inventory = discover(backends_to_ask(selectors, required), settings);
  note_rejected_plugins(inventory, std::cerr);
  if (!all_here(required, inventory, std::cerr)) return Exit::refused;
  const Selection selected = select_devices(selectors, inventory);
  Shown shown;
  shown.absent = absent_of(selected);
  shown.context = environment(inventory);
  const Exit code = measure_all(selected.devices, settings, shown.context.value("date", ""), shown);
  show(shown, options, records, out);
  return code;
}

}  // namespace assay
