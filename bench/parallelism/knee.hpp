// Where throughput stops growing with more of something: fits of two shapes.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace assay {

struct CurvePoint {
  double x = 0;  // accumulators, threads, work-groups; above 0
  double y = 0;  // throughput, above 0
};

// y = min(slope x, plateau): growth in proportion, then saturation. For chains of dependent
// operations slope is 1 / latency, plateau the rate of all pipes, and the knee latency x pipes.
struct Knee {
  double slope = 0;
  double plateau = 0;
  double knee = 0;         // plateau / slope
  bool saturated = false;  // false: y still grew in proportion at the last point, so that plateau
                           // and knee are lower bounds
  double error = 0;        // root mean square of ln(y / fit)
};
// Least squares on logarithms, every split of the points between the two parts tried. Nothing below
// four different x, or where a value isn't positive and finite.
[[nodiscard]] std::optional<Knee> fit_knee(std::vector<CurvePoint> points);

// Gunther's universal scalability law, y = first x / (1 + contention (x - 1) + coherency x (x - 1))
// (Gunther, Guerrilla Capacity Planning, 2007): least squares of its linear form x / y over weights
// that make errors relative; coefficients below 0 are set to 0 and the others fitted again. Nothing
// below six different x.
struct Scalability {
  double first = 0;
  double contention = 0;
  double coherency = 0;
  double error = 0;  // as above
  [[nodiscard]] double at(double x) const;
};
inline constexpr std::size_t fewest_for_scalability = 6;
[[nodiscard]] std::optional<Scalability> fit_scalability(std::vector<CurvePoint> points);

// The smallest x whose y reaches `share` of the largest y, between points by interpolation.
// Nothing without points.
[[nodiscard]] std::optional<double> saturates_at(std::vector<CurvePoint> points, double share);

}  // namespace assay
