#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/absent.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/parallelism/pairs.hpp"
#include "bench/parallelism/parallelism_report.hpp"
#include "bench/plugin_files.hpp"
#include "bench/select.hpp"
#include "bench/terminal.hpp"
#include "bench/topology.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Throughput against independent accumulators (the knee is latency x pipes), vector width, threads
or work-groups, and work-items of a work-group (processors: chains of a thread), each bound by
arithmetic and by memory; all results are checked. On processors also: which logical processors share a core's
arithmetic units, found by pinning two threads, whatever the system says. Two devices are compared side
by side, the first of them a processor: who computes a matrix product sooner, from which size on, in four
processes each. Whatever ends a process costs only the figure that it was measuring (exit 6). A device
that isn't here is a row that says so, unless --require-device names it.

Examples:
  assay parallelism --device onednn:0
  assay parallelism --device onednn:0,opencl:0.0 --out parallelism.json --svg parallelism.svg)";

// Of each visit to a pair: before the sweeps, behind them, and at the end, so that minutes lie between
// samples too.
constexpr int pair_samples = 14;
constexpr std::size_t most_pairs = 8;

struct Options {
  std::vector<std::string> devices, required, plugins;
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

std::unique_ptr<OwnWorkerMeter> open_device(const KnownDevice& device,
                                            const WorkerSettings& settings,
                                            const Interrupt& interrupt) {
  return std::make_unique<OwnWorkerMeter>(
      [&device, &interrupt, settings] {
        return start_worker(settings, &interrupt.flag(), device.plugin);
      },
      device.id(), 1);
}

// Those to be tried, without samples.
void choose_pairs(DeviceParallelism& result) {
  const std::vector<std::int64_t> processors = allowed_processors();
  const auto n = static_cast<std::int64_t>(processors.size());
  result.pairs_there_are = n * (n - 1) / 2;
  for (const auto& [first, second] :
       candidate_pairs(processors, reported_siblings(processors), most_pairs)) {
    SiblingPair pair;
    pair.first = first;
    pair.second = second;
    result.pairs.push_back(std::move(pair));
  }
}

// More samples of each pair, in workers bound to the two.
void visit_pairs(const KnownDevice& device, const WorkerSettings& settings,
                 const Interrupt& interrupt, const Line& line, DeviceParallelism& result) {
  for (SiblingPair& pair : result.pairs) {
    line.show(device.id() + ": processors " + std::to_string(pair.first) + " and " +
              std::to_string(pair.second));
    WorkerSettings bound = settings;
    bound.threads = 2;
    bound.environment.emplace_back(
        "OMP_PLACES", "{" + std::to_string(pair.first) + "},{" + std::to_string(pair.second) + "}");
    bound.environment.emplace_back("OMP_PROC_BIND", "true");
    PairSpeedUps more;
    try {
      const auto meter = open_device(device, bound, interrupt);
      more = pair_speed_ups(*meter, pair_samples);
      if (!more.wrong.empty()) pair.reason = more.wrong;
      meter->quit();
    } catch (const WorkerFailure& failure) {
      // Its other visits, and the other pairs, are as good as before.
      pair.reason = std::string(not_available) + failure.what();
    }
    pair.speed_ups.insert(pair.speed_ups.end(), more.values.begin(), more.values.end());
    pair.visits.push_back(static_cast<std::int64_t>(more.values.size()));
    pair.siblings = find_siblings(pair.speed_ups);
  }
  std::erase_if(result.pairs, [](const SiblingPair& each) {
    return each.speed_ups.empty() && each.reason.empty();
  });
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

  // What ends one device's measurement costs only what it hadn't measured yet. Throws Interrupted.
  void measure(const std::vector<KnownDevice>& selected) {
    devices.reserve(selected.size());
    for (const KnownDevice& device : selected) {
      devices.emplace_back().device = device.id();
      opened_.emplace_back();
      measure(device, devices.back(), opened_.back());
    }
    compare(selected);
    for (std::size_t i = 0; i < selected.size(); ++i) {
      guarded(devices[i].device, [&] { visit(selected[i], devices[i]); });
    }
    for (const auto& each : opened_) {
      if (each) each->quit();
    }
  }

  // Whatever was measured, also before an interruption.
  void conclude() {
    share_clocks(devices);
    std::erase_if(devices, [](const DeviceParallelism& each) { return each.sweeps.empty(); });
  }

  std::vector<DeviceParallelism> devices;
  std::vector<DeviceComparison> comparisons;
  std::vector<Absent> failed;

 private:
  // Whether `action` came to its end.
  template <class Action>
  bool guarded(const std::string& device, const Action& action) {
    std::string reason;
    try {
      action();
      return true;
    } catch (const WorkerFailure& failure) {
      reason = failure.what();
    } catch (const Error& error) {
      reason = error.what();
    }
    line_.clear();
    failed.push_back({device, "failed", reason});
    std::cerr << "assay: " << device << ": " << reason << "\n";
    return false;
  }

  void measure(const KnownDevice& device, DeviceParallelism& result,
               std::unique_ptr<OwnWorkerMeter>& opened) {
    // Its own backend binds threads: the others' runtimes don't say where theirs are.
    if (device.info.cpu) result.topology = reported_topology();
    if (device.info.cpu && device.backend == "onednn") {
      choose_pairs(result);
      guarded(device.id(), [&] { visit(device, result); });
    }
    const bool whole = guarded(device.id(), [&] {
      opened = open_device(device, settings_, interrupt_);
      measure_parallelism(
          *opened, device, [&](const std::string& what) { line_.show(device.id() + ": " + what); },
          result);
    });
    // Its process is gone, or in an unknown state: it takes no part in comparisons.
    if (!whole) opened.reset();
    guarded(device.id(), [&] { visit(device, result); });
  }

  void visit(const KnownDevice& device, DeviceParallelism& result) {
    visit_pairs(device, settings_, interrupt_, line_, result);
  }

  // With the first processor that was measured whole.
  void compare(const std::vector<KnownDevice>& selected) {
    std::size_t host = 0;
    while (host < devices.size() && !(devices[host].cpu && opened_[host])) ++host;
    for (std::size_t i = host + 1; i < devices.size(); ++i) {
      if (!opened_[host] || !opened_[i]) continue;
      const std::string both = devices[host].device + " and " + devices[i].device;
      DeviceComparison& comparison = comparisons.emplace_back(
          DeviceComparison{devices[host].device, devices[i].device, !devices[i].cpu, {}});
      const bool whole = guarded(both, [&] {
        measure_contests(
            *opened_[host], *opened_[i],
            [&](const std::string& what) { line_.show(both + ": " + what); }, comparison);
      });
      if (whole) continue;
      // Either of them may be the one that ended. The others are compared all the same.
      opened_[i].reset();
      opened_[host].reset();
      guarded(devices[host].device,
              [&] { opened_[host] = open_device(selected[host], settings_, interrupt_); });
    }
  }

  const WorkerSettings& settings_;
  const Interrupt& interrupt_;
  Line line_;
  std::vector<std::unique_ptr<OwnWorkerMeter>> opened_;
};

// Whether the reason of any figure that is missing begins so.
bool any_reason(const Measurement& measurement, std::string_view beginning) {
  const auto begins = [&](const auto& each) { return each.reason.find(beginning) == 0; };
  for (const DeviceParallelism& device : measurement.devices) {
    if (std::ranges::any_of(device.pairs, begins)) return true;
    if (std::ranges::any_of(device.lost, [&](const std::string& each) {
          return each.find(": " + std::string(beginning)) != std::string::npos;
        })) {
      return true;
    }
    for (const Sweep& sweep : device.sweeps) {
      if (std::ranges::any_of(sweep.points, begins)) return true;
    }
  }
  return std::ranges::any_of(measurement.comparisons, [&](const DeviceComparison& each) {
    return std::ranges::any_of(each.contests, begins);
  });
}

// Whatever ended a process is a failure, though the rest was measured.
bool any_lost(const Measurement& measurement) {
  const auto in_contest = [](const Contest& each) {
    return each.reason.find(not_available) != std::string::npos;
  };
  return any_reason(measurement, not_available) ||
         std::ranges::any_of(measurement.comparisons, [&](const DeviceComparison& each) {
           return std::ranges::any_of(each.contests, in_contest);
         });
}

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
  const Inventory inventory = discover(backends_to_ask(selectors, required), settings);
  note_rejected_plugins(inventory, std::cerr);
  if (!all_here(required, inventory, std::cerr)) return Exit::refused;
  const Selection selected = select_devices(selectors, inventory);
  Exit code = Exit::pass;
  Interrupt interrupt;
  Measurement measurement(settings, interrupt);
  try {
    measurement.measure(processors_first(selected.devices));
  } catch (const Interrupted&) {
    code = worse(code, Exit::interrupted);
  }
  measurement.conclude();
  std::vector<Absent> absent = absent_of(selected);
  absent.insert(absent.end(), measurement.failed.begin(), measurement.failed.end());
  if (any_reason(measurement, "wrong")) code = worse(code, Exit::wrong);
  if (any_lost(measurement)) code = worse(code, Exit::failed);
  code = worse(code, exit_code_of(absent));
  nlohmann::json document = parallelism_json(measurement.devices, measurement.comparisons);
  document["assay_parallelism"] = 1;
  document["context"] = environment(inventory);
  document["absent"] = absent_json(absent);
  const std::string text = pretty(writable(document));
  if (!options.out.empty()) write_file(options.out, text, "the curves");
  if (!options.svg.empty()) {
    std::ostringstream drawing;
    std::vector<Plot> plots = scaling_plots(measurement.devices);
    for (Plot& each : contest_plots(measurement.comparisons)) plots.push_back(std::move(each));
    write_svg(plots, drawing);
    write_file(options.svg, drawing.str(), "the drawing");
  }
  if (json) {
    out << text;
    return code;
  }
  report_parallelism(measurement.devices, measurement.comparisons, out);
  report_absent(absent, out);
  if (measurement.devices.empty() && absent.empty()) out << "no device is here to be measured\n";
  return code;
}

}  // namespace assay
