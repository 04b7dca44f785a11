#include "backends/onednn/matmul_primitive.hpp"

#include <algorithm>
#include <cstring>

#include "backends/host.hpp"
#include "backends/onednn/checked.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul_plan.hpp"
#include "backends/onednn/threads.hpp"
#include "kernels/kernel.hpp"

namespace assay::onednn {
namespace {

// The arguments of one execution. The memory objects are views, except for what they own.
class Arguments {
 public:
  void add(int argument, dnnl::memory memory) {
    list_.push_back({argument, memory.get()});
    memories_.push_back(std::move(memory));
  }
  // Through the C interface: the C++ one allocates on every call.
  void execute(const dnnl::matmul& primitive, const dnnl::stream& stream) const {
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream.get(),
                                                   static_cast<int>(list_.size()), list_.data()),
                            "matmul failed");
  }

 private:
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> list_;
};

// Prepared state that calls use.
struct Primitive {
  Problem problem;
  MatmulShape shape;
  MatmulPlan plan;
  dnnl::engine engine;
  dnnl::stream stream;
  dnnl::matmul matmul;
  dnnl::memory scratchpad;
};

// The tensors of a problem, cut into the parts that each execution sees.
class Parts {
 public:
  Parts(const Primitive& primitive, std::span<Buffer* const> buffers)
      : primitive_(primitive), buffers_(buffers) {}

  // The part of a tensor that execution `call` sees.
  [[nodiscard]] std::byte* part(std::string_view tensor, std::int64_t call) const {
    const std::size_t index = primitive_.problem.index(tensor);
    const std::size_t bytes =
        primitive_.problem.tensors[index].bytes() / static_cast<std::size_t>(primitive_.plan.calls);
    return host_data(*buffers_[index]) + static_cast<std::size_t>(call) * bytes;
  }

  [[nodiscard]] dnnl::memory view(const dnnl::memory::desc& desc, std::string_view tensor,
                                  std::int64_t call) const {
    return {desc, primitive_.engine, part(tensor, call)};
  }

 private:
  const Primitive& primitive_;
  std::span<Buffer* const> buffers_;
};

// [rows, columns] as [columns, rows], a square at a time.
void transpose(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  constexpr std::int64_t side = 16;
  const int threads = count_threads();
  for_each_thread(threads, [&](int thread) {
    const Range part = share_of(rows, side, thread, threads);
    for (std::int64_t row = part.begin; row < part.end; row += side) {
      const std::int64_t end = std::min(row + side, part.end);
      for (std::int64_t column = 0; column < columns; ++column) {
        for (std::int64_t i = row; i < end; ++i) to[column * rows + i] = from[i * columns + column];
      }
    }
  });
}

dnnl::memory::desc vector_of(std::int64_t elements, dnnl::memory::data_type type) {
  return {{elements}, type, dnnl::memory::format_tag::a};
}

class MatmulBound final : public HostBound {
 public:
  MatmulBound(const Primitive& primitive, std::span<Buffer* const> buffers)
      : primitive_(primitive), touched_bytes_(primitive.problem.bytes()) {
    const Parts parts(primitive, buffers);
    for (std::int64_t call = 0; call < primitive.plan.calls; ++call) {
      arguments_.push_back(make_arguments(parts, call));
    }
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }

  void call() override {
    checked([this] {
      for (const Arguments& arguments : arguments_) {
        arguments.execute(primitive_.matmul, primitive_.stream);
      }
      dnnl::error::wrap_c_api(dnnl_stream_wait(primitive_.stream.get()), "matmul failed");
    });
  }

