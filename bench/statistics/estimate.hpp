// An estimate with its bounds, in whatever unit the function that makes it names.
#pragma once

namespace assay {

// Launches (processes) below which their spread says nothing: no interval.
inline constexpr int fewest_for_interval = 3;

struct Estimate {
  double value = 0;
  double low = 0;   // may be -infinity: the data give no bound
  double high = 0;  // may be +infinity
};

}  // namespace assay
