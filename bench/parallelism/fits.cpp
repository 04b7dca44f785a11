// Which points of a sweep a fit may use, and which fits are good enough to be told.
#include <algorithm>
#include <cmath>

#include "bench/parallelism/parallelism.hpp"

namespace assay {
namespace {

// Above these a shape describes something else: root mean square of ln(y / fit).
constexpr double most_knee_error = 0.1;
constexpr double most_law_error = 0.05;

// Without numbers of units that leave some of them idle in a last turn: more than there are, and no
// multiple.
std::vector<CurvePoint> even_points(const DeviceParallelism& device, const Sweep& sweep) {
  std::vector<CurvePoint> curve = sweep.curve();
  const auto units = static_cast<double>(device.compute_units);
  if (sweep.variable != "units" || !(units > 0)) return curve;
  std::erase_if(curve, [&](const CurvePoint& each) {
    return each.x > units && std::fmod(each.x, units) != 0;
  });
  return curve;
}

}  // namespace

std::optional<Knee> knee_of(const DeviceParallelism& device, const Sweep& sweep) {
  const std::vector<CurvePoint> curve = even_points(device, sweep);
  auto knee = fit_knee(curve);
  if (!knee || knee->error > most_knee_error) return std::nullopt;
  // What was measured: nothing is known below the first point and beyond the last.
  const auto [low, high] = std::ranges::minmax(curve, {}, &CurvePoint::x);
  knee->knee = std::clamp(knee->knee, low.x, high.x);
  return knee;
}

std::optional<Scalability> law_of(const DeviceParallelism& device, const Sweep& sweep) {
  std::vector<CurvePoint> curve = sweep.curve();
  // What lies beyond the units says nothing about how they work together.
  std::erase_if(curve, [&](const CurvePoint& each) {
    return each.x > static_cast<double>(device.compute_units);
  });
  const auto law = fit_scalability(std::move(curve));
  if (!law || law->error > most_law_error) return std::nullopt;
  return law;
}

}  // namespace assay
