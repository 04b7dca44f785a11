// Quantities that are one number for all devices of a side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string lock_in = "cuda-lock-in";
const SyntheticDevice cuda{"cublas", h100.name, h100.vendor, h100.hardware};

// The harmonic mean over devices, among what is shown; null where it isn't.
const ClaimFinding* harmonic_mean(const ClaimVerdict& v) {
  const auto found = std::ranges::find_if(v.shown, [](const ClaimFinding& f) {
    return f.test.find("harmonic mean") != std::string::npos;
  });
  return found == v.shown.end() ? nullptr : &*found;
}

// Ran and verified, and slowed down meanwhile: that is no device that runs nothing.
TEST(DeviceMeasures, RunsThatDoNotCountAreNotNothing) {
  Synthetic records;
  records.add(prefill, cuda, 1e6);
  records.add(prefill, h100, 1.1e6).labels = {"throttled"};
  const ClaimVerdict v = judged(lock_in, records);
  EXPECT_EQ(harmonic_mean(v), nullptr);
  EXPECT_THAT(v.not_shown,
              ElementsAre(HasSubstr("NVIDIA H100 SXM ran 1 problem right through opencl, and 10 of "
                                    "those runs don't count: throttled")));
}

TEST(DeviceMeasures, OtherProblemsThanTheLibrarysAreOpen) {
  Synthetic records;
  records.add(prefill, cuda, 1e6);
  records.add(attention, h100, 1e6);
  const ClaimVerdict v = judged(lock_in, records);
  EXPECT_EQ(harmonic_mean(v), nullptr);
  EXPECT_THAT(v.not_shown, ElementsAre(HasSubstr("of none its vendor's own library has runs")));
}

TEST(DeviceMeasures, SingleRunsHaveNoInterval) {
  for (const int runs : {1, 2, 3}) {
    Synthetic records;
    records.add(prefill, cuda, 1e6, 0.02, runs);
    records.add(prefill, h100, 1.1e6, 0.02, runs);
    const ClaimVerdict v = judged(lock_in, records);
    const ClaimFinding* const mean = harmonic_mean(v);
    ASSERT_NE(mean, nullptr);
    EXPECT_EQ(finding_text(*mean).find('[') != std::string::npos, runs == 3);
  }
}

TEST(DeviceMeasures, NothingRightIsZero) {
  Synthetic records;
  records.add(prefill, cuda, 1e6);
  records.add_status(prefill, h100, Status::wrong, "error 3x tolerance");
  const ClaimVerdict v = judged(lock_in, records);
  const ClaimFinding* const mean = harmonic_mean(v);
  ASSERT_NE(mean, nullptr);
  EXPECT_EQ(mean->reading.value.value, 0);
  EXPECT_THAT(finding_text(*mean), HasSubstr("1 of them run nothing of it"));
}

}  // namespace
}  // namespace assay
