#include "kernels/attention.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/attention_reference.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"
#include "kernels/tensors.hpp"

namespace assay {
namespace {

void define(Problem& problem) {
  const AttentionShape s = attention_shape(problem);
  if (s.heads % s.kv_heads != 0) {
    throw usage_error(no_divisor("kv_heads", s.kv_heads, "heads", s.heads));
  }
  if (s.kv_dtype != s.dtype && s.kv_dtype != DType::s8) {
    throw usage_error("dtype:" + problem.word("dtype") +
                      " with kv_dtype:" + problem.word("kv_dtype") + ": kv_dtype must be " +
                      problem.word("dtype") + " or s8");
  }
  add_tensor(problem, {"q", {s.batch, s.heads, s.q, s.d}, s.dtype, Role::activation});
  for (const char* name : {"k", "v"}) {
    add_tensor(problem, {name, {s.batch, s.kv_heads, s.kv, s.d}, s.kv_dtype, Role::kv_cache});
  }
  if (s.kv_dtype == DType::s8) {
    for (const char* name : {"k_scale", "v_scale"}) {
      add_tensor(problem, {name, {s.batch, s.kv_heads, s.kv}, DType::f32, Role::kv_cache});
    }
  }
  add_tensor(problem, {"out", {s.batch, s.heads, s.q, s.d}, s.dtype, Role::output});
}

double multiply_adds(const Problem& problem) {
  const AttentionShape s = attention_shape(problem);
  return 2.0 * static_cast<double>(s.batch * s.heads) * static_cast<double>(s.pairs()) *
         static_cast<double>(s.d);
}

Work work(const Problem& problem) {
  Work work;
  work.flops = 2.0 * multiply_adds(problem);
  work.bytes_written = static_cast<double>(problem.output().bytes());
  work.bytes_read = static_cast<double>(problem.bytes()) - work.bytes_written;
  return work;
}

Tolerance tolerance(const Problem& problem) {
  const AttentionShape s = attention_shape(problem);
  const double u = unit_roundoff(DType::f32);
  const double rounded = s.dtype == DType::f32 ? 0.0 : unit_roundoff(s.dtype);
  const bool dequantised = s.kv_dtype == DType::s8;
  Tolerance t;
  t.output = unit_roundoff(s.dtype) + 4.0 * u;
  t.accumulation =
      (16.0 + 4.0 * std::sqrt(static_cast<double>(s.kv))) * u + (dequantised ? 1.5 : 1.0) * rounded;
  t.sensitivity =
      (16.0 + 8.0 * std::sqrt(static_cast<double>(s.d))) * u + (dequantised ? 4.5 : 3.0) * rounded;
  t.absolute = s.dtype == DType::f16 ? 0x1p-14 : 1e-30;
  return t;
}

}  // namespace

std::int64_t AttentionShape::visible(std::int64_t row) const {
  return causal ? std::clamp<std::int64_t>(row + 1 + kv - q, 0, kv) : kv;
}

std::int64_t AttentionShape::pairs() const {
  if (!causal) return q * kv;
  // Rows that see at least one key see 1 + (kv - q) + row of them, up to kv on the last row.
  const std::int64_t rows = std::min(q, kv);
  const std::int64_t fewest = kv - rows + 1;
  return rows * (fewest + kv) / 2;
}

AttentionShape attention_shape(const Problem& problem) {
  AttentionShape s;
  s.batch = problem.integer("batch");
  s.heads = problem.integer("heads");
  s.kv_heads = problem.integer("kv_heads");
  s.q = problem.integer("q");
  s.kv = problem.integer("kv");
  s.d = problem.integer("d");
  s.causal = problem.integer("causal") != 0;
  s.dtype = problem.dtype();
  s.kv_dtype = problem.dtype("kv_dtype");
  return s;
}

Kernel attention_kernel() {
  using Type = Key::Type;
  Kernel kernel;
  kernel.name = "attention";
  kernel.summary = "scaled dot-product attention";
  kernel.keys = {
      {.name = "dtype",
       .type = Type::word,
       .help = "of queries and output",
       .choices = {"f32", "f16", "bf16"},
       .always_named = true},
      {.name = "batch",
       .help = "sequences",
       .default_value = [](const Problem&) { return std::string("1"); },
       .always_named = true},
      {.name = "heads", .help = "query heads", .always_named = true},
      {.name = "kv_heads",
       .help = "key and value heads; divides heads",
       .default_value = [](const Problem& p) { return std::to_string(p.integer("heads")); },
       .always_named = true},
      {.name = "q", .help = "queries of a sequence", .always_named = true},
      {.name = "kv",
       .help = "keys of a sequence",
       .default_value = [](const Problem& p) { return std::to_string(p.integer("q")); },
       .always_named = true},
      {.name = "d", .help = "size of a head", .always_named = true},
      {.name = "causal",
       .type = Type::flag,
       .help = "1: no query sees a later key; aligned bottom-right",
       .default_value = [](const Problem&) { return std::string("0"); }},
      {.name = "kv_dtype",
       .type = Type::word,
       .help = "of keys and values",
       .choices = {"f32", "f16", "bf16", "s8"},
       .default_value = [](const Problem& p) { return p.word("dtype"); }},
      {.name = "cache",
       .type = Type::word,
       .help = "state of the caches before each call",
       .choices = {"cold", "hot"},
       .default_value = [](const Problem&) { return std::string("cold"); }},
  };
  kernel.define = define;
  kernel.work = work;
  kernel.multiply_adds = multiply_adds;
  kernel.fill = fill_attention;
  kernel.select = select_attention;
  kernel.reference = reference_attention;
  kernel.tolerance = tolerance;
  kernel.bounds = bound_attention;
  return kernel;
}

}  // namespace assay
