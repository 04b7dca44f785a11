// Which blocks are thrown away because the machine was disturbed while they ran. Only what is taken
// outside both sides' timed regions counts; what the sides took never does.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace assay {

// Counters of the machine at one moment; what can't be read here is missing.
struct MachineMoment {
  double time_s = 0;                        // monotonic
  std::optional<double> steal_s;            // of all processors together
  std::optional<double> throttled_periods;  // of this process's control group
  std::optional<double> pressure_s;         // some task waited for a processor
  std::optional<double> others_s = {};      // processor time of others than this comparison
  double anchor_ns = 0;                     // a fixed piece of arithmetic, the fastest of three
};

// Takes about a millisecond. `workers_s`: processor time that the running workers have used; that of
// this process and of its children that have ended is added. `root` holds /proc and /sys.
[[nodiscard]] MachineMoment machine_moment(double workers_s,
                                           const std::filesystem::path& root = "/");

// The fixed piece of arithmetic: a chain of dependent multiply-adds, about 0.2 ms.
[[nodiscard]] double anchor_ns();

struct GateLimits {
  double steal = 0.10;     // share of one processor's time
  double throttled = 0;    // periods
  double pressure = 0.60;  // share of the time; counts only if also
  double others = 0.25;    // of one processor's time was others', where that is known: the sides'
                           // own threads, more than there are processors, wait for each other too
  double anchor = 0.25;    // change of the anchor from before to after, either way
  double most_dropped = 0.20;  // of all blocks; more refuses the run

  // Keeps every block. The sign-flip tests stay exact; only their power suffers.
  [[nodiscard]] static GateLimits none();
};

// Why a block between two moments is dropped; empty: it is kept.
[[nodiscard]] std::string disturbed(const MachineMoment& before, const MachineMoment& after,
                                    const GateLimits& limits);

}  // namespace assay
