#include "backends/onednn/matmul_converted.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul_dequantise.hpp"
#include "backends/onednn/matmul_primitive.hpp"
#include "backends/onednn/threads.hpp"
#include "kernels/matmul.hpp"

namespace assay::onednn {
namespace {

// A block of dequantised weights: within the caches, and wide enough for the primitive.
constexpr std::int64_t block_bytes = std::int64_t{4} << 20U;
constexpr std::int64_t block_unit = 64;

// --- problems that oneDNN has ------------------------------------------------------------------

void set_word(Problem& problem, std::string_view key, const std::string& value) {
  for (auto& [name, text] : problem.words) {
    if (name == key) text = value;
  }
}

void set_integer(Problem& problem, std::string_view key, std::int64_t value) {
  for (auto& [name, number] : problem.integers) {
    if (name == key) number = value;
  }
}

// Products of f32 and f16 by oneDNN 3.7 are wrong from k = 513 on, and there are none of f32 and bf16.
bool widens_b(const MatmulShape& shape) { return shape.dtype == DType::bf16 || shape.k > 512; }

// The same with f32 for a and out, and for b where weights of 16 bits won't do.
Problem widened(Problem problem) {
  const bool widens = widens_b(matmul_shape(problem));
  set_word(problem, "dtype", "f32");
  set_word(problem, "out", "f32");
  if (widens) set_word(problem, "weights", "f32");
  for (TensorSpec& tensor : problem.tensors) {
    if (tensor.name == "a" || tensor.name == "out" || (widens && tensor.name == "b")) {
      tensor.dtype = DType::f32;
    }
  }
  return problem;
}

// The type that weights are dequantised to.
DType block_dtype(const MatmulShape& shape) {
  return shape.dtype == DType::bf16 && has_bf16_products() ? DType::bf16 : DType::f32;
}

// `columns` dequantised columns of one batch element.
Problem block_problem(const Problem& problem, std::int64_t columns) {
  const MatmulShape shape = matmul_shape(problem);
  const DType dtype = block_dtype(shape);
  Problem block = problem;
  for (const char* key : {"dtype", "weights"}) set_word(block, key, std::string(name(dtype)));
  set_word(block, "out", "f32");
  set_word(block, "zero_points", "none");
  set_integer(block, "group", 0);
  set_integer(block, "constant", 0);
  set_integer(block, "batch", 1);
  set_integer(block, "n", columns);
  block.tensors = {{"a", {shape.m, shape.k}, dtype, Role::activation},
                   {"b", {columns, shape.k}, dtype, Role::activation}};
  if (shape.bias) block.tensors.push_back({"bias", {columns}, DType::f32, Role::activation});
  block.tensors.push_back({"out", {shape.m, columns}, DType::f32, Role::output});
  return block;
}

std::int64_t block_columns(const MatmulShape& shape) {
  const auto size = static_cast<std::int64_t>(bytes_for(block_dtype(shape), 1));
  const std::int64_t fitting = block_bytes / (shape.k * size) / block_unit * block_unit;
  return std::min(shape.n, std::max(block_unit, fitting));
}

// --- rows of values ------------------------------------------------------------------------------

// [0, count) in equal shares.
template <typename Work>
void in_parallel(int threads, std::int64_t count, const Work& work) {
  for_each_thread(threads, [&](int thread) {
    const Range part = share_of(count, 1, thread, threads);
    for (std::int64_t i = part.begin; i < part.end; ++i) work(i);
  });
}

// `count` elements of `from` as elements of `to`: the same type, or float for f16 or bf16.
void copy_row(DType from_type, const std::byte* from, std::int64_t count, DType to_type,
              std::byte* to) {
  if (from_type == to_type) {
    std::memcpy(to, from, bytes_for(to_type, count));
  } else if (from_type == DType::f16) {
    floats_from_f16(reinterpret_cast<const std::uint16_t*>(from), count,
                    reinterpret_cast<float*>(to));
  } else if (to_type == DType::f16) {
    f16_from_floats(reinterpret_cast<const float*>(from), count,
                    reinterpret_cast<std::uint16_t*>(to));
  } else if (from_type == DType::bf16) {
    for (std::int64_t i = 0; i < count; ++i) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, from + 2 * i, sizeof bits);
      reinterpret_cast<float*>(to)[i] = from_bf16(bits);
    }
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint16_t bits = to_bf16(reinterpret_cast<const float*>(from)[i]);
      std::memcpy(to + 2 * i, &bits, sizeof bits);
    }
  }
}

// --- f16 and bf16 ----------------------------------------------------------------------------------

