#include <algorithm>

#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/queue.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t pack_chunk = 64;  // steps of k that one work-item packs
// Steps of k between additions to the tile in memory: a panel of b stays in the nearest cache, and
// sums of u8 x s8 products stay below 2^24, so that they are exact in float.
constexpr std::int64_t k_block = 256;

// The most that a work-item computes.
constexpr std::int64_t most_rows = 64;
constexpr std::int64_t most_columns = 256;

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

// How the kernel cuts the product: register tiles of mr x nr, work-items of mb x nb.
struct Blocking {
  std::int64_t vector = 0, mr = 0, nr = 0, mb = 0, nb = 0;
};

Blocking choose_blocking(const Session& session, const MatmulShape& shape) {
  Blocking b;
  b.vector = session.limits.vector_width;
  b.mr = tile_rows(session, shape.m);
  b.nr = 2 * b.vector;
  b.mb = b.mr * std::min(most_rows / b.mr, ceil_div(shape.m, b.mr));
  b.nb = most_columns;
  const std::int64_t rows = ceil_div(shape.m, b.mb) * shape.batch;
  while (b.nb > b.nr && rows * ceil_div(shape.n, b.nb) < enough_groups(session)) b.nb /= 2;
  return b;
}

std::size_t packed_a_bytes(const MatmulShape& s, const Blocking& b) {
  return static_cast<std::size_t>(s.batch * ceil_div(s.m, b.mr) * b.mr * s.k) * sizeof(float);
}

std::size_t packed_b_elements(const MatmulShape& s, const Blocking& b) {
  return static_cast<std::size_t>(s.batch * ceil_div(s.n, b.nr) * b.nr * s.k);
}

std::size_t packed_b_bytes(const MatmulShape& s, const Blocking& b) {
  return packed_b_elements(s, b) * static_cast<std::size_t>(bits(s.weights)) / 8;
}

std::string_view storage_type(DType dtype) {
  return dtype == DType::f32 ? "uint" : bits(dtype) == 16 ? "ushort" : "uchar";
}

// Packed copies of b and of its scales and zero points.
struct Weights {
  std::unique_ptr<Memory> b, scale, zero;
};

class PackedMatmul final : public Prepared {
 public:
  PackedMatmul(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(matmul_shape(problem)),
        blocking_(choose_blocking(session, shape_)),
        main_(build_program(session, matmul_packed_cl, main_options())),
        pack_a_(build_program(session, matmul_pack_cl, pack_a_options())),
        pack_b_(build_program(session, matmul_pack_cl, pack_b_options())),
        packed_a_(session, packed_a_bytes(shape_, blocking_)) {
    if (!shape_.constant) scratch_ = make_weights();
  }

  [[nodiscard]] std::string implementation() const override {
    return "packed_" + std::to_string(blocking_.mr) + "x" + std::to_string(blocking_.nr) + ":plain";
  }

  // All Bounds share the scratch that activations are packed into: calls are in order.
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const MatmulBuffers buffers = matmul_buffers(problem_, tensors);
    std::vector<Launch> launches;
    std::vector<std::unique_ptr<Memory>> owned;
    std::size_t touched = problem_.bytes();
    if (shape_.constant) {
      Weights weights = make_weights();
      run_now(session_, pack_weights(buffers, weights));
      launches.push_back(pack_activations(buffers));
      launches.push_back(multiply(buffers, weights));
      for (auto* memory : {&weights.b, &weights.scale, &weights.zero}) {
        if (!*memory) continue;
        touched += (*memory)->size();
        owned.push_back(std::move(*memory));
      }
      touched -= replaced_bytes();
    } else {
      launches = pack_weights(buffers, scratch_);
      launches.push_back(pack_activations(buffers));
      launches.push_back(multiply(buffers, scratch_));
    }
    return std::make_unique<Launches>(std::move(launches), std::move(owned), touched);
  }

 private:
  [[nodiscard]] Options main_options() const {
    Options options = matmul_options(session_, shape_);
    options.define("VW", blocking_.vector)
        .define("MR", blocking_.mr)
        .define("MB", most_rows)
        .define("NB", most_columns)
        .define("K_BLOCK", k_block)
        .define("B_BITS", bits(shape_.weights))
        .define("B_SIGNED", shape_.weights == DType::u4 ? 0 : 1);
    return options;
  }

  // Each of the two uses of the file defines what the other needs alike for all problems: fewer
  // programs to compile.
  [[nodiscard]] Options pack_a_options() const {
    Options options;
    options.define("WIDTH", blocking_.mr)
        .define("CHUNK", pack_chunk)
        .define("TRANSPOSED", shape_.a_transposed ? 1 : 0)
        .define("IN_TYPE", name(shape_.dtype))
        .define("ELEMENT", "uint");
    return options;
  }

  [[nodiscard]] Options pack_b_options() const {
    Options options;
    options.define("WIDTH", blocking_.nr)
        .define("CHUNK", pack_chunk)
        .define("TRANSPOSED", shape_.b_transposed ? 0 : 1)
        .define("IN_TYPE", "f32")
        .define("ELEMENT", storage_type(shape_.weights));
    if (shape_.zero_points) options.define("ZERO_TYPE", name(*shape_.zero_points));
    return options;
  }

