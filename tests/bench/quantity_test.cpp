#include "bench/quantity.hpp"

#include <gmock/gmock.h>

#include "kernels/error.hpp"

namespace assay {
namespace {

TEST(Duration, HasUnits) {
  EXPECT_EQ(parse_duration_s("t", "15s"), 15);
  EXPECT_EQ(parse_duration_s("t", "20ms"), 0.02);
  EXPECT_EQ(parse_duration_s("t", "2min"), 120);
  EXPECT_EQ(parse_duration_s("t", "0.5"), 0.5);
  for (const char* bad : {"", "s", "0", "-1s", "nan", "inf", "1e99", "1 s", "1d", "1s2"}) {
    EXPECT_THROW((void)parse_duration_s("t", bad), Error) << bad;
  }
}

TEST(Fraction, IsPlainOrInPercent) {
  EXPECT_EQ(parse_fraction("f", "0.05"), 0.05);
  EXPECT_EQ(parse_fraction("f", "5%"), 0.05);
  for (const char* bad : {"", "0", "101%", "1.1", "-5%", "5%%", "nan"}) {
    EXPECT_THROW((void)parse_fraction("f", bad), Error) << bad;
  }
}

TEST(LaunchCount, IsANumberOrARange) {
  EXPECT_EQ(parse_launches("l", "5").most, 5);
  EXPECT_EQ(parse_launches("l", "5..30").least, 5);
  EXPECT_EQ(parse_launches("l", "5..30").most, 30);
  for (const char* bad : {"", "0", "..", "5..", "..5", "30..5", "1001", "5...7", "five"}) {
    EXPECT_THROW((void)parse_launches("l", bad), Error) << bad;
  }
}

}  // namespace
}  // namespace assay
