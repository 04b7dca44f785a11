// A mean, its standard error, and what Student's distribution says of them.
#pragma once

namespace assay {

struct TStatistic {
  double mean = 0;
  double error = 0;    // standard error of the mean
  double freedom = 0;  // degrees of freedom; infinity: normal

  [[nodiscard]] double p_greater() const;  // one-sided, against mean <= 0
  [[nodiscard]] double p_less() const;     // one-sided, against mean >= 0
  // One-sided bounds at confidence 1 - level.
  [[nodiscard]] double lower_bound(double level) const;
  [[nodiscard]] double upper_bound(double level) const;
};

}  // namespace assay
