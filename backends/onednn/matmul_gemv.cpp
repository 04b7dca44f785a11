#include "backends/onednn/matmul_gemv.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_gemv_weights.hpp"
#include "backends/onednn/matmul_nibbles.hpp"
#include "backends/onednn/threads.hpp"

namespace assay::onednn {
namespace {

constexpr std::int64_t line = 64;

std::int64_t round_up(std::int64_t value, std::int64_t to) { return (value + to - 1) / to * to; }

// Memory of one thread: prepared rows of a, sums, scales of a tile's groups. Untouched until the thread
// calls touch().
class Scratch {
 public:
  explicit Scratch(const GemvShape& shape)
      : rows_(static_cast<std::size_t>((gemv_rows + 1) * round_up(shape.prepared_row, line))),
        sums_(static_cast<std::size_t>(gemv_rows * gemv_columns * 4)),
        scales_(static_cast<std::size_t>(gemv_tile * shape.groups * 4)),
        zeros_(static_cast<std::size_t>(gemv_tile * shape.groups * 4)) {}

  void touch() {
    for (HostBuffer* const each : {&rows_, &sums_, &scales_, &zeros_}) {
      std::memset(each->data(), 0, each->size());
    }
  }
  [[nodiscard]] std::byte* rows() { return rows_.data(); }
  void lend(GemvBlock& block) {
    block.a = rows_.data();
    block.sums = reinterpret_cast<float*>(sums_.data());
    block.integer_sums = reinterpret_cast<std::int32_t*>(sums_.data());
    block.group_scale = reinterpret_cast<float*>(scales_.data());
    block.group_zero = reinterpret_cast<std::int32_t*>(zeros_.data());
  }

 private:
  HostBuffer rows_, sums_, scales_, zeros_;
};

// What calls share.
struct State {
  Problem problem;
  GemvShape shape;
  int threads = 1;
  std::vector<float> float_tables;
  std::vector<std::uint16_t> bf16_tables;
  std::vector<std::unique_ptr<Scratch>> scratch;  // of each thread
};

class GemvBound final : public HostBound {
 public:
  GemvBound(State& state, std::span<Buffer* const> buffers)
      : state_(state), weights_(state.problem, state.shape, state.threads, buffers) {
    const auto data = [&](std::string_view tensor) -> std::byte* {
      if (state.problem.find(tensor) == nullptr) return nullptr;
      return host_data(*buffers[state.problem.index(tensor)]);
    };
    a_ = data("a");
    a_scale_ = reinterpret_cast<const float*>(data("a_scale"));
    bias_ = reinterpret_cast<const float*>(data("bias"));
    if (state.shape.format == GemvFormat::bytes) {
      b_scale_ = reinterpret_cast<const float*>(data("b_scale"));
    }
    out_ = data("out");
  }

  [[nodiscard]] std::size_t touched_bytes() const override {
    return state_.problem.bytes() + weights_.extra_bytes();
  }

  void call() override {
    const int threads = state_.threads;
    for_each_thread(threads, [&](int thread) { run_part(thread, threads); });
  }

 private:
  // Columns of all batch elements, an equal share for each thread; always the same one, whose
  // weights it packed.
  void run_part(int thread, int threads) {
    const MatmulShape& s = state_.shape.matmul;
    const Range part = share_of(s.batch * s.n, gemv_tile, thread, threads);
    for (std::int64_t first = part.begin; first < part.end;) {
      const std::int64_t element = first / s.n;
      const std::int64_t end = std::min(part.end, (element + 1) * s.n);
      run_element(element, first - element * s.n, end - first,
                  *state_.scratch[static_cast<std::size_t>(thread)]);
      first = end;
    }
  }

  // Columns [column, column + count) of one batch element.
  void run_element(std::int64_t element, std::int64_t column, std::int64_t count,
                   Scratch& scratch) {
    const MatmulShape& s = state_.shape.matmul;
    const std::byte* const a =
        a_ + element * static_cast<std::int64_t>(bytes_for(s.dtype, s.m * s.k));
    for (std::int64_t row = 0; row < s.m; row += gemv_rows) {
      const std::int64_t rows = std::min(gemv_rows, s.m - row);
      gemv_prepare(state_.shape, a, row, rows, scratch.rows());
      for (std::int64_t j = 0; j < count; j += gemv_columns) {
        run_block(element, row, rows, column + j, std::min(gemv_columns, count - j), scratch);
      }
    }
  }

