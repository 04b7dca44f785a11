#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/queue.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t tile_columns = 64;
constexpr std::size_t local_bytes = std::size_t{16} * (65 + 65) * sizeof(float);

class TiledMatmul final : public Prepared {
 public:
  TiledMatmul(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(matmul_shape(problem)),
        rows_each_(shape_.m <= 16 ? 1 : 4),
        program_(build_program(session, matmul_tiled_cl, options())) {}

  [[nodiscard]] std::string implementation() const override {
    return "tiled_" + std::to_string(16 * rows_each_) + "x64:plain";
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const MatmulBuffers buffers = matmul_buffers(problem_, tensors);
    Launch launch;
    launch.kernel = make_kernel(session_, program_.get(), "matmul_tiled");
    set_arguments(session_, launch.kernel.get(), buffers.a, buffers.b, buffers.a_scale,
                  buffers.b_scale, buffers.group_scale, buffers.group_zero, buffers.bias,
                  buffers.out, static_cast<cl_int>(shape_.m), static_cast<cl_int>(shape_.n),
                  static_cast<cl_int>(shape_.k), static_cast<cl_int>(shape_.group));
    const std::int64_t rows = std::int64_t{16} * rows_each_;
    launch.global = {static_cast<std::size_t>((shape_.n + tile_columns - 1) / tile_columns * 16),
                     static_cast<std::size_t>((shape_.m + rows - 1) / rows * 16),
                     static_cast<std::size_t>(shape_.batch)};
    launch.local = {16, 16, 1};
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = matmul_options(session_, shape_);
    options.define("A_TYPE", name(shape_.dtype))
        .define("A_TRANSPOSED", shape_.a_transposed ? 1 : 0)
        .define("B_TRANSPOSED", shape_.b_transposed ? 1 : 0)
        .define("RM", rows_each_);
    return options;
  }

  const Session& session_;
  Problem problem_;
  MatmulShape shape_;
  int rows_each_;  // of each work-item
  Handle<cl_program> program_;
};

}  // namespace

std::string tiled_matmul_problem(const Session& session) {
  return lacks_tiles(session, local_bytes);
}

std::unique_ptr<Prepared> prepare_tiled_matmul(const Session& session, const Problem& problem) {
  return std::make_unique<TiledMatmul>(session, problem);
}

}  // namespace assay::opencl
