#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/parallelism/parallelism_report.hpp"
#include "bench/plugin_files.hpp"
#include "bench/select.hpp"
#include "bench/terminal.hpp"
#include "bench/topology.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Throughput against independent accumulators (the knee is latency x pipes), vector width, threads or
work-groups, and work-items of a work-group, each bound by arithmetic and by memory; all results are
checked. On processors also: which logical processors share a core's arithmetic units, found by
pinning two threads, whatever the system says. Two devices are compared side by side, the first of
them a processor: who computes a matrix product sooner, from which size on.

Examples:
  assay parallelism --device onednn:0
  assay parallelism --device onednn:0,opencl:0.0 --out parallelism.json --svg parallelism.svg)";

constexpr int pair_samples = 40;
constexpr std::int64_t most_pairs = 8;

struct Options {
  std::vector<std::string> devices, plugins;
  std::string format = "console", out, svg;
};

class Line {
 public:
  explicit Line(bool live) : live_(live) {}
  ~Line() { clear(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  void show(const std::string& text) const {
    if (live_) std::cerr << "\r\x1b[K" << text << std::flush;
  }
  void clear() const {
    if (live_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool live_;
};

// A device with its worker.
struct Opened {
  std::unique_ptr<WorkerClient> worker;
  std::unique_ptr<WorkerMeter> meter;
};

Opened open_device(const KnownDevice& device, const WorkerSettings& settings,
                   const Interrupt& interrupt) {
  Opened opened;
  opened.worker = std::make_unique<WorkerClient>(settings, &interrupt.flag());
  opened.worker->greet(device.plugin);
  opened.meter = std::make_unique<WorkerMeter>(*opened.worker, device.id(), 1);
  return opened;
}

// The first logical processor with each other one, in workers bound to the two.
std::vector<SiblingPair> find_pairs(const KnownDevice& device, const WorkerSettings& settings,
                                    const Interrupt& interrupt, const Line& line) {
  std::vector<SiblingPair> pairs;
  const std::vector<std::int64_t> processors = allowed_processors();
  for (std::size_t i = 1; i < processors.size() && i <= most_pairs; ++i) {
    SiblingPair pair;
    pair.first = processors[0];
    pair.second = processors[i];
    line.show(device.id() + ": processors " + std::to_string(pair.first) + " and " +
              std::to_string(pair.second));
    WorkerSettings bound = settings;
    bound.threads = 2;
    bound.environment.emplace_back(
        "OMP_PLACES", "{" + std::to_string(pair.first) + "},{" + std::to_string(pair.second) + "}");
    bound.environment.emplace_back("OMP_PROC_BIND", "true");
    const Opened opened = open_device(device, bound, interrupt);
    pair.speed_ups = pair_speed_ups(*opened.meter, pair_samples);
    opened.worker->quit();
    if (pair.speed_ups.empty()) break;
    pair.siblings = find_siblings(pair.speed_ups);
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

// The same chip has the same clock, whoever could observe it.
void share_clocks(std::vector<DeviceParallelism>& devices) {
  for (DeviceParallelism& each : devices) {
    for (const DeviceParallelism& other : devices) {
      if (!each.clock_hz && each.hardware == other.hardware) each.clock_hz = other.clock_hz;
    }
  }
}

class Measurement {
 public:
  Measurement(const WorkerSettings& settings, const Interrupt& interrupt)
      : settings_(settings), interrupt_(interrupt), line_(has_live_line(STDERR_FILENO)) {}

  void measure(const std::vector<KnownDevice>& selected) {
    std::vector<Opened> opened;
    for (const KnownDevice& device : selected) {
      Opened each = open_device(device, settings_, interrupt_);
      devices.push_back(measure_parallelism(*each.meter, device, [&](const std::string& what) {
        line_.show(device.id() + ": " + what);
      }));
      // Its own backend binds threads: the others' runtimes don't say where theirs are.
      if (device.info.cpu && device.backend == "onednn") {
        devices.back().topology = reported_topology();
        devices.back().pairs = find_pairs(device, settings_, interrupt_, line_);
      }
      opened.push_back(std::move(each));
    }
    share_clocks(devices);
    compare(opened);
    for (const Opened& each : opened) each.worker->quit();
  }

  std::vector<DeviceParallelism> devices;
  std::vector<Comparison> comparisons;

 private:
  void compare(const std::vector<Opened>& opened) {
    for (std::size_t i = 1; i < devices.size(); ++i) {
      if (!devices[0].cpu) return;
      comparisons.push_back(measure_contests(
          *opened[0].meter, devices[0], *opened[i].meter, devices[i], [&](const std::string& what) {
            line_.show(devices[0].device + " and " + devices[i].device + ": " + what);
          }));
    }
  }

  const WorkerSettings& settings_;
  const Interrupt& interrupt_;
  Line line_;
};

// Processors first: the others are compared with the first of them.
std::vector<KnownDevice> processors_first(std::vector<KnownDevice> devices) {
  std::ranges::stable_partition(devices, [](const KnownDevice& each) { return each.info.cpu; });
  return devices;
}

}  // namespace

Exit parallelism_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("parallelism", "How parallel a device is: measured, not looked up.", footer);
  command.texts("--device,-d", options.devices, "which: commas or repeated [all but software GPUs]",
                "DEVICE");
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
  check_selectors(selectors, !settings.plugins.empty());
  const Inventory inventory = discover(backends_for(selectors), settings);
  note_rejected_plugins(inventory, std::cerr);
  const Selection selected = select_devices(selectors, inventory);
  for (const MissingDevice& each : selected.missing) {
    std::cerr << "assay: " << each.selector << ": " << each.reason << "\n";
  }
  Exit code = selected.missing.empty() ? Exit::pass : Exit::refused;
  Interrupt interrupt;
  Measurement measurement(settings, interrupt);
  try {
    measurement.measure(processors_first(selected.devices));
  } catch (const Interrupted&) {
    code = worse(code, Exit::interrupted);
  } catch (const WorkerFailure& failure) {
    std::cerr << "assay: " << failure.what() << "\n";
    code = worse(code, Exit::failed);
  }
  nlohmann::json document = parallelism_json(measurement.devices, measurement.comparisons);
  document["assay_parallelism"] = 1;
  document["context"] = environment(inventory);
  const std::string text = pretty(writable(document));
  if (!options.out.empty()) write_file(options.out, text, "the curves");
  if (!options.svg.empty()) {
    std::ostringstream drawing;
    write_svg(scaling_plots(measurement.devices), drawing);
    write_file(options.svg, drawing.str(), "the drawing");
  }
  if (json) {
    out << text;
  } else {
    report_parallelism(measurement.devices, measurement.comparisons, out);
  }
  return code;
}

}  // namespace assay
