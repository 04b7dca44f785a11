#include "bench/claims/units.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

TEST(Units, NumbersAsAReaderTakesThem) {
  EXPECT_EQ(value_text(16896, ""), "16896");
  EXPECT_EQ(value_text(0.809, "x"), "0.809x");
  EXPECT_EQ(value_text(166, "days"), "166 days after the claim");
  EXPECT_EQ(value_text(-153, "days"), "153 days before the claim");
  EXPECT_EQ(value_text(1.32e12, "FLOP/s"), "1.32 TFLOP/s");
  EXPECT_EQ(value_text(3.35e12, "B/s"), "3.35 TB/s");
  EXPECT_EQ(value_text(1.5e12, "OP/s"), "1.5 TOP/s");
  EXPECT_EQ(value_text(5e9, "B/J"), "5 GB/J");
  EXPECT_EQ(value_text(141e9, "B"), "141 GB");
  EXPECT_EQ(value_text(312, "TFLOP/s"), "312 TFLOP/s");
  EXPECT_EQ(value_text(2.5e-4, "s"), "250 us");
  EXPECT_EQ(value_text(0.93, "share"), "93 %");
  EXPECT_EQ(value_text(0.4, "J/token"), "0.4 J/token");
}

TEST(Units, IntervalsShareTheUnit) {
  EXPECT_EQ(value_text({1.32, 1.3, 1.35}, {1.32, 1.24, 1.42}, "x"), "1.32x [1.24, 1.42]");
  EXPECT_EQ(value_text({2e12, 1.9e12, 2.1e12}, {2e12, 1.9e12, 2.1e12}, "B/s"), "2 [1.9, 2.1] TB/s");
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(value_text({3, 2, inf}, {3, 2, inf}, "J/token"), "3 [2, no bound] J/token");
  EXPECT_EQ(value_text({0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}, "x"), "0.5x") << "no interval, none shown";
}

}  // namespace
}  // namespace assay
