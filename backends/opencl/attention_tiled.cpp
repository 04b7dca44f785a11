// Flash attention of the tiled family.
#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

std::size_t local_bytes(const AttentionShape& s) {
  const std::int64_t columns = ceil_div(s.d, 16) * 16;
  // The kernel's arrays, in order: qs, ks, ps, vs, and three numbers a row.
  constexpr std::int64_t one = 1;
  const std::int64_t floats =
      one * 16 * 65 + one * 16 * 33 + one * 64 * 33 + 8 * columns + one * 3 * 64;
  return static_cast<std::size_t>(floats) * sizeof(float);
}

class TiledAttention final : public Prepared {
 public:
  TiledAttention(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        rows_each_(rows_of(shape_) <= 16 ? 1 : 4),
        program_(build_program(session, attention_tiled_cl,
                               attention_options(session, shape_).define("RM", rows_each_))) {}

  [[nodiscard]] std::string implementation() const override {
    return "tiled_" + std::to_string(16 * rows_each_) + "x32:plain";
  }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    const std::int64_t tile = 16 * rows_each_;
    Launch launch{
        make_kernel(session_, program_.get(), "attention_tiled"),
        {static_cast<std::size_t>(ceil_div(rows_of(shape_), tile) * 16),
         static_cast<std::size_t>(shape_.kv_heads * 16), static_cast<std::size_t>(shape_.batch)},
        {16, 16, 1}};
    set_arguments(session_, launch.kernel.get(), buffers.q, buffers.k, buffers.v, buffers.k_scale,
                  buffers.v_scale, buffers.out, static_cast<cl_int>(shape_.heads),
                  static_cast<cl_int>(shape_.kv_heads), static_cast<cl_int>(shape_.q),
                  static_cast<cl_int>(shape_.kv), attention_scale(shape_),
                  static_cast<cl_int>(tile));
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  std::int64_t rows_each_;
  Handle<cl_program> program_;
};

}  // namespace

std::string tiled_attention_problem(const Session& session, const AttentionShape& shape) {
  return lacks_tiles(session, local_bytes(shape));
}

std::unique_ptr<Prepared> prepare_tiled_attention(const Session& session, const Problem& problem) {
  return std::make_unique<TiledAttention>(session, problem);
}

}  // namespace assay::opencl
