#include "bench/model/cost.hpp"

namespace assay {

Cost cost_of_million(double tokens_per_second, const CostOptions& options) {
  const double seconds = 1e6 / tokens_per_second;
  constexpr double joules_in_kwh = 3.6e6;
  constexpr double seconds_in_year = 365.25 * 86400;
  Cost cost;
  if (options.watts) cost.kwh = *options.watts * seconds / joules_in_kwh;
  if (options.watts) cost.joule_a_token = *options.watts / tokens_per_second;
  if (options.price) cost.device = *options.price * seconds / (options.years * seconds_in_year);
  if (cost.kwh && options.energy_price) cost.energy = *cost.kwh * *options.energy_price;
  return cost;
}

}  // namespace assay
