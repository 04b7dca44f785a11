#include "backends/opencl/matmul.hpp"

#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

// "fragment", or one of its configurations.
bool is_fragment(std::string_view variant) {
  return variant == "fragment" || variant.starts_with("fragment-");
}

bool is_integer(const MatmulShape& shape) { return !is_float(shape.dtype); }

}  // namespace

Support supports_matmul(const Session& session, const Problem& problem, std::string_view variant) {
  const auto family = choose_family(session, variant);
  if (!family && !is_fragment(variant)) {
    return Support::no("matmul has no variant '" + std::string(variant) +
                       "' here; the variants are packed, tiled and fragment");
  }
  for (const TensorSpec& spec : problem.tensors) {
    const auto reason =
        too_large(session, "tensor " + spec.name, static_cast<double>(spec.bytes()));
    if (!reason.empty()) return Support::no(reason);
  }
  const MatmulShape shape = matmul_shape(problem);
  // Kernels count rows, columns and steps in int, rounded up to whole tiles.
  constexpr std::int64_t largest = 2147483647 - 4096;
  for (const std::int64_t size : {shape.m, shape.n, shape.k}) {
    if (size > largest) {
      return Support::no("sizes above " + std::to_string(largest) + " don't fit the kernel's int");
    }
  }
  const std::string reason = !family ? fragment_matmul_problem(session, shape, variant)
                             : *family == Family::packed
                                 ? packed_matmul_problem(session, shape, variant)
                                 : tiled_matmul_problem(session, shape, variant);
  return reason.empty() ? Support::yes() : Support::no(reason);
}

std::unique_ptr<Prepared> prepare_matmul(const Session& session, const Problem& problem,
                                         std::string_view variant) {
  const MatmulShape shape = matmul_shape(problem);
  const auto family = choose_family(session, variant);
  if (family == Family::packed) return prepare_packed_matmul(session, problem, variant);
  if (!family) {
    return prepare_fragment_matmul(session, problem, fragment_path(session, shape), variant);
  }
  // Few rows don't fill a fragment.
  const bool many = shape.m > 16 && variant.empty();
  const InstructionPath* const path = many ? fragment_path(session, shape) : nullptr;
  return path != nullptr ? prepare_fragment_matmul(session, problem, path, variant)
                         : prepare_tiled_matmul(session, problem, variant);
}

Options matmul_options(const Session& session, const MatmulShape& shape) {
  Options options;
  const bool exact = shape.out == DType::s32;
  options.define("INTEGER", is_integer(shape) ? 1 : 0)
      .define("OUT_IS_S32", exact ? 1 : 0)
      .define("OUT_TYPE", name(exact ? DType::f32 : shape.out))
      .define("SCALES", is_integer(shape) && !exact ? 1 : 0)
      .define("BIAS", shape.bias ? 1 : 0)
      .define("ACTIVATION", static_cast<int>(shape.activation))
      .define("GROUPED", shape.group != 0 ? 1 : 0);
  if (shape.zero_points) options.define("ZERO_TYPE", name(*shape.zero_points));
  if (session.limits.fma) options.define("USE_FMA", 1);
  return options;
}

MatmulBuffers matmul_buffers(const Problem& problem, std::span<Buffer* const> tensors) {
  const cl_mem a = memory_of(*tensors[0]);
  const auto buffer = [&](std::string_view tensor) {
    return problem.find(tensor) == nullptr ? a : memory_of(*tensors[problem.index(tensor)]);
  };
  MatmulBuffers buffers{};
  buffers.a = a;
  buffers.b = buffer("b");
  buffers.a_scale = buffer("a_scale");
  const bool grouped = matmul_shape(problem).group != 0;
  buffers.b_scale = grouped ? a : buffer("b_scale");
  buffers.group_scale = grouped ? buffer("b_scale") : a;
  buffers.group_zero = buffer("b_zero_point");
  buffers.bias = buffer("bias");
  buffers.out = buffer("out");
  return buffers;
}

}  // namespace assay::opencl
