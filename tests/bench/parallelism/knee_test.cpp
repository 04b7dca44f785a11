#include "bench/parallelism/knee.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "kernels/random.hpp"

namespace assay {
namespace {

std::vector<CurvePoint> saturating(double slope, double plateau, double noise = 0) {
  std::vector<CurvePoint> points;
  std::uint64_t drawn = 0;
  for (const double x : {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24}) {
    const double wobble = 1 + noise * (2 * uniform(random_bits(3, 1, drawn++)) - 1);
    points.push_back({x, std::min(slope * x, plateau) * wobble});
  }
  return points;
}

TEST(Knee, FindsLatencyTimesPipes) {
  for (const double latency : {2.0, 4.0, 5.0, 8.0}) {
    for (const double pipes : {1.0, 2.0}) {
      const auto knee = fit_knee(saturating(1 / latency, pipes, 0.01));
      ASSERT_TRUE(knee);
      EXPECT_TRUE(knee->saturated);
      EXPECT_NEAR(1 / knee->slope / latency, 1, 0.03) << latency << " " << pipes;
      EXPECT_NEAR(knee->plateau / pipes, 1, 0.03);
      EXPECT_NEAR(knee->knee / (latency * pipes), 1, 0.03);
    }
  }
}

TEST(Knee, SaysWhereNothingSaturated) {
  const auto knee = fit_knee(saturating(0.01, 100));
  ASSERT_TRUE(knee);
  EXPECT_FALSE(knee->saturated);
}

TEST(Knee, RefusesTooFewPointsAndNonsense) {
  EXPECT_FALSE(fit_knee({{1, 1}, {2, 2}, {3, 2}}));
  EXPECT_FALSE(fit_knee({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {2, 2}}));
  EXPECT_FALSE(fit_knee({{1, 1}, {2, 2}, {3, 0}, {4, 2}, {5, 2}}));
  EXPECT_FALSE(fit_knee({{1, 1}, {2, NAN}, {3, 1}, {4, 2}, {5, 2}}));
}

std::vector<CurvePoint> scaling(const Scalability& law, int count) {
  std::vector<CurvePoint> points;
  for (int i = 1; i <= count; ++i)
    points.push_back({double(1 << i) / 2, law.at(double(1 << i) / 2)});
  return points;
}

TEST(Scalability, RecoversItsCoefficients) {
  const Scalability law{5, 0.03, 0.0004, 0};
  const auto fit = fit_scalability(scaling(law, 8));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->first, 5, 1e-6);
  EXPECT_NEAR(fit->contention, 0.03, 1e-8);
  EXPECT_NEAR(fit->coherency, 0.0004, 1e-9);
}

TEST(Scalability, NeverFindsNegativeCoefficients) {
  // Better than linear, as caches make it.
  std::vector<CurvePoint> points;
  for (const double x : {1, 2, 3, 4, 6, 8}) points.push_back({x, std::pow(x, 1.1)});
  const auto fit = fit_scalability(points);
  ASSERT_TRUE(fit);
  EXPECT_GE(fit->contention, 0);
  EXPECT_GE(fit->coherency, 0);
}

TEST(Scalability, RefusesFewerThanSixPoints) {
  EXPECT_FALSE(fit_scalability(scaling({5, 0.03, 0, 0}, 5)));
  EXPECT_TRUE(fit_scalability(scaling({5, 0.03, 0, 0}, 6)));
}

TEST(SaturatesAt, InterpolatesBetweenPoints) {
  EXPECT_NEAR(*saturates_at({{1, 10}, {2, 20}, {4, 40}, {8, 40}}, 0.75), 3, 1e-9);
  EXPECT_FALSE(saturates_at({}, 0.9));
}

}  // namespace
}  // namespace assay
