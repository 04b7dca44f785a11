// Claims of our own, and how many verdicts on a planted truth were wrong.
#pragma once

#include <cstdint>
#include <string>

#include "bench/claims/verdict.hpp"

namespace assay {

// Of a test, as its file says them, and as numbers to hold the truth against.
struct Margins {
  enum class Sense : std::uint8_t { rising, falling, band };
  std::string support;  // of a band both are empty
  std::string refute;
  double supports = 0;  // the truth that does; of a band its lower end
  double refutes = 0;   // … its upper end
  Sense sense = Sense::rising;

  [[nodiscard]] VerdictWord of(double truth) const;
};

// Sides "a", the MI300X, where `rest` speaks of it, and "b", the H100. `rest`: quantities and tests.
[[nodiscard]] Claim planted_claim(const std::string& rest);
// "[[test]]" with its margins.
[[nodiscard]] std::string test_text(const std::string& name, const std::string& quantity,
                                    const Margins& margins);

// ASSAY_TRUTH_TRIALS for a longer look, else `few`.
[[nodiscard]] int trials(int few);

// Inconclusive is never wrong; that it isn't everything is checked where the truth is clear.
class VerdictTally {
 public:
  void note(VerdictWord said, VerdictWord truth, bool clear);
  // At most one verdict in a hundred wrong, and 95 in a hundred decided where the truth is clear.
  void expect_right(const std::string& what) const;

 private:
  int all_ = 0;
  int wrong_ = 0;
  int clear_ = 0;
  int decided_ = 0;
};

}  // namespace assay