  void run_block(std::int64_t element, std::int64_t row, std::int64_t rows, std::int64_t column,
                 std::int64_t columns, Scratch& scratch) {
    const MatmulShape& s = state_.shape.matmul;
    const std::int64_t place = element * s.n + column;
    GemvBlock block;
    block.rows = rows;
    block.columns = columns;
    scratch.lend(block);
    weights_.place(place, block);
    switch (state_.shape.format) {
      case GemvFormat::grouped:
        gemv_grouped(state_.shape, block);
        break;
      case GemvFormat::nibbles:
        gemv_nibbles(state_.shape, block);
        break;
      default:
        gemv_dots(state_.shape, block);
        break;
    }
    const auto size = static_cast<std::int64_t>(bytes_for(s.out, 1));
    GemvFinish finish;
    finish.a_scale = a_scale_ == nullptr ? 1.0F : a_scale_[element];
    finish.b_scale = b_scale_ == nullptr ? nullptr : b_scale_ + place;
    finish.bias = bias_ == nullptr ? nullptr : bias_ + place;
    finish.out = out_ + ((element * s.m + row) * s.n + column) * size;
    finish.out_stride = s.n * size;
    gemv_finish(state_.shape, block, finish);
  }

  State& state_;
  GemvWeights weights_;
  const std::byte* a_ = nullptr;
  const float* a_scale_ = nullptr;
  const float* b_scale_ = nullptr;  // of integers
  const float* bias_ = nullptr;
  std::byte* out_ = nullptr;
};

bool in_planes(const MatmulShape& s) {
  if (bits(s.weights) != 4) return false;
  return s.group == 32 || s.group == 64 || s.group % nibble_chunk == 0 || s.group == s.k;
}

GemvFormat format_of(const MatmulShape& s) {
  if (s.group != 0) return in_planes(s) ? GemvFormat::nibbles : GemvFormat::grouped;
  switch (s.dtype) {
    case DType::f16:
      return GemvFormat::f16;
    case DType::bf16:
      return GemvFormat::bf16;
    case DType::s8:
    case DType::u8:
      return GemvFormat::bytes;
    default:
      return GemvFormat::f32;
  }
}

GemvShape gemv_shape(const Problem& problem) {
  GemvShape shape;
  shape.matmul = matmul_shape(problem);
  const MatmulShape& s = shape.matmul;
  shape.format = format_of(s);
  shape.padded_k = round_up(s.k, gemv_step);
  shape.prepared_row = gemv_prepared_row(s, shape.format, shape.padded_k);
  shape.b_stride = static_cast<std::int64_t>(bytes_for(s.weights, s.k));
  if (s.group == 0) return shape;
  if (shape.format == GemvFormat::nibbles) {
    shape.b_stride = shape.padded_k / 2;
    shape.group = s.group == s.k ? shape.padded_k : s.group;
    shape.groups = shape.padded_k / shape.group;
    shape.zero_bias = s.weights == DType::s4 ? signed_bias : 0;
  } else {
    shape.b_stride = s.k;
    shape.group = s.group;
    shape.groups = s.k / s.group;
  }
  return shape;
}

class GemvPrepared final : public Prepared {
 public:
  explicit GemvPrepared(const Problem& problem) {
    state_.problem = problem;
    state_.shape = gemv_shape(problem);
    state_.threads = count_threads();
    if (state_.shape.format == GemvFormat::nibbles) make_tables();
    for (int thread = 0; thread < state_.threads; ++thread) {
      state_.scratch.push_back(std::make_unique<Scratch>(state_.shape));
    }
    for_each_thread(state_.threads,
                    [&](int thread) { state_.scratch[static_cast<std::size_t>(thread)]->touch(); });
  }

  [[nodiscard]] std::string implementation() const override { return "gemv:" + gemv_target(); }
  [[nodiscard]] std::string path() const override {
    switch (state_.shape.format) {
      case GemvFormat::bf16:
        return has_bf16_dots() ? "bf16.dot" : "f32.fma";
      case GemvFormat::nibbles:
        return nibbles_as_bf16(state_.shape.matmul.dtype) ? "bf16.dot" : "f32.fma";
      case GemvFormat::bytes:
        // Without dot products, by multiplications of 16 bits, which kernel alu has no chain of.
        return has_byte_dots() ? "s8.dot" : "";
      default:
        return "f32.fma";
    }
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<GemvBound>(state_, tensors);
  }

 private:
  void make_tables() {
    if (nibbles_as_bf16(state_.shape.matmul.dtype)) {
      state_.bf16_tables = make_bf16_tables();
      state_.shape.tables = reinterpret_cast<const std::byte*>(state_.bf16_tables.data());
    } else {
      state_.float_tables = make_float_tables();
      state_.shape.tables = reinterpret_cast<const std::byte*>(state_.float_tables.data());
    }
  }

  State state_;
};

}  // namespace

Support supports_gemv(const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  if (s.constant) return Support::yes();
  if (!s.b_transposed) {
    return Support::no(
        "the gemv variant reads weights as layout:nt stores them; constant:0 "
        "forbids transposing others");
  }
  if (bits(s.weights) == 4) {
    return Support::no("the gemv variant repacks 4-bit weights, which constant:0 forbids");
  }
  if (s.zero_points == DType::u4) {
    return Support::no("the gemv variant unpacks 4-bit zero points, which constant:0 forbids");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_gemv(const Problem& problem) {
  return std::make_unique<GemvPrepared>(problem);
}

}  // namespace assay::onednn
