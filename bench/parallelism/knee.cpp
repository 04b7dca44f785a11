#include "bench/parallelism/knee.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace assay {
namespace {

constexpr std::size_t fewest_for_knee = 4;
// How much further proportional growth must have gone beyond the plateau, as a logarithm: less is
// noise of the last points.
constexpr double least_saturation = 0.05;

bool usable(std::vector<CurvePoint>& points, std::size_t fewest) {
  const auto good = [](double value) { return std::isfinite(value) && value > 0; };
  for (const CurvePoint& each : points) {
    if (!good(each.x) || !good(each.y)) return false;
  }
  std::ranges::sort(points, {}, &CurvePoint::x);
  std::size_t different = points.empty() ? 0 : 1;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i].x > points[i - 1].x) ++different;
  }
  return different >= fewest;
}

double squared(double value) { return value * value; }

// Solves a 3 x 3 system by elimination with pivots; false where it has no single solution.
using Row = std::array<double, 4>;
bool solve(std::array<Row, 3>& m, const std::array<bool, 3>& used, std::array<double, 3>& out) {
  std::array<std::size_t, 3> index{};
  std::size_t size = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (used[i]) index[size++] = i;
  }
  for (std::size_t c = 0; c < size; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c + 1; r < size; ++r) {
      if (std::abs(m[index[r]][index[c]]) > std::abs(m[index[pivot]][index[c]])) pivot = r;
    }
    std::swap(m[index[c]], m[index[pivot]]);
    const double head = m[index[c]][index[c]];
    if (std::abs(head) < 1e-300) return false;
    for (std::size_t r = 0; r < size; ++r) {
      if (r == c) continue;
      const double factor = m[index[r]][index[c]] / head;
      for (std::size_t k = 0; k < size; ++k)
        m[index[r]][index[k]] -= factor * m[index[c]][index[k]];
      m[index[r]][3] -= factor * m[index[c]][3];
    }
  }
  out = {0, 0, 0};
  for (std::size_t c = 0; c < size; ++c) out[index[c]] = m[index[c]][3] / m[index[c]][index[c]];
  return true;
}

// x / y = c0 + c1 (x - 1) + c2 x (x - 1), each point weighted by y / x: relative errors.
bool fit_linear(const std::vector<CurvePoint>& points, const std::array<bool, 3>& used,
                std::array<double, 3>& coefficients) {
  std::array<Row, 3> normal{};
  for (const CurvePoint& p : points) {
    const double weight = squared(p.y / p.x);
    const std::array<double, 3> basis = {1, p.x - 1, p.x * (p.x - 1)};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) normal[i][j] += weight * basis[i] * basis[j];
      normal[i][3] += weight * basis[i] * (p.x / p.y);
    }
  }
  return solve(normal, used, coefficients);
}

}  // namespace

std::optional<Knee> fit_knee(std::vector<CurvePoint> points) {
  if (!usable(points, fewest_for_knee)) return std::nullopt;
  const std::size_t n = points.size();
  double best = std::numeric_limits<double>::max();
  Knee knee;
  // The first `rising` points in proportion, the others on the plateau.
  for (std::size_t rising = 1; rising <= n; ++rising) {
    double log_slope = 0;
    for (std::size_t i = 0; i < rising; ++i) log_slope += std::log(points[i].y / points[i].x);
    log_slope /= static_cast<double>(rising);
    double log_plateau = log_slope + std::log(points.back().x);
    if (rising < n) {
      log_plateau = 0;
      for (std::size_t i = rising; i < n; ++i) log_plateau += std::log(points[i].y);
      log_plateau /= static_cast<double>(n - rising);
      if (log_plateau > log_slope + std::log(points.back().x) - least_saturation) continue;
    }
    double error = 0;
    for (const CurvePoint& p : points) {
      error += squared(std::log(p.y) - std::min(log_slope + std::log(p.x), log_plateau));
    }
    if (error >= best) continue;
    best = error;
    knee.slope = std::exp(log_slope);
    knee.plateau = std::exp(log_plateau);
    knee.saturated = rising < n;
  }
  knee.knee = knee.plateau / knee.slope;
  knee.error = std::sqrt(best / static_cast<double>(n));
  return knee;
}

double Scalability::at(double x) const {
  return first * x / (1 + contention * (x - 1) + coherency * x * (x - 1));
}

std::optional<Scalability> fit_scalability(std::vector<CurvePoint> points) {
  if (!usable(points, fewest_for_scalability)) return std::nullopt;
  std::array<bool, 3> used = {true, true, true};
  std::array<double, 3> c{};
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (!fit_linear(points, used, c) || !(c[0] > 0)) return std::nullopt;
    if (c[1] >= 0 && c[2] >= 0) break;
    // The more negative one first.
    const std::size_t worst = c[1] < 0 && (c[2] >= 0 || c[1] < c[2]) ? 1 : 2;
    used[worst] = false;
  }
  Scalability fit;
  fit.first = 1 / c[0];
  fit.contention = std::max(c[1], 0.0) / c[0];
  fit.coherency = std::max(c[2], 0.0) / c[0];
  double error = 0;
  for (const CurvePoint& p : points) error += squared(std::log(p.y / fit.at(p.x)));
  fit.error = std::sqrt(error / static_cast<double>(points.size()));
  return fit;
}

std::optional<double> saturates_at(std::vector<CurvePoint> points, double share) {
  if (!usable(points, 1)) return std::nullopt;
  const double wanted = share * std::ranges::max(points, {}, &CurvePoint::y).y;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].y < wanted) continue;
    if (i == 0) return points[0].x;
    const CurvePoint& before = points[i - 1];
    return before.x + (points[i].x - before.x) * (wanted - before.y) / (points[i].y - before.y);
  }
  return std::nullopt;
}

}  // namespace assay