// What calls share, who come one after the other. Its memory is touched here: within a call that would
// cost time.
struct Wide {
  Wide(Problem of, const dnnl::engine& engine)
      : problem(std::move(of)),
        shape(matmul_shape(problem)),
        inner(prepare_primitive(widened(problem), engine)),
        threads(count_threads()),
        a(problem.tensors[problem.index("a")].bytes() * 2),
        out(static_cast<std::size_t>(problem.output().elements()) * sizeof(float)) {
    if (widens_b(shape) && !shape.constant) b = make_b();
    for (HostBuffer* const each : {&a, &out, b.get()}) {
      if (each != nullptr) touch_shares({each->data(), each->size()}, threads);
    }
  }
  [[nodiscard]] std::unique_ptr<HostBuffer> make_b() const {
    return std::make_unique<HostBuffer>(problem.tensors[problem.index("b")].bytes() * 2);
  }
  Problem problem;
  MatmulShape shape;
  std::unique_ptr<Prepared> inner;
  int threads;
  HostBuffer a, out;
  std::unique_ptr<HostBuffer> b;  // where each call widens it
};

class WidenedBound final : public HostBound {
 public:
  WidenedBound(Wide& wide, std::span<Buffer* const> buffers)
      : wide_(wide),
        outer_a_(host_data(*buffers[wide.problem.index("a")])),
        outer_b_(host_data(*buffers[wide.problem.index("b")])),
        outer_out_(host_data(*buffers.back())) {
    std::vector<Buffer*> arguments(buffers.begin(), buffers.end());
    arguments[wide.problem.index("a")] = &wide.a;
    arguments.back() = &wide.out;
    Buffer*& b = arguments[wide.problem.index("b")];
    if (wide.b) {
      b = wide.b.get();
    } else if (widens_b(wide.shape)) {
      constant_b_ = wide.make_b();
      widen_b(*constant_b_);
      b = constant_b_.get();
    }
    inner_ = wide.inner->bind(arguments);
  }
  [[nodiscard]] std::size_t touched_bytes() const override { return inner_->touched_bytes(); }
  void call() override {
    const MatmulShape& s = wide_.shape;
    const std::int64_t a_rows = s.batch * s.m;
    const auto a_row = static_cast<std::int64_t>(bytes_for(s.dtype, s.k));
    in_parallel(wide_.threads, a_rows, [&](std::int64_t i) {
      copy_row(s.dtype, outer_a_ + i * a_row, s.k, DType::f32, wide_.a.data() + i * s.k * 4);
    });
    if (wide_.b) widen_b(*wide_.b);
    static_cast<HostBound&>(*inner_).call();
    const auto out_row = static_cast<std::int64_t>(bytes_for(s.out, s.n));
    in_parallel(wide_.threads, a_rows, [&](std::int64_t i) {
      copy_row(DType::f32, wide_.out.data() + i * s.n * 4, s.n, s.out, outer_out_ + i * out_row);
    });
  }

 private:
  // In stretches of about a row, whatever the layout.
  void widen_b(HostBuffer& to) {
    const MatmulShape& s = wide_.shape;
    in_parallel(wide_.threads, s.batch * s.n, [&](std::int64_t i) {
      copy_row(s.weights, outer_b_ + i * s.k * 2, s.k, DType::f32, to.data() + i * s.k * 4);
    });
  }

  Wide& wide_;
  std::unique_ptr<HostBuffer> constant_b_;  // widened once
  const std::byte* outer_a_;
  const std::byte* outer_b_;
  std::byte* outer_out_;
  std::unique_ptr<Bound> inner_;
};

// --- weight-only -----------------------------------------------------------------------------------

// A primitive for blocks of one width, with buffers of its own but for a.
struct Block {
  Block(const Problem& outer, std::int64_t width, HostBuffer& a, const dnnl::engine& engine)
      : columns(width),
        problem(block_problem(outer, width)),
        b(problem.tensors[problem.index("b")].bytes()),
        bias(static_cast<std::size_t>(width) * sizeof(float)),
        out(problem.output().bytes()),
        prepared(prepare_primitive(problem, engine)) {
    std::vector<Buffer*> arguments = {&a, &b};
    if (problem.find("bias") != nullptr) arguments.push_back(&bias);
    arguments.push_back(&out);
    for (HostBuffer* const each : {&a, &b, &bias, &out}) {
      touch_shares({each->data(), each->size()}, count_threads());
    }
    bound = prepared->bind(arguments);
  }
  std::int64_t columns;
  Problem problem;
  HostBuffer b, bias, out;
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<Bound> bound;
};

// What calls share: they come one after the other.
struct Blocks {
  Blocks(const Problem& problem, const dnnl::engine& engine)
      : shape(matmul_shape(problem)),
        a(bytes_for(block_dtype(shape), shape.m * shape.k)),
        whole(problem, block_columns(shape), a, engine) {
    if (const std::int64_t rest = shape.n % whole.columns; rest != 0) {
      last = std::make_unique<Block>(problem, rest, a, engine);
    }
  }
  MatmulShape shape;
  HostBuffer a;
  Block whole;
  std::unique_ptr<Block> last;
};

