#include "bench/cli/parallelism_devices.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "bench/parallelism/pairs.hpp"
#include "bench/terminal.hpp"
#include "bench/topology.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

// Of each visit to a pair: before the sweeps, behind them, and at the end, so that minutes lie between
// samples too.
constexpr int pair_samples = 14;
constexpr std::size_t most_pairs = 8;

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
  result.pairs_sought = true;
  result.pairs_there_are = n * (n - 1) / 2;
  for (const auto& [first, second] :
       candidate_pairs(processors, reported_siblings(processors), most_pairs)) {
    SiblingPair pair;
    pair.first = first;
    pair.second = second;
    pair.reported = reported_to_share(first, second);
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
  Measurement(const WorkerSettings& settings, const Interrupt& interrupt, ParallelismResult& result)
      : settings_(settings),
        interrupt_(interrupt),
        line_(has_live_line(STDERR_FILENO)),
        devices_(result.devices),
        comparisons_(result.comparisons),
        failed_(result.failed) {}

  void measure(const std::vector<KnownDevice>& selected) {
    devices_.reserve(selected.size());
    for (const KnownDevice& device : selected) {
      devices_.emplace_back().device = device.id();
      opened_.emplace_back();
      measure(device, devices_.back(), opened_.back());
    }
    compare(selected);
    for (std::size_t i = 0; i < selected.size(); ++i) {
      guarded(devices_[i].device, [&] { visit(selected[i], devices_[i]); });
    }
    for (const auto& each : opened_) {
      if (each) each->quit();
    }
  }

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
    failed_.push_back({device, "failed", reason});
    std::cerr << "assay: " << device << ": " << reason << "\n";
    return false;
  }

  void measure(const KnownDevice& device, DeviceParallelism& result,
               std::unique_ptr<OwnWorkerMeter>& opened) {
    // Its own backend binds threads: the others' runtimes don't say where theirs are.
    if (device.info.cpu) {
      result.topology = reported_topology();
      const std::string limits = processor_limits();
      if (!limits.empty()) result.topology += "; this process may use " + limits;
    }
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
    while (host < devices_.size() && !(devices_[host].cpu && opened_[host])) ++host;
    if (host == devices_.size() && devices_.size() > 1) {
      std::cerr
          << "assay: nothing is compared, as no processor among the devices was measured whole\n";
      return;
    }
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      if (i == host || !opened_[host] || !opened_[i]) continue;
      const std::string both = devices_[host].device + " and " + devices_[i].device;
      DeviceComparison& comparison = comparisons_.emplace_back(
          DeviceComparison{devices_[host].device, devices_[i].device, !devices_[i].cpu, {}});
      const bool whole = guarded(both, [&] {
        measure_contests(
            *opened_[host], *opened_[i],
            [&](const std::string& what) { line_.show(fmt::format("{}: {}", both, what)); },
            comparison);
      });
      if (whole) continue;
      // Either of them may be the one that ended. The others are compared all the same.
      opened_[i].reset();
      opened_[host].reset();
      guarded(devices_[host].device,
              [&] { opened_[host] = open_device(selected[host], settings_, interrupt_); });
    }
  }

  const WorkerSettings& settings_;
  const Interrupt& interrupt_;
  Line line_;
  std::vector<DeviceParallelism>& devices_;
  std::vector<DeviceComparison>& comparisons_;
  std::vector<Absent>& failed_;
  std::vector<std::unique_ptr<OwnWorkerMeter>> opened_;
};

}  // namespace

bool ParallelismResult::any_reason(std::string_view beginning) const {
  const auto begins = [&](const auto& each) { return each.reason.find(beginning) == 0; };
  for (const DeviceParallelism& device : devices) {
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
  return std::ranges::any_of(comparisons, [&](const DeviceComparison& each) {
    return std::ranges::any_of(each.contests, begins);
  });
}

bool ParallelismResult::any_lost() const {
  const auto in_contest = [](const Contest& each) {
    return each.reason.find(not_available) != std::string::npos;
  };
  return any_reason(not_available) ||
         std::ranges::any_of(comparisons, [&](const DeviceComparison& each) {
           return std::ranges::any_of(each.contests, in_contest);
         });
}

void measure_devices(std::vector<KnownDevice> selected, const WorkerSettings& settings,
                     const Interrupt& interrupt, ParallelismResult& result) {
  std::ranges::stable_partition(selected, [](const KnownDevice& each) { return each.info.cpu; });
  // Whatever was measured, also before an interruption.
  const auto conclude = [&] {
    share_clocks(result.devices);
    std::erase_if(result.devices,
                  [](const DeviceParallelism& each) { return each.sweeps.empty(); });
  };
  try {
    Measurement(settings, interrupt, result).measure(selected);
  } catch (const Interrupted&) {
    conclude();
    throw;
  }
  conclude();
}

}  // namespace assay