 private:
  Arguments make_arguments(const Parts& parts, std::int64_t call) {
    const MatmulShape& shape = primitive_.shape;
    const auto& pd = primitive_.plan.primitive;
    Arguments arguments;
    arguments.add(DNNL_ARG_SRC, parts.view(pd.src_desc(), "a", call));
    arguments.add(DNNL_ARG_WEIGHTS, weights(parts, call));
    arguments.add(DNNL_ARG_DST, parts.view(pd.dst_desc(), "out", call));
    arguments.add(DNNL_ARG_SCRATCHPAD, primitive_.scratchpad);
    if (shape.bias) arguments.add(DNNL_ARG_BIAS, parts.view(pd.bias_desc(), "bias", call));
    if (has_output_scales(shape)) {
      constexpr auto f32 = dnnl::memory::data_type::f32;
      arguments.add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC,
                    parts.view(vector_of(1, f32), "a_scale", call));
      arguments.add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                    parts.view(vector_of(shape.n, f32), "b_scale", call));
    }
    if (shape.group != 0) add_dequantisation(parts, call, arguments);
    return arguments;
  }

  // b as the primitive wants it: packed into memory of its own, or as it is.
  dnnl::memory weights(const Parts& parts, std::int64_t call) {
    const dnnl::memory::desc& stored = primitive_.plan.stored_weights;
    const dnnl::memory::desc wanted = primitive_.plan.primitive.weights_desc();
    dnnl::memory plain = parts.view(stored, "b", call);
    if (wanted == stored) return plain;
    dnnl::memory packed(wanted, primitive_.engine);
    dnnl::stream stream = primitive_.stream;
    const HostBuffer turned = turned_for_reorder(parts.part("b", call));
    if (turned.size() > 0) {
      plain = dnnl::memory(primitive_.plan.turned_weights, primitive_.engine,
                           const_cast<std::byte*>(turned.data()));
    }
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();
    touched_bytes_ += wanted.get_size() - stored.get_size();
    return packed;
  }

  // f32 weights of [n, k] as [k, n], everything else as nothing: oneDNN 3.7's reorder of transposed
  // f32 into blocks puts elements of incomplete blocks in wrong places ("jit:uni", AVX-512).
  HostBuffer turned_for_reorder(const std::byte* weights) {
    const MatmulShape& shape = primitive_.shape;
    if (shape.weights != DType::f32 || !shape.b_transposed) return HostBuffer(0);
    const std::int64_t elements = primitive_.plan.elements;
    HostBuffer turned(static_cast<std::size_t>(elements * shape.n * shape.k) * sizeof(float));
    for (std::int64_t element = 0; element < elements; ++element) {
      const std::int64_t at = element * shape.n * shape.k;
      transpose(reinterpret_cast<const float*>(weights) + at, shape.n, shape.k,
                reinterpret_cast<float*>(turned.data()) + at);
    }
    return turned;
  }

  // Scales go in as f32: oneDNN 3.7 reads f16 ones with AVX512-FP16 instructions even on processors
  // without them.
  void add_dequantisation(const Parts& parts, std::int64_t call, Arguments& arguments) {
    arguments.add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                  per_group(parts.part("b_scale", 0), call, DType::f16, DType::f32));
    const auto zero_points = primitive_.shape.zero_points;
    if (!zero_points) return;
    arguments.add(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_WEIGHTS,
                  per_group(parts.part("b_zero_point", 0), call, *zero_points, DType::u8));
  }

  // [n, k / G] of execution `call` as [k / G, n] of type `to`.
  dnnl::memory per_group(const std::byte* data, std::int64_t call, DType from, DType to) {
    const std::int64_t n = primitive_.shape.n;
    const std::int64_t groups = primitive_.shape.k / primitive_.shape.group;
    const std::int64_t first = call * n * groups;
    const dnnl::memory::desc desc =
        groups == 1 ? vector_of(n, data_type(to))
                    : dnnl::memory::desc({groups, n}, data_type(to), dnnl::memory::format_tag::ab);
    dnnl::memory packed(desc, primitive_.engine);
    auto* const target = static_cast<std::byte*>(packed.get_data_handle());
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t g = 0; g < groups; ++g) {
        store(to, target, g * n + j, load(from, data, first + j * groups + g));
      }
    }
    touched_bytes_ += desc.get_size() - bytes_for(from, n * groups);
    return packed;
  }

  const Primitive& primitive_;
  std::vector<Arguments> arguments_;
  std::size_t touched_bytes_;
};

class MatmulPrepared final : public Prepared {
 public:
  explicit MatmulPrepared(Primitive primitive) : primitive_(std::move(primitive)) {}

  [[nodiscard]] std::string implementation() const override {
    return primitive_.plan.primitive.impl_info_str();
  }
  [[nodiscard]] std::string path() const override {
    return instruction_path(primitive_.shape.dtype, implementation());
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return checked([&] { return std::make_unique<MatmulBound>(primitive_, tensors); });
  }

 private:
  Primitive primitive_;
};

}  // namespace

Support supports_primitive(const Problem& problem, const dnnl::engine& engine) {
  const MatmulShape shape = matmul_shape(problem);
  if (!shape.constant && shape.group != 0) {
    return Support::no(
        "oneDNN wants f32 scales as [k/group, n]; constant:0 forbids repacking them");
  }
  if (!is_float(shape.dtype) && !sums_int8_exactly()) {
    return Support::no("oneDNN's sums of int8 products saturate on " + effective_isa() +
                       ", which has no VNNI");
  }
  try {
    if (plan_matmul(shape, engine).found()) return Support::yes();
  } catch (const dnnl::error& error) {
    return Support::no("oneDNN " + library_version() + ": " + error.what());
  }
  return Support::no("oneDNN " + library_version() + " has no " + std::string(name(shape.dtype)) +
                     " x " + std::string(name(shape.weights)) + " -> " +
                     std::string(name(shape.out)) + " matmul on " + effective_isa());
}

bool is_fallback(const Problem& problem, const dnnl::engine& engine) {
  return checked([&] { return is_reference(plan_matmul(matmul_shape(problem), engine)); });
}

std::unique_ptr<Prepared> prepare_primitive(const Problem& problem, const dnnl::engine& engine) {
  return checked([&]() -> std::unique_ptr<Prepared> {
    const MatmulShape shape = matmul_shape(problem);
    MatmulPlan plan = plan_matmul(shape, engine);
    const auto& pd = plan.primitive;
    dnnl::matmul matmul(pd);
    dnnl::memory scratchpad(pd.scratchpad_desc(), engine);
    if (const std::size_t bytes = pd.scratchpad_desc().get_size(); bytes > 0) {
      touch_shares({static_cast<std::byte*>(scratchpad.get_data_handle()), bytes}, count_threads());
    }
    return std::make_unique<MatmulPrepared>(Primitive{problem, shape, std::move(plan), engine,
                                                      dnnl::stream(engine), std::move(matmul),
                                                      std::move(scratchpad)});
  });
}

}  // namespace assay::onednn