class DequantisedBound final : public HostBound {
 public:
  DequantisedBound(const Problem& problem, Blocks& blocks, int threads,
                   std::span<Buffer* const> buffers)
      : blocks_(blocks), threads_(threads), touched_bytes_(problem.bytes()) {
    const auto data = [&](std::string_view tensor) -> std::byte* {
      if (problem.find(tensor) == nullptr) return nullptr;
      return host_data(*buffers[problem.index(tensor)]);
    };
    a_ = data("a");
    b_ = data("b");
    scales_ = reinterpret_cast<const std::uint16_t*>(data("b_scale"));
    zero_points_ = data("b_zero_point");
    bias_ = reinterpret_cast<const float*>(data("bias"));
    out_ = data("out");
  }
  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }
  void call() override {
    const MatmulShape& s = blocks_.shape;
    for (std::int64_t element = 0; element < s.batch; ++element) {
      load_a(element);
      for (std::int64_t column = 0; column < s.n; column += blocks_.whole.columns) {
        const bool is_whole = column + blocks_.whole.columns <= s.n;
        run(element, column, is_whole ? blocks_.whole : *blocks_.last);
      }
    }
  }

 private:
  void load_a(std::int64_t element) {
    const MatmulShape& s = blocks_.shape;
    const DType dtype = block_dtype(s);
    const auto row = static_cast<std::int64_t>(bytes_for(s.dtype, s.k));
    const auto own_row = static_cast<std::int64_t>(bytes_for(dtype, s.k));
    in_parallel(threads_, s.m, [&](std::int64_t i) {
      copy_row(s.dtype, a_ + (element * s.m + i) * row, s.k, dtype, blocks_.a.data() + i * own_row);
    });
  }

  void run(std::int64_t element, std::int64_t column, Block& block) {
    const MatmulShape& s = blocks_.shape;
    const std::int64_t groups = s.k / s.group;
    const auto stored_row = static_cast<std::int64_t>(bytes_for(s.weights, s.k));
    in_parallel(threads_, block.columns, [&](std::int64_t j) {
      const std::int64_t place = element * s.n + column + j;
      const QuantisedColumn from = {b_ + place * stored_row, scales_ + place * groups, zero_points_,
                                    place * groups};
      if (block_dtype(s) == DType::bf16) {
        dequantise(s, from, reinterpret_cast<std::uint16_t*>(block.b.data()) + j * s.k);
      } else {
        dequantise(s, from, reinterpret_cast<float*>(block.b.data()) + j * s.k);
      }
    });
    if (bias_ != nullptr) {
      std::memcpy(block.bias.data(), bias_ + element * s.n + column,
                  static_cast<std::size_t>(block.columns) * sizeof(float));
    }
    static_cast<HostBound&>(*block.bound).call();
    const auto size = static_cast<std::int64_t>(bytes_for(s.out, 1));
    in_parallel(threads_, s.m, [&](std::int64_t i) {
      copy_row(DType::f32, block.out.data() + i * block.columns * 4, block.columns, s.out,
               out_ + ((element * s.m + i) * s.n + column) * size);
    });
  }

  Blocks& blocks_;
  int threads_;
  std::size_t touched_bytes_;
  const std::byte* a_ = nullptr;
  const std::byte* b_ = nullptr;
  const std::uint16_t* scales_ = nullptr;
  const std::byte* zero_points_ = nullptr;
  const float* bias_ = nullptr;
  std::byte* out_ = nullptr;
};

// --- prepared ------------------------------------------------------------------------------------

class WidenedPrepared final : public Prepared {
 public:
  WidenedPrepared(Problem problem, const dnnl::engine& engine)
      : wide_(std::move(problem), engine) {}
  [[nodiscard]] std::string implementation() const override {
    return "converted:" + wide_.inner->implementation();
  }
  [[nodiscard]] std::string path() const override { return wide_.inner->path(); }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<WidenedBound>(wide_, tensors);
  }

 private:
  Wide wide_;
};

class DequantisedPrepared final : public Prepared {
 public:
  DequantisedPrepared(Problem problem, const dnnl::engine& engine)
      : problem_(std::move(problem)), blocks_(problem_, engine), threads_(count_threads()) {}
  [[nodiscard]] std::string implementation() const override {
    return "converted:" + blocks_.whole.prepared->implementation();
  }
  [[nodiscard]] std::string path() const override { return blocks_.whole.prepared->path(); }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<DequantisedBound>(problem_, blocks_, threads_, tensors);
  }

 private:
  Problem problem_;
  Blocks blocks_;
  int threads_;
};

}  // namespace

Support supports_converted(const Problem& problem, const dnnl::engine& engine) {
  const MatmulShape shape = matmul_shape(problem);
  if (shape.group != 0) {
    return supports_primitive(block_problem(problem, block_columns(shape)), engine);
  }
  if (shape.dtype == DType::f16 || (shape.dtype == DType::bf16 && !has_bf16_products())) {
    return supports_primitive(widened(problem), engine);
  }
  return Support::no(
      "the converted variant is for f16, bf16 without instructions for it, and quantised "
      "weights; " +
      std::string(name(shape.dtype)) + " needs no conversion in oneDNN here");
}

std::unique_ptr<Prepared> prepare_converted(const Problem& problem, const dnnl::engine& engine) {
  if (matmul_shape(problem).group != 0) {
    return std::make_unique<DequantisedPrepared>(problem, engine);
  }
  return std::make_unique<WidenedPrepared>(problem, engine);
}

}  // namespace assay::onednn
