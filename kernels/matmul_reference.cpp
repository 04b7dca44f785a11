#include "kernels/matmul_reference.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/matmul.hpp"
#include "kernels/matmul_operands.hpp"
#include "kernels/parallel.hpp"

namespace assay {
namespace {

constexpr std::size_t column_memory = std::size_t{64} << 20U;

// The columns of one batch entry that are converted and kept at a time.
struct ColumnBlock {
  std::vector<std::int64_t> columns;  // sorted
  std::vector<double> values;
  std::vector<std::size_t> elements;  // of the selection, sorted: row by row
};

struct Sums {
  double value = 0;    // sum of a b
  double largest = 0;  // the largest partial sum on the way, by magnitude
  double squares = 0;  // sum of (a b)^2
};

Sums dot(std::span<const double> a, const double* b) {
  constexpr std::size_t step = 64;
  Sums sums;
  for (std::size_t begin = 0; begin < a.size(); begin += step) {
    const std::size_t end = std::min(a.size(), begin + step);
    double value[4] = {};
    double squares[4] = {};
    std::size_t l = begin;
    for (; l + 4 <= end; l += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) {
        const double product = a[l + lane] * b[l + lane];
        value[lane] += product;
        squares[lane] += product * product;
      }
    }
    for (; l < end; ++l) {
      value[0] += a[l] * b[l];
      squares[0] += a[l] * b[l] * a[l] * b[l];
    }
    sums.value += (value[0] + value[1]) + (value[2] + value[3]);
    sums.squares += (squares[0] + squares[1]) + (squares[2] + squares[3]);
    sums.largest = std::max(sums.largest, std::abs(sums.value));
  }
  return sums;
}

double activate(MatmulShape::Activation activation, double x) {
  switch (activation) {
    case MatmulShape::Activation::none:
      return x;
    case MatmulShape::Activation::gelu:
      return 0.5 * x * std::erfc(-x * std::sqrt(0.5));
    case MatmulShape::Activation::silu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

Expected finish(const MatmulOperands& operands, std::int64_t batch, std::int64_t j, Sums sums) {
  const MatmulShape& s = operands.shape();
  const double scale = operands.scale(batch, j);
  const double bias = operands.bias(batch, j);
  const double spread = scale * std::sqrt(sums.squares);
  const bool exact = !is_float(s.dtype);
  Expected expected;
  expected.value = activate(s.activation, scale * sums.value + bias);
  expected.magnitude =
      std::abs(bias) + (exact ? std::abs(scale * sums.value) : sums.largest + 4 * spread);
  expected.sensitivity = spread;
  return expected;
}

void compute(const MatmulOperands& operands, std::int64_t batch, const ColumnBlock& block,
             std::span<const std::int64_t> selection, std::span<Expected> out) {
  const MatmulShape& s = operands.shape();
  const auto k = static_cast<std::size_t>(s.k);
  const auto count = static_cast<std::int64_t>(block.elements.size());
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 18) / s.k);
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> row(k);
    std::int64_t loaded = -1;
    for (std::int64_t n = begin; n < end; ++n) {
      const std::size_t e = block.elements[static_cast<std::size_t>(n)];
      const std::int64_t i = selection[e] / s.n % s.m;
      const std::int64_t j = selection[e] % s.n;
      if (i != loaded) operands.row(batch, i, row);
      loaded = i;
      const auto at = std::ranges::lower_bound(block.columns, j) - block.columns.begin();
      out[e] = finish(operands, batch, j,
                      dot(row, block.values.data() + static_cast<std::size_t>(at) * k));
    }
  });
}

void convert(const MatmulOperands& operands, std::int64_t batch, ColumnBlock& block) {
  const auto k = static_cast<std::size_t>(operands.shape().k);
  block.values.resize(block.columns.size() * k);
  constexpr std::int64_t grain = 16;
  parallel_for(static_cast<std::int64_t>(block.columns.size()), grain,
               [&](std::int64_t begin, std::int64_t end) {
                 const auto first = static_cast<std::size_t>(begin);
                 const auto size = static_cast<std::size_t>(end - begin);
                 operands.columns(batch, std::span(block.columns).subspan(first, size),
                                  std::span(block.values).subspan(first * k, size * k));
               });
}

}  // namespace

void reference_matmul(const Problem& problem, ConstTensorData tensors,
                      std::span<const std::int64_t> selection, std::span<Expected> out) {
  const MatmulOperands operands(problem, tensors);
  const MatmulShape& s = operands.shape();
  const std::int64_t plane = s.m * s.n;
  const std::size_t width =
      std::max<std::size_t>(1, column_memory / (sizeof(double) * static_cast<std::size_t>(s.k)));
  for (std::size_t begin = 0; begin < selection.size();) {
    const std::int64_t batch = selection[begin] / plane;
    std::size_t end = begin;
    std::vector<std::int64_t> columns;
    for (; end < selection.size() && selection[end] / plane == batch; ++end) {
      columns.push_back(selection[end] % s.n);
    }
    std::ranges::sort(columns);
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    for (std::size_t c = 0; c < columns.size(); c += width) {
      ColumnBlock block;
      const auto first = columns.begin() + static_cast<std::ptrdiff_t>(c);
      block.columns.assign(
          first, first + static_cast<std::ptrdiff_t>(std::min(width, columns.size() - c)));
      for (std::size_t e = begin; e < end; ++e) {
        const std::int64_t j = selection[e] % s.n;
        if (j >= block.columns.front() && j <= block.columns.back()) block.elements.push_back(e);
      }
      convert(operands, batch, block);
      compute(operands, batch, block, selection, out);
    }
    begin = end;
  }
}

}  // namespace assay
