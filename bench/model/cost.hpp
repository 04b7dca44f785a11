// What tokens cost, from a speed and what the user says of the device: lower bounds where the speed is an
// upper bound.
//
//   energy of 10^6 tokens in kWh = watts * 10^6 / (tokens/s) / 3.6e6
//   share of the device's price  = price * 10^6 / (tokens/s) / (years * 365.25 * 86400)
// as if the device did nothing else for all its years.
#pragma once

#include <optional>

namespace assay {

struct CostOptions {
  std::optional<double> watts;         // drawn while it works
  std::optional<double> price;         // of the device, in any currency
  double years = 3;                    // of use
  std::optional<double> energy_price;  // of a kWh, in the same currency
};

// Of a million tokens; empty where the user didn't say.
struct Cost {
  std::optional<double> kwh;
  std::optional<double> joule_a_token;
  std::optional<double> device;
  std::optional<double> energy;
};

[[nodiscard]] Cost cost_of_million(double tokens_per_second, const CostOptions& options);

}  // namespace assay
