#include "kernels/dtype.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace assay {
namespace {

TEST(Float16, EveryPatternRoundTrips) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_f16(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(from_f16(to_f16(value))));
    } else {
      ASSERT_EQ(to_f16(value), half);
    }
  }
}

TEST(BFloat16, EveryPatternRoundTrips) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = from_bf16(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(from_bf16(to_bf16(value))));
    } else {
      ASSERT_EQ(to_bf16(value), half);
    }
  }
}

// The middle of two neighbours goes to the even one, a bit more or less to the nearer one.
template <typename From, typename To>
void expect_nearest_even(std::uint16_t last, From from, To to) {
  for (std::uint16_t half = 0; half < last; ++half) {
    const float low = from(half);
    const float high = from(static_cast<std::uint16_t>(half + 1));
    const float middle = low + (high - low) / 2;
    const auto even = static_cast<std::uint16_t>(half + (half & 1U));
    ASSERT_EQ(to(middle), even) << middle;
    ASSERT_EQ(to(-middle), even | 0x8000U);
    ASSERT_EQ(to(std::nextafter(middle, high)), half + 1);
    ASSERT_EQ(to(std::nextafter(middle, low)), half);
  }
}

TEST(Float16, RoundsToNearestEven) { expect_nearest_even(0x7bff, from_f16, to_f16); }
TEST(BFloat16, RoundsToNearestEven) { expect_nearest_even(0x7f7f, from_bf16, to_bf16); }

TEST(Float16, OverflowsToInfinityFromHalfAnUlpAboveTheLargest) {
  EXPECT_EQ(to_f16(65519.996F), 0x7bff);
  EXPECT_EQ(to_f16(65520.0F), 0x7c00);
  EXPECT_EQ(to_f16(-1e30F), 0xfc00);
}

TEST(Store, SaturatesIntegersAndRoundsToEven) {
  struct Case {
    DType dtype;
    double value, stored;
  };
  for (const Case& each : {Case{DType::s8, 200, 127},
                           {DType::s8, -200, -128},
                           {DType::s8, 2.5, 2},
                           {DType::s8, -3.5, -4},
                           {DType::u8, -1, 0},
                           {DType::u8, 256, 255},
                           {DType::s4, 9, 7},
                           {DType::s4, -9, -8},
                           {DType::s4, -1, -1},
                           {DType::u4, 16, 15},
                           {DType::u4, -3, 0},
                           {DType::s32, 3e9, 2147483647},
                           {DType::s32, -3e9, -2147483648.0},
                           {DType::s32, -7, -7}}) {
    std::array<std::byte, 4> memory{};
    store(each.dtype, memory.data(), 0, each.value);
    EXPECT_EQ(load(each.dtype, memory.data(), 0), each.stored) << name(each.dtype);
  }
}

TEST(Store, KeepsTheOtherNibble) {
  for (const DType dtype : {DType::s4, DType::u4}) {
    std::array<std::byte, 1> memory{};
    store(dtype, memory.data(), 0, 3);
    store(dtype, memory.data(), 1, 5);
    EXPECT_EQ(memory[0], std::byte{0x53});
    store(dtype, memory.data(), 0, 1);
    EXPECT_EQ(load(dtype, memory.data(), 1), 5);
  }
}

TEST(Rows, AreWhatSingleElementsAre) {
  for (const DType dtype : all_dtypes()) {
    std::vector<std::byte> one(64);
    std::vector<std::byte> many(64);
    std::vector<double> values;
    for (int i = 0; i < 10; ++i) values.push_back(13.7 * (i - 4));
    for (std::size_t i = 0; i < values.size(); ++i) {
      store(dtype, one.data(), static_cast<std::int64_t>(i) + 3, values[i]);
    }
    store_row(dtype, many.data(), 3, values);
    EXPECT_EQ(one, many) << name(dtype);
    std::vector<double> loaded(values.size());
    load_row(dtype, many.data(), 3, loaded);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(loaded[i], load(dtype, many.data(), static_cast<std::int64_t>(i) + 3));
    }
  }
}

}  // namespace
}  // namespace assay
