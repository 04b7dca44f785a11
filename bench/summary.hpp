// A record's headline numbers, from its launches alone.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/record.hpp"
#include "bench/statistics/interval.hpp"

namespace assay {

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
  // Half the interval's width as a fraction of the median; nothing below 3 launches.
  [[nodiscard]] std::optional<double> precision() const;
};

// Only for records that have numbers.
[[nodiscard]] Summary summarise(const Record& record);

}  // namespace assay
