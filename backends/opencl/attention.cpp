#include "backends/opencl/attention.hpp"

#include <cmath>
#include <numbers>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t largest_d = 256;

// The kernel of matrix instructions, whether the device has any or not, or one of its configurations.
bool is_fragment(std::string_view variant) {
  return variant == "fragment" || variant.starts_with("fragment-");
}

}  // namespace

std::int64_t rows_of(const AttentionShape& shape) { return shape.q * shape.group(); }

Options attention_options(const Session& session, const AttentionShape& shape) {
  Options options;
  options.define("Q_TYPE", name(shape.dtype))
      .define("KV_TYPE", name(shape.kv_dtype))
      .define("KV_BYTES", bits(shape.kv_dtype) / 8)
      .define("KV_SCALED", shape.kv_dtype == DType::s8 ? 1 : 0)
      .define("CAUSAL", shape.causal ? 1 : 0)
      .define("D", shape.d);
  if (session.limits.fma) options.define("USE_FMA", 1);
  return options;
}

cl_float attention_scale(const AttentionShape& shape) {
  return static_cast<cl_float>(std::numbers::log2e / std::sqrt(static_cast<double>(shape.d)));
}

AttentionBuffers::AttentionBuffers(const Problem& problem, std::span<Buffer* const> tensors) {
  const auto buffer = [&](std::string_view tensor) {
    return memory_of(*tensors[problem.find(tensor) == nullptr ? 0 : problem.index(tensor)]);
  };
  q = buffer("q");
  k = buffer("k");
  v = buffer("v");
  k_scale = buffer("k_scale");
  v_scale = buffer("v_scale");
  out = buffer("out");
}

Support supports_attention(const Session& session, const Problem& problem,
                           std::string_view variant) {
  const auto family = choose_family(session, variant);
  if (!family && !is_fragment(variant)) {
    return Support::no("attention has no variant '" + std::string(variant) +
                       "' here; the variants are packed, tiled and fragment");
  }
  const AttentionShape s = attention_shape(problem);
  if (s.d > largest_d) {
    return Support::no("d:" + std::to_string(s.d) + " is above " + std::to_string(largest_d));
  }
  // Kernels count rows and keys in int, rounded up to whole tiles.
  constexpr std::int64_t largest = 2147483647 - 4096;
  if (s.kv > largest || rows_of(s) > largest) {
    return Support::no("more than " + std::to_string(largest) +
                       " keys, or queries of a group, don't fit the kernel's int");
  }
  for (const TensorSpec& spec : problem.tensors) {
    const auto reason =
        too_large(session, "tensor " + spec.name, static_cast<double>(spec.bytes()));
    if (!reason.empty()) return Support::no(reason);
  }
  const std::string reason = !family ? fragment_attention_problem(session, s, variant)
                             : *family == Family::packed ? packed_attention_problem(session, s)
                                                         : tiled_attention_problem(session, s);
  return reason.empty() ? Support::yes() : Support::no(reason);
}

std::unique_ptr<Prepared> prepare_attention(const Session& session, const Problem& problem,
                                            std::string_view variant) {
  const AttentionShape shape = attention_shape(problem);
  const bool by_default = variant.empty() && choose_family(session, variant) == Family::tiled &&
                          has_attention_instruction(session, shape);
  if (is_fragment(variant) || by_default) {
    return prepare_fragment_attention(session, problem, variant);
  }
  if (choose_family(session, variant) == Family::tiled) {
    return fits_lanes(session, shape) ? prepare_lanes_attention(session, problem)
                                      : prepare_tiled_attention(session, problem);
  }
  return few_rows(shape) ? prepare_decode_attention(session, problem)
                         : prepare_packed_attention(session, problem);
}

}  // namespace assay::opencl
