#include "planted.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "synthetic.hpp"

namespace assay {

VerdictWord Margins::of(double truth) const {
  if (sense == Sense::band) {
    const bool inside = truth >= supports && truth <= refutes;
    return inside ? VerdictWord::supported : VerdictWord::refuted;
  }
  const bool rising = sense == Sense::rising;
  if (rising ? truth >= supports : truth < supports) return VerdictWord::supported;
  if (rising ? truth < refutes : truth >= refutes) return VerdictWord::refuted;
  return VerdictWord::conditional;
}

Claim planted_claim(const std::string& rest) {
  std::string text = R"(id = "planted"
class = "measurable"
[statement]
language = "en"
original = "planted"
english = "planted"
[source]
document = "d"
date = "2024"
)";
  // A side that nothing speaks of would be missed.
  if (rest.find("\"a\"") != std::string::npos) {
    text += "[side.a]\nlabel = \"MI300X\"\ndevices = [\"AMD Instinct MI300X\"]\n";
  }
  text += "[side.b]\nlabel = \"H100\"\ndevices = [\"NVIDIA H100 SXM\"]\n";
  return parse_claim("planted.toml", text + rest, test_facts());
}

std::string test_text(const std::string& name, const std::string& quantity,
                      const Margins& margins) {
  const std::string start =
      fmt::format("[[test]]\nname = \"{}\"\nquantity = \"{}\"\n", name, quantity);
  if (margins.sense == Margins::Sense::band) {
    return start + fmt::format("inside = [{}, {}]\n", margins.supports, margins.refutes);
  }
  return start +
         fmt::format("support = \"{}\"\nrefute = \"{}\"\n", margins.support, margins.refute);
}

int trials(int few) {
  const char* given = std::getenv("ASSAY_TRUTH_TRIALS");
  return given == nullptr ? few : std::atoi(given);
}

void VerdictTally::note(VerdictWord said, VerdictWord truth, bool clear) {
  ASSERT_NE(said, VerdictWord::not_measurable);
  const bool decided = said != VerdictWord::inconclusive;
  ++all_;
  wrong_ += decided && said != truth ? 1 : 0;
  clear_ += clear ? 1 : 0;
  decided_ += clear && decided ? 1 : 0;
}

void VerdictTally::expect_right(const std::string& what) const {
  std::printf("%s: %d of %d verdicts wrong, %d of %d clear ones decided\n", what.c_str(), wrong_,
              all_, decided_, clear_);
  EXPECT_LE(wrong_ * 100, all_) << what;
  EXPECT_GE(decided_ * 100, 95 * clear_) << what;
  EXPECT_GT(clear_, 0);
}

}  // namespace assay
