// A record's headline numbers, from its launches alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/record.hpp"
#include "bench/statistics/interval.hpp"

namespace assay {

// A rate as a fraction of the ceiling beside it: median over launches, 95 % interval over them (none
// below 3). Launches whose ceiling was disturbed count only where all were, and not above 1.05.
struct Efficiency {
  double median = 0;
  std::optional<Interval> interval;
};

struct Summary {
  double median_ns = 0;              // per call: median over launches of each launch's median
  std::optional<Interval> interval;  // 95 %, over launch medians, t on logarithms; none below 3
  double min_ns = 0;                 // over all samples
  double p10_ns = 0;
  double p90_ns = 0;
  std::int64_t launches = 0;
  std::int64_t samples = 0;
  double flops_per_second = 0;
  double bytes_per_second = 0;  // algorithmic minimum of reads and writes
  double intensity = 0;         // FLOP per byte; 0 where there are no bytes
  std::optional<Efficiency> alu_efficiency;
  std::optional<Efficiency> bandwidth_efficiency;
  // Medians over the launches that have it.
  std::optional<Energy> energy;
  // The ceiling that allows less: its name, or empty where one is unknown.
  std::string roof;
  // Half the interval's width as a fraction of the median; nothing below 3 launches.
  [[nodiscard]] std::optional<double> precision() const;
};

// Only for records that have numbers.
[[nodiscard]] Summary summarise(const Record& record);

// Why the numbers can't be: an efficiency whose interval lies above 1.05. Below three launches every
// launch must be above it, with its slowest samples against the ceiling's fastest. A ceiling that was
// disturbed may have been higher: it can show that a case may be, never that it can't. Empty if they can.
[[nodiscard]] std::string above_ceiling(const Record& record);
// Whether above_ceiling() says so of fewer than three launches, or two of them disagree: a neighbour that slowed the
// ceiling's samples down and spared the case's does that in one launch, hardly in three.
[[nodiscard]] bool needs_proof(const Record& record);
// Whether a median efficiency is above 1.05, but not so surely as above_ceiling() wants it.
[[nodiscard]] bool maybe_above_ceiling(const Record& record);
// Whether one of its ceilings was disturbed in every launch that has it.
[[nodiscard]] bool ceilings_disturbed(const Record& record);

}  // namespace assay
