// Whether published figures fit each other: arithmetic, and figures that are quoted as what they are
// not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/facts/facts.hpp"

namespace assay {

// A peak against the hardware that is said to give it.
struct PeakCheck {
  const Fact* peak = nullptr;
  const Fact* units = nullptr;  // lanes for f32 on the vector unit, else compute units
  const Fact* clock = nullptr;
  // Multiply-adds per unit and clock that the peak implies: value / (units x 2 x clock). One for
  // f32 lanes; a power of two per compute unit for everything else.
  double per_clock = 0;
  double nearest = 0;  // the power of two next to it
  bool fits = false;   // within 2 %
};
// Every peak for which units and clock are on record, once per clock.
[[nodiscard]] std::vector<PeakCheck> check_peaks(const FactTable& facts);

// What a quoted number really is.
struct Quote {
  std::string device;
  std::string figure = "peak";
  std::string dtype = "-";  // as it is quoted
  std::string unit = "matrix";
  double value = 0;
};
enum class QuoteMatch : std::uint8_t {
  published,     // the figure that is asked for, dense
  sparse,        // the sparse figure of that dtype
  other_unit,    // the vector's figure, or the matrix unit's
  other_dtype,   // the figure of another dtype
  other_scope,   // of one die
  other_device,  // of another model of the vendor
  other_figure,  // of another kind
};
[[nodiscard]] std::string_view name(QuoteMatch match);
struct QuoteReading {
  QuoteMatch match = QuoteMatch::published;
  const Fact* fact = nullptr;
};
// Rows within 1.5 % of the quoted value, the likeliest first. Usage Error for a device that isn't in
// the table.
[[nodiscard]] std::vector<QuoteReading> read_quote(const FactTable& facts, const Quote& quote);

// Rows that give a figure as what it is not: marked dense but equal to the sparse figure or to a
// narrower dtype's, or a bandwidth or capacity of another model.
struct Contradiction {
  const Fact* row = nullptr;
  QuoteReading reading;
};
[[nodiscard]] std::vector<Contradiction> contradictions(const FactTable& facts);

}  // namespace assay
