// Throughput of alu and stream against one thing after another: how a device's parallelism is found
// out instead of looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/ceilings/meter.hpp"
#include "bench/ceilings/turns.hpp"
#include "bench/inventory.hpp"
#include "bench/parallelism/knee.hpp"

namespace assay {

struct SweepPoint {
  double x = 0;
  Problem problem;
  std::string implementation;
  std::vector<double> rates;  // FLOP/s or bytes/s, one a round; empty: see reason
  std::string reason;
};

// What a sweep's throughput ends at.
enum class SweepBound : std::uint8_t {
  arithmetic,
  first_cache,  // a load from the nearest cache for every multiply-add
  memory,       // reading arrays beyond every cache
};

struct Sweep {
  std::string variable;  // "accumulators", "width", "units", "items"
  SweepBound bound = SweepBound::arithmetic;
  std::string what;  // "f32.fma in registers, one thread"
  std::vector<SweepPoint> points;

  // The points that have rates, with their medians.
  [[nodiscard]] std::vector<CurvePoint> curve() const;
};

// What the four sweeps are for that device: (a) accumulators, (b) width, (c) units, (d) occupancy,
// each bound by arithmetic and by memory, the first two by the nearest cache as well; "items" are
// work-items of a work-group, of processors what each of all threads has to choose from: chains, or
// places of memory. Points that the device can't have get a reason when measured.
[[nodiscard]] std::vector<Sweep> plan_sweeps(const KnownDevice& device);

// `rounds` samples of each point, the points in turns: all of the sweep, or as many neighbours as fit
// into 2 GiB. A point that ends the meter's process has a reason instead of rates.
void measure_sweep(Meter& meter, Sweep& sweep, int rounds, Losses& losses);

// Numbers of units from 1 to four times the compute units, at most about a dozen, the compute units
// and their double among them; of more than 4096 compute units as of 4096.
[[nodiscard]] std::vector<std::int64_t> unit_counts(std::int64_t compute_units);

// Throughput of two threads over one's, `samples` times in turns; empty where the device can't. A
// wrong answer leaves none, and is in `wrong`.
struct PairSpeedUps {
  std::vector<double> values;
  std::string wrong;
};
[[nodiscard]] PairSpeedUps pair_speed_ups(Meter& meter, int samples);

}  // namespace assay
