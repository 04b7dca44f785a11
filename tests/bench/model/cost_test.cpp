#include "bench/model/cost.hpp"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Cost, OfAMillionTokens) {
  CostOptions options;
  options.watts = 360;
  options.price = 365.25 * 86400;
  options.years = 2;
  options.energy_price = 0.5;
  // 1000 s at 360 W are a tenth of a kWh; half a unit of price a second.
  const Cost cost = cost_of_million(1000, options);
  EXPECT_DOUBLE_EQ(*cost.kwh, 0.1);
  EXPECT_DOUBLE_EQ(*cost.joule_a_token, 0.36);
  EXPECT_DOUBLE_EQ(*cost.device, 500);
  EXPECT_DOUBLE_EQ(*cost.energy, 0.05);
}

TEST(Cost, SaysNothingOfWhatIsUnknown) {
  CostOptions options;
  options.energy_price = 1;
  const Cost cost = cost_of_million(10, options);
  EXPECT_FALSE(cost.kwh || cost.device || cost.energy);
}

}  // namespace
}  // namespace assay
