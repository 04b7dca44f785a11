#include "backends/opencl/matmul_panels.hpp"

#include <algorithm>
#include <optional>

#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t pack_chunk = 64;     // steps of k that one work-item packs
constexpr std::int64_t finish_width = 256;  // columns that one work-item adds up, as a thread
constexpr std::int64_t finish_lanes = 64;   // work-items of a group with one column each, as lanes
// Columns and pieces along k of a work-group that packs, where work-items are lanes.
constexpr std::int64_t pack_columns = 8;
constexpr std::int64_t pack_pieces = 8;
constexpr std::int64_t least_part = 512;  // steps of k that are worth a work-group of their own

std::int64_t ceil_div(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

std::size_t size(std::int64_t x) { return static_cast<std::size_t>(x); }

// The dtype of packed weights, as the kernels read them.
DType packed_type(const MatmulShape& s, const WeightLayout& layout) {
  if (bits(s.weights) != 4 || layout.nibbles) return s.weights;
  return s.weights == DType::u4 ? DType::u8 : DType::s8;
}

std::string_view storage_type(DType dtype) {
  return dtype == DType::f32 ? "uint" : bits(dtype) == 16 ? "ushort" : "uchar";
}

Launch make_launch(const Session& session, cl_program program, const char* kernel, Sizes global,
                   Sizes local) {
  Launch launch;
  launch.kernel = make_kernel(session, program, kernel);
  launch.global = global;
  launch.local = local;
  return launch;
}

// Packed copies of b, of its scales and zero points, and sums of its columns.
struct Weights {
  std::unique_ptr<Memory> b, scale, zero, column_sum;
};

class PanelMatmul final : public Prepared {
 public:
  PanelMatmul(const Session& session, const Problem& problem, PanelPlan plan)
      : session_(session),
        problem_(problem),
        shape_(matmul_shape(problem)),
        plan_(std::move(plan)),
        main_(build_program(session, *plan_.source, main_options())),
        pack_(build_program(session, plan_.lanes ? matmul_pack_lanes_cl : matmul_pack_cl,
                            pack_options())) {
    if (!shape_.constant) scratch_ = make_weights();
    if (plan_.splits > 1) sums_.emplace(session, shape_, plan_.splits);
  }

  [[nodiscard]] std::string implementation() const override { return plan_.implementation; }
  [[nodiscard]] std::string path() const override { return ceiling_path(plan_.path); }
  [[nodiscard]] std::vector<std::string> labels() const override { return plan_.labels; }

  // All Bounds share the scratch memory: calls are in order.
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const MatmulBuffers buffers = matmul_buffers(problem_, tensors);
    std::vector<Launch> launches;
    std::vector<std::unique_ptr<Memory>> owned;
    std::size_t touched = problem_.bytes();
    if (shape_.constant) {
      Weights weights = make_weights();
      run_now(session_, pack_weights(buffers, weights));
      multiply(buffers, weights, launches);
      for (auto* memory : {&weights.b, &weights.scale, &weights.zero, &weights.column_sum}) {
        if (!*memory) continue;
        touched += (*memory)->size();
        owned.push_back(std::move(*memory));
      }
      touched -= replaced_bytes();
    } else {
      launches = pack_weights(buffers, scratch_);
      multiply(buffers, scratch_, launches);
    }
    return std::make_unique<Launches>(std::move(launches), std::move(owned), touched);
  }

 private:
  [[nodiscard]] Options main_options() const {
    const DType packed = packed_type(shape_, plan_.layout);
    Options options = matmul_options(session_, shape_);
    options.add(plan_.options)
        .define("A_TYPE", name(shape_.dtype))
        .define("A_BITS", bits(shape_.dtype))
        .define("A_TRANSPOSED", shape_.a_transposed ? 1 : 0)
        .define("A_FLIP", plan_.layout.column_sums ? 1 : 0)
        .define("B_TYPE", name(packed))
        .define("B_BYTES", bits(packed) / 8)
        .define("B_UNIT", plan_.layout.unit)
        .define("B_SIGNED", shape_.weights == DType::u4 ? 0 : 1)
        .define("NIBBLES", plan_.layout.nibbles ? 1 : 0)
        .define("SPLITS", plan_.splits > 1 ? 1 : 0);
    return options;
  }

  [[nodiscard]] Options pack_options() const {
    Options options;
    options.define("NR", plan_.layout.panel_width)
        .define("CHUNK", pack_chunk)
        .define("B_TRANSPOSED", shape_.b_transposed ? 1 : 0)
        .define("B_UNIT", plan_.layout.unit)
        .define("ELEMENT", storage_type(shape_.weights))
        .define("NIBBLE_FLIP", shape_.weights == DType::s4 ? 8 : 0);
    if (plan_.lanes) {
      const bool in_order = plan_.layout.nibble_words > 1;
      const std::int64_t piece = piece_steps();
      const bool whole = shape_.b_transposed && shape_.k % piece == 0 &&
                         piece * bits(shape_.weights) == 128 && bits(shape_.weights) >= 8;
      options.define("PIECE", piece)
          .define("PACK_COLUMNS", pack_columns)
          .define("PACK_PIECES", pack_pieces)
          .define("WHOLE_PIECES", whole ? 1 : 0)
          .define("NIBBLES_IN_ORDER", in_order ? 1 : 0);
    }
    if (shape_.zero_points) options.define("ZERO_TYPE", name(*shape_.zero_points));
    return options;
  }

  [[nodiscard]] Weights make_weights() const {
    Weights weights;
    weights.b = std::make_unique<Memory>(session_, size(plan_.layout.weight_bytes(shape_)));
    if (shape_.group != 0) {
      const std::size_t scales = size(plan_.layout.scales(shape_));
      weights.scale = std::make_unique<Memory>(session_, 2 * scales);
      if (shape_.zero_points) weights.zero = std::make_unique<Memory>(session_, scales);
    }
    if (plan_.layout.column_sums) {
      const auto columns = shape_.batch * plan_.layout.panels * plan_.layout.panel_width;
      weights.column_sum = std::make_unique<Memory>(session_, size(columns) * sizeof(cl_int));
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

  // Steps of k that lie side by side.
  [[nodiscard]] std::int64_t piece_steps() const {
    return plan_.layout.nibbles ? std::int64_t{8} * plan_.layout.nibble_words : plan_.layout.unit;
  }

  // A launch of a packing kernel: one work-item for each panel and each of `parts` parts of it, or as
  // lanes for each column and part.
  template <typename... Arguments>
  [[nodiscard]] Launch pack(const char* kernel, std::int64_t parts,
                            const Arguments&... arguments) const {
    Sizes global = {size(plan_.layout.panels), size(parts), size(shape_.batch)};
    Sizes local = {1, 1, 1};
    if (plan_.lanes) {
      global[0] *= size(plan_.layout.panel_width);
      global[1] = size(ceil_div(parts, pack_pieces) * pack_pieces);
      local = {pack_columns, pack_pieces, 1};
    }
    Launch launch = make_launch(session_, pack_.get(), kernel, global, local);
    set_arguments(session_, launch.kernel.get(), arguments...);
    return launch;
  }

  [[nodiscard]] std::vector<Launch> pack_weights(const MatmulBuffers& buffers,
                                                 const Weights& weights) const {
    const char* kernel = bits(shape_.weights) != 4 ? "pack_weights"
                         : plan_.layout.nibbles    ? "pack_nibbles"
                                                   : "spread_nibbles";
    const auto n = static_cast<cl_int>(shape_.n);
    const auto k = static_cast<cl_int>(shape_.k);
    const auto padded = ceil_div(shape_.k, plan_.layout.unit) * plan_.layout.unit;
    const std::int64_t parts =
        plan_.lanes ? ceil_div(shape_.k, piece_steps()) : ceil_div(padded, pack_chunk);
    std::vector<Launch> launches;
    launches.push_back(pack(kernel, parts, buffers.b, weights.b->get(), n, k));
    if (shape_.group != 0) {
      const cl_mem zero = weights.zero ? weights.zero->get() : weights.scale->get();
      const std::int64_t groups = shape_.k / shape_.group;
      const auto scales = [&](auto... sizes) {
        return pack("pack_scales", groups, buffers.group_scale, buffers.group_zero,
                    weights.scale->get(), zero, n, sizes...);
      };
      launches.push_back(plan_.lanes ? scales(static_cast<cl_int>(groups)) : scales());
    }
    if (plan_.layout.column_sums) {
      launches.push_back(pack("sum_columns", 1, weights.b->get(), weights.column_sum->get(), k));
    }
    return launches;
  }

  void multiply(const MatmulBuffers& buffers, const Weights& weights,
                std::vector<Launch>& launches) const {
    const auto or_a = [&](const std::unique_ptr<Memory>& memory) {
      return memory ? memory->get() : buffers.a;
    };
    Sizes global = plan_.global;
    global[2] *= size(plan_.splits);
    launches.push_back(make_launch(session_, main_.get(), plan_.kernel, global, plan_.local));
    set_arguments(session_, launches.back().kernel.get(), buffers.a, weights.b->get(),
                  or_a(weights.column_sum), buffers.a_scale, buffers.b_scale, or_a(weights.scale),
                  or_a(weights.zero), buffers.bias, sums_ ? sums_->partial() : buffers.out,
                  static_cast<cl_int>(shape_.m), static_cast<cl_int>(shape_.n),
                  static_cast<cl_int>(shape_.k), static_cast<cl_int>(shape_.group),
                  static_cast<cl_int>(plan_.row_block), static_cast<cl_int>(plan_.column_block),
                  static_cast<cl_int>(plan_.k_part), static_cast<cl_int>(shape_.batch));
    if (sums_) launches.push_back(sums_->finish(buffers));
  }

  const Session& session_;
  Problem problem_;
  MatmulShape shape_;
  PanelPlan plan_;
  Handle<cl_program> main_;
  Handle<cl_program> pack_;
  std::optional<SplitSums> sums_;
  Weights scratch_;  // where b has to be packed in every call
};

}  // namespace

std::int64_t WeightLayout::weight_bytes(const MatmulShape& s) const {
  const std::int64_t columns = s.batch * panels * panel_width;
  if (nibbles) return columns * ceil_div(s.k, 8 * nibble_words) * nibble_words * 4;
  return columns * ceil_div(s.k, unit) * unit *
         static_cast<std::int64_t>(std::max(bits(s.weights), 8) / 8);
}

std::int64_t WeightLayout::scales(const MatmulShape& s) const {
  return s.group == 0 ? 0 : s.batch * panels * panel_width * (s.k / s.group);
}

Splits split_k(std::int64_t k, std::int64_t groups, std::int64_t wanted, std::int64_t multiple) {
  Splits splits{1, std::max<std::int64_t>(k, 1)};
  if (groups >= wanted || k < 2 * least_part) return splits;
  const std::int64_t parts = std::min(ceil_div(wanted, groups), k / least_part);
  splits.k_part = ceil_div(ceil_div(k, parts), multiple) * multiple;
  splits.count = ceil_div(k, splits.k_part);
  return splits;
}

std::unique_ptr<Prepared> prepare_panels(const Session& session, const Problem& problem,
                                         PanelPlan plan) {
  return std::make_unique<PanelMatmul>(session, problem, std::move(plan));
}

SplitSums::SplitSums(const Session& session, const MatmulShape& shape, std::int64_t splits)
    : session_(session),
      shape_(shape),
      splits_(splits),
      threads_(choose_family(session, "") == Family::packed),
      program_(build_program(
          session, matmul_splits_cl,
          matmul_options(session, shape).define("WIDTH", threads_ ? finish_width : 1))),
      partial_(session, size(shape.batch * shape.m * shape.n * splits) * sizeof(float)) {}

Launch SplitSums::finish(const MatmulBuffers& buffers) const {
  const std::int64_t columns =
      threads_ ? ceil_div(shape_.n, finish_width) : ceil_div(shape_.n, finish_lanes) * finish_lanes;
  Launch launch = make_launch(session_, program_.get(), "finish_splits",
                              {size(columns), size(shape_.m), size(shape_.batch)},
                              {threads_ ? 1 : size(finish_lanes), 1, 1});
  set_arguments(session_, launch.kernel.get(), partial_.get(), buffers.a_scale, buffers.b_scale,
                buffers.bias, buffers.out, static_cast<cl_int>(shape_.m),
                static_cast<cl_int>(shape_.n), static_cast<cl_int>(shape_.batch),
                static_cast<cl_int>(splits_));
  return launch;
}

}  // namespace assay::opencl
