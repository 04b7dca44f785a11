#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/matmul.hpp"
#include "kernels/matmul_operands.hpp"
#include "kernels/matmul_reference.hpp"
#include "kernels/parallel.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

constexpr double multiply_adds_budget = 0x1p26;  // of the products with A, per vector
constexpr std::int64_t least_width = 16;         // columns of a block
constexpr std::int64_t memory = 64 << 20;        // of the blocks' vectors at a time

struct Signs {
  std::vector<double> first, second;
};

Signs draw_signs(std::int64_t n, std::uint64_t seed, std::int64_t batch) {
  Signs signs;
  for (std::int64_t j = 0; j < n; ++j) {
    const std::uint64_t bits = random_bits(seed, 7000, static_cast<std::uint64_t>(batch * n + j));
    signs.first.push_back((bits & 1U) != 0 ? 1.0 : -1.0);
    signs.second.push_back((bits & 2U) != 0 ? 1.0 : -1.0);
  }
  return signs;
}

// Columns [begin, end) of B, multiplied by the signs and summed: what A has to multiply.
struct Block {
  std::int64_t begin = 0, end = 0;
  std::vector<double> first, second;  // k sums each
  std::vector<double> squares;        // k sums of B^2
  double all_squares = 0;             // of all k
  double bias_first = 0, bias_second = 0, bias_squares = 0;
};

Block sum_columns(const MatmulOperands& operands, std::int64_t batch, std::int64_t begin,
                  std::int64_t end, const Signs& signs) {
  const auto k = static_cast<std::size_t>(operands.shape().k);
  Block block;
  block.begin = begin;
  block.end = end;
  for (auto* sums : {&block.first, &block.second, &block.squares}) sums->resize(k);
  constexpr std::int64_t step = 16;
  std::vector<std::int64_t> columns;
  std::vector<double> values;
  for (std::int64_t from = begin; from < end; from += step) {
    columns.clear();
    for (std::int64_t j = from; j < std::min(end, from + step); ++j) columns.push_back(j);
    values.resize(columns.size() * k);
    operands.columns(batch, columns, values);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto j = static_cast<std::size_t>(columns[c]);
      const double scale = operands.scale(batch, columns[c]);
      const double first = scale * signs.first[j];
      const double second = scale * signs.second[j];
      const double* column = values.data() + c * k;
      for (std::size_t l = 0; l < k; ++l) {
        block.first[l] += first * column[l];
        block.second[l] += second * column[l];
        block.squares[l] += scale * scale * column[l] * column[l];
      }
      const double bias = operands.bias(batch, columns[c]);
      block.bias_first += signs.first[j] * bias;
      block.bias_second += signs.second[j] * bias;
      block.bias_squares += bias * bias;
    }
  }
  for (const double each : block.squares) block.all_squares += each;
  return block;
}

// Sums over one row of a block of the output, as it should be and as it is.
struct RowSums {
  double first = 0, second = 0;  // deviations
  double output_squares = 0;     // sum of out^2
  double term_squares = 0;       // sum over the block's columns of sum (a b)^2
  double size_squares = 0;       // |a|^2 times the block's sum of B^2
};

double ratio(double deviation, double allowance) {
  // Not a number is a failure.
  if (!(deviation >= 0)) return std::numeric_limits<double>::infinity();
  return deviation == 0 ? 0 : deviation / allowance;
}

double row_error(const MatmulShape& s, const Tolerance& t, const Block& block,
                 const RowSums& sums) {
  double allowance = t.absolute;
  if (s.out != DType::s32) {
    const double output = t.output * t.output / 3.0 * sums.output_squares;
    const double sizes =
        is_float(s.dtype)
            ? 3.0 * (sums.size_squares + 16.0 * sums.term_squares + block.bias_squares)
            : 2.0 * sums.output_squares + 8.0 * block.bias_squares;
    const double accumulation = t.accumulation * t.accumulation / 16.0 * sizes;
    const double terms = t.sensitivity * t.sensitivity / 64.0 * sums.term_squares;
    const auto width = static_cast<double>(block.end - block.begin);
    allowance = 8.0 * std::sqrt(output + accumulation + terms) + t.absolute * std::sqrt(width);
  }
  return std::max(ratio(std::abs(sums.first), allowance), ratio(std::abs(sums.second), allowance));
}