  [[nodiscard]] Weights make_weights() const {
    Weights weights;
    weights.b = std::make_unique<Memory>(session_, packed_b_bytes(shape_, blocking_));
    if (shape_.group != 0) {
      const std::size_t scales =
          packed_b_elements(shape_, blocking_) / static_cast<std::size_t>(shape_.group);
      weights.scale = std::make_unique<Memory>(session_, 2 * scales);
      if (shape_.zero_points) weights.zero = std::make_unique<Memory>(session_, scales);
    }
    return weights;
  }

  // Of the tensors that packed copies stand in for.
  [[nodiscard]] std::size_t replaced_bytes() const {
    std::size_t bytes = problem_.find("b")->bytes();
    if (shape_.group != 0) bytes += problem_.find("b_scale")->bytes();
    if (shape_.zero_points) bytes += problem_.find("b_zero_point")->bytes();
    return bytes;
  }

  [[nodiscard]] Launch pack(cl_program program, const char* kernel, cl_mem from, cl_mem to,
                            std::int64_t rows, std::int64_t width) const {
    Launch launch;
    launch.kernel = make_kernel(session_, program, kernel);
    set_arguments(session_, launch.kernel.get(), from, to, static_cast<cl_int>(rows),
                  static_cast<cl_int>(shape_.k));
    launch.global = {static_cast<std::size_t>(ceil_div(rows, width)),
                     static_cast<std::size_t>(ceil_div(shape_.k, pack_chunk)),
                     static_cast<std::size_t>(shape_.batch)};
    launch.local = {1, 1, 1};
    return launch;
  }

  [[nodiscard]] Launch pack_activations(const MatmulBuffers& buffers) const {
    return pack(pack_a_.get(), "pack_activations", buffers.a, packed_a_.get(), shape_.m,
                blocking_.mr);
  }

  [[nodiscard]] std::vector<Launch> pack_weights(const MatmulBuffers& buffers,
                                                 const Weights& weights) const {
    std::vector<Launch> launches;
    launches.push_back(pack(pack_b_.get(),
                            bits(shape_.weights) == 4 ? "pack_nibbles" : "pack_weights", buffers.b,
                            weights.b->get(), shape_.n, blocking_.nr));
    if (shape_.group == 0) return launches;
    Launch scales;
    scales.kernel = make_kernel(session_, pack_b_.get(), "pack_scales");
    const cl_mem zero = weights.zero ? weights.zero->get() : weights.scale->get();
    set_arguments(session_, scales.kernel.get(), buffers.group_scale, buffers.group_zero,
                  weights.scale->get(), zero, static_cast<cl_int>(shape_.n));
    scales.global = {static_cast<std::size_t>(ceil_div(shape_.n, blocking_.nr)),
                     static_cast<std::size_t>(shape_.k / shape_.group),
                     static_cast<std::size_t>(shape_.batch)};
    scales.local = {1, 1, 1};
    launches.push_back(std::move(scales));
    return launches;
  }

  [[nodiscard]] Launch multiply(const MatmulBuffers& buffers, const Weights& weights) const {
    Launch launch;
    launch.kernel = make_kernel(session_, main_.get(), "matmul_packed");
    const cl_mem scale = weights.scale ? weights.scale->get() : buffers.a;
    const cl_mem zero = weights.zero ? weights.zero->get() : buffers.a;
    set_arguments(session_, launch.kernel.get(), packed_a_.get(), weights.b->get(), buffers.a_scale,
                  buffers.b_scale, scale, zero, buffers.bias, buffers.out,
                  static_cast<cl_int>(shape_.m), static_cast<cl_int>(shape_.n),
                  static_cast<cl_int>(shape_.k), static_cast<cl_int>(shape_.group),
                  static_cast<cl_int>(blocking_.mb), static_cast<cl_int>(blocking_.nb));
    launch.global = {static_cast<std::size_t>(ceil_div(shape_.n, blocking_.nb)),
                     static_cast<std::size_t>(ceil_div(shape_.m, blocking_.mb)),
                     static_cast<std::size_t>(shape_.batch)};
    launch.local = {1, 1, 1};
    return launch;
  }

  const Session& session_;
  Problem problem_;
  MatmulShape shape_;
  Blocking blocking_;
  Handle<cl_program> main_;
  Handle<cl_program> pack_a_;
  Handle<cl_program> pack_b_;
  Memory packed_a_;
  Weights scratch_;  // where b has to be packed in every call
};

}  // namespace

std::string packed_matmul_problem(const Session& session, const MatmulShape& shape) {
  const Blocking blocking = choose_blocking(session, shape);
  const auto a = static_cast<double>(packed_a_bytes(shape, blocking));
  const auto b = static_cast<double>(packed_b_bytes(shape, blocking));
  std::string reason = too_large(session, "the packed a", a);
  return reason.empty() ? too_large(session, "the packed b", b) : reason;
}

std::unique_ptr<Prepared> prepare_packed_matmul(const Session& session, const Problem& problem) {
  return std::make_unique<PackedMatmul>(session, problem);
}

}  // namespace assay::opencl