RowSums project_row(std::span<const double> a, double norm, const Block& block,
                    std::span<const double> output, const Signs& signs) {
  RowSums sums;
  for (std::size_t l = 0; l < a.size(); ++l) {
    sums.first += a[l] * block.first[l];
    sums.second += a[l] * block.second[l];
    sums.term_squares += a[l] * a[l] * block.squares[l];
  }
  sums.size_squares = norm * block.all_squares;
  sums.first += block.bias_first;
  sums.second += block.bias_second;
  const auto begin = static_cast<std::size_t>(block.begin);
  double first = 0;
  double second = 0;
  for (std::size_t j = 0; j < output.size(); ++j) {
    first += signs.first[begin + j] * output[j];
    second += signs.second[begin + j] * output[j];
    sums.output_squares += output[j] * output[j];
  }
  sums.first -= first;
  sums.second -= second;
  return sums;
}

class Projector {
 public:
  Projector(const Problem& problem, ConstTensorData tensors, std::uint64_t seed)
      : operands_(problem, tensors),
        tolerance_(kernel_of(problem).tolerance(problem)),
        output_(tensors.back()),
        seed_(seed) {
    const MatmulShape& s = operands_.shape();
    const double product =
        static_cast<double>(s.batch) * static_cast<double>(s.m) * static_cast<double>(s.k);
    const auto most = static_cast<double>((s.n + least_width - 1) / least_width);
    const double blocks = std::clamp(multiply_adds_budget / product, 1.0, most);
    width_ = (s.n + static_cast<std::int64_t>(blocks) - 1) / static_cast<std::int64_t>(blocks);
    together_ = std::max<std::int64_t>(1, memory / (24 * s.k));
  }

  double batch_error(std::int64_t batch) const {
    const MatmulShape& s = operands_.shape();
    const Signs signs = draw_signs(s.n, seed_, batch);
    const std::int64_t count = (s.n + width_ - 1) / width_;
    double worst = 0;
    for (std::int64_t from = 0; from < count; from += together_) {
      std::vector<Block> blocks(static_cast<std::size_t>(std::min(together_, count - from)));
      parallel_for(
          static_cast<std::int64_t>(blocks.size()), 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t b = begin; b < end; ++b) {
              const std::int64_t first = (from + b) * width_;
              blocks[static_cast<std::size_t>(b)] =
                  sum_columns(operands_, batch, first, std::min(s.n, first + width_), signs);
            }
          });
      worst = std::max(worst, blocks_error(batch, blocks, signs));
    }
    return worst;
  }

 private:
  double blocks_error(std::int64_t batch, std::span<const Block> blocks, const Signs& signs) const {
    const MatmulShape& s = operands_.shape();
    std::vector<double> errors(static_cast<std::size_t>(s.m));
    parallel_for(s.m, 4, [&](std::int64_t begin, std::int64_t end) {
      std::vector<double> a(static_cast<std::size_t>(s.k));
      std::vector<double> output;
      for (std::int64_t i = begin; i < end; ++i) {
        operands_.row(batch, i, a);
        double norm = 0;
        for (const double each : a) norm += each * each;
        double& worst = errors[static_cast<std::size_t>(i)];
        for (const Block& block : blocks) {
          output.resize(static_cast<std::size_t>(block.end - block.begin));
          load_row(s.out, output_.data(), (batch * s.m + i) * s.n + block.begin, output);
          const RowSums sums = project_row(a, norm, block, output, signs);
          worst = std::max(worst, row_error(s, tolerance_, block, sums));
        }
      }
    });
    return *std::ranges::max_element(errors);
  }

  MatmulOperands operands_;
  Tolerance tolerance_;
  std::span<const std::byte> output_;
  std::uint64_t seed_;
  std::int64_t width_ = 0;     // columns of a block
  std::int64_t together_ = 0;  // blocks at a time
};

}  // namespace

std::optional<Projection> project_matmul(const Problem& problem, ConstTensorData tensors,
                                         std::uint64_t seed) {
  const MatmulShape s = matmul_shape(problem);
  if (s.activation != MatmulShape::Activation::none) return std::nullopt;
  const Projector projector(problem, tensors, seed);
  Projection projection{0, 2};
  for (std::int64_t batch = 0; batch < s.batch; ++batch) {
    projection.error = std::max(projection.error, projector.batch_error(batch));
  }
  return projection;
}

}  // namespace assay
