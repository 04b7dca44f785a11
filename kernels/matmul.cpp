#include "kernels/matmul.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "kernels/matmul_reference.hpp"
#include "kernels/suggest.hpp"
#include "kernels/tensors.hpp"

namespace assay {
namespace {

std::string default_weights(const Problem& problem) {
  const std::string& dtype = problem.word("dtype");
  return dtype == "u8" ? "s8" : dtype;
}

std::string default_out(const Problem& problem) {
  const std::string& dtype = problem.word("dtype");
  return dtype == "s8" || dtype == "u8" ? "f32" : dtype;
}

std::vector<std::int64_t> batched(std::int64_t batch, std::vector<std::int64_t> shape) {
  if (batch > 1) shape.insert(shape.begin(), batch);
  return shape;
}

void check_dtypes(const MatmulShape& s, const Problem& problem) {
  const bool integer = s.dtype == DType::s8 || s.dtype == DType::u8;
  const std::string pair = "dtype:" + problem.word("dtype") + " with ";
  if (integer && s.weights != DType::s8) {
    throw usage_error(pair + "weights:" + problem.word("weights") + ": the weights must be s8");
  }
  // Of the largest products, so that no sum leaves s32.
  const std::int64_t deepest =
      std::numeric_limits<std::int32_t>::max() / (s.dtype == DType::u8 ? 255 * 128 : 128 * 128);
  if (integer && s.k > deepest) {
    throw usage_error(pair + "k:" + std::to_string(s.k) + ": sums of more than " +
                      std::to_string(deepest) + " products don't fit into s32");
  }
  if (!integer && is_float(s.weights) && s.weights != s.dtype) {
    throw usage_error(pair + "weights:" + problem.word("weights") + ": the weights must be " +
                      problem.word("dtype") + ", s8, s4 or u4");
  }
  const std::string float_out = s.dtype == DType::f32 ? "f32" : problem.word("dtype") + " or f32";
  const bool out_fits = integer ? s.out != DType::f16 : s.out == s.dtype || s.out == DType::f32;
  if (!out_fits) {
    throw usage_error(pair + "out:" + problem.word("out") + ": the output must be " +
                      (integer ? "f32, bf16 or s32" : float_out));
  }
  if (s.out == DType::s32 && problem.word("epilogue") != "none") {
    throw usage_error("out:s32 is the exact sum and takes no epilogue");
  }
}

void check_quantisation(const MatmulShape& s, const Problem& problem) {
  const std::int64_t group = problem.integer("group");
  const bool weight_only = s.group != 0;
  if (!weight_only && group != 0) {
    throw usage_error("group:" + std::to_string(group) +
                      " needs quantised weights: weights:s8, s4 or u4 with a float dtype");
  }
  if (!weight_only && s.zero_points) {
    throw usage_error("zero_points:" + problem.word("zero_points") +
                      " needs quantised weights: weights:s8, s4 or u4 with a float dtype");
  }
  if (weight_only && (!s.b_transposed || s.a_transposed)) {
    throw usage_error("weights:" + problem.word("weights") + " needs layout:nt");
  }
  if (bits(s.weights) == 4 && (s.k % 2 != 0 || s.group % 2 != 0)) {
    throw usage_error("weights:" + problem.word("weights") + " needs an even k and group, not k:" +
                      std::to_string(s.k) + " and group:" + std::to_string(group));
  }
  if (group != 0 && s.k % group != 0) {
    throw usage_error(no_divisor("group", group, "k", s.k, bits(s.weights) == 4 ? 2 : 1));
  }
}

void define(Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  check_dtypes(s, problem);
  check_quantisation(s, problem);
  using Shape = std::vector<std::int64_t>;
  const Role b_role = s.constant ? Role::weight : Role::activation;
  add_tensor(problem, {"a", batched(s.batch, s.a_transposed ? Shape{s.k, s.m} : Shape{s.m, s.k}),
                       s.dtype, Role::activation});
  add_tensor(problem, {"b", batched(s.batch, s.b_transposed ? Shape{s.n, s.k} : Shape{s.k, s.n}),
                       s.weights, b_role});
  const bool integer = s.dtype == DType::s8 || s.dtype == DType::u8;
  if (integer && s.out != DType::s32) {
    add_tensor(problem, {"a_scale", {s.batch}, DType::f32, Role::activation});
    add_tensor(problem, {"b_scale", batched(s.batch, {s.n}), DType::f32, b_role});
  }
  if (s.group != 0) {
    const Shape groups = batched(s.batch, {s.n, s.k / s.group});
    add_tensor(problem, {"b_scale", groups, DType::f16, b_role});
    if (s.zero_points) add_tensor(problem, {"b_zero_point", groups, *s.zero_points, b_role});
  }
  if (s.bias) add_tensor(problem, {"bias", batched(s.batch, {s.n}), DType::f32, b_role});
  add_tensor(problem, {"out", batched(s.batch, {s.m, s.n}), s.out, Role::output});
}

double multiply_adds(const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  return static_cast<double>(s.batch) * static_cast<double>(s.m) * static_cast<double>(s.n) *
         static_cast<double>(s.k);
}

Work work(const Problem& problem) {
  Work work;
  work.flops = 2.0 * multiply_adds(problem);
  work.bytes_written = static_cast<double>(problem.output().bytes());
  work.bytes_read = static_cast<double>(problem.bytes()) - work.bytes_written;
  return work;
}

Tolerance tolerance(const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  Tolerance t;
  if (s.out == DType::s32) {
    t.absolute = 0.5;
    return t;
  }
  const double u = unit_roundoff(DType::f32);
  // gelu and silu are nowhere steeper than this.
  const double slope = s.activation == MatmulShape::Activation::none ? 1.0 : 1.13;
  const double terms = is_float(s.dtype) ? static_cast<double>(s.k) : 1.0;
  t.output = unit_roundoff(s.out) + 4.0 * u;
  t.accumulation = slope * 4.0 * std::sqrt(terms) * u;
  if (s.activation == MatmulShape::Activation::gelu) t.accumulation += 6.0 * u;
  if (s.group != 0) t.sensitivity = slope * 6.0 * unit_roundoff(s.dtype);
  t.absolute = s.out == DType::f16 ? 0x1p-14 : 1e-30;
  return t;
}

}  // namespace

MatmulShape matmul_shape(const Problem& problem) {
  MatmulShape s;
  s.m = problem.integer("m");
  s.n = problem.integer("n");
  s.k = problem.integer("k");
  s.batch = problem.integer("batch");
  s.dtype = problem.dtype();
  s.weights = problem.dtype("weights");
  s.out = problem.dtype("out");
  if (is_float(s.dtype) && !is_float(s.weights)) {
    s.group = problem.integer("group") == 0 ? s.k : problem.integer("group");
  }
  s.zero_points = parse_dtype(problem.word("zero_points"));
  s.a_transposed = problem.word("layout") == "tn";
  s.b_transposed = problem.word("layout") == "nt";
  s.constant = problem.integer("constant") != 0;
  const std::string& epilogue = problem.word("epilogue");
  s.bias = epilogue.starts_with("bias");
  if (epilogue.ends_with("gelu")) s.activation = MatmulShape::Activation::gelu;
  if (epilogue.ends_with("silu")) s.activation = MatmulShape::Activation::silu;
  return s;
}

Kernel matmul_kernel() {
  using Type = Key::Type;
  const auto one = [](const Problem&) { return std::string("1"); };
  const auto zero = [](const Problem&) { return std::string("0"); };
  const auto none = [](const Problem&) { return std::string("none"); };
  Kernel kernel;
  kernel.name = "matmul";
  kernel.summary = "matrix product of a linear layer";
  kernel.keys = {
      {.name = "dtype",
       .type = Type::word,
       .help = "of the activations",
       .choices = {"f32", "f16", "bf16", "s8", "u8"},
       .always_named = true},
      {.name = "m", .help = "rows: tokens", .always_named = true},
      {.name = "n", .help = "columns: output features", .always_named = true},
      {.name = "k", .help = "inner size: input features", .always_named = true},
      {.name = "batch", .help = "independent products", .default_value = one},
      {.name = "weights",
       .type = Type::word,
       .help = "dtype of the weights",
       .choices = {"f32", "f16", "bf16", "s8", "s4", "u4"},
       .default_value = default_weights},
      {.name = "out",
       .type = Type::word,
       .help = "dtype of the output",
       .choices = {"f32", "f16", "bf16", "s32"},
       .default_value = default_out},
      {.name = "group",
       .help = "elements along k that share a scale; 0: all",
       .minimum = 0,
       .default_value = zero},
      {.name = "zero_points",
       .type = Type::word,
       .help = "dtype of the weights' zero points",
       .choices = {"none", "u8", "u4"},
       .default_value = none},
      {.name = "layout",
       .type = Type::word,
       .help = "n: stored as multiplied, t: transposed; A then B",
       .choices = {"nt", "nn", "tn"},
       .default_value = [](const Problem&) { return std::string("nt"); }},
      {.name = "constant",
       .type = Type::flag,
       .help = "1: B may be packed once, outside the timed region",
       .default_value = one},
      {.name = "epilogue",
       .type = Type::word,
       .help = "applied before the output is rounded",
       .choices = {"none", "bias", "gelu", "silu", "bias_gelu", "bias_silu"},
       .default_value = none},
      {.name = "cache",
       .type = Type::word,
       .help = "state of the caches before each call",
       .choices = {"cold", "hot"},
       .default_value = [](const Problem&) { return std::string("cold"); }},
  };
  kernel.define = define;
  kernel.work = work;
  kernel.multiply_adds = multiply_adds;
  kernel.fill = fill_matmul;
  kernel.select = select_matmul;
  kernel.reference = reference_matmul;
  kernel.tolerance = tolerance;
  kernel.project = project_matmul;
  return kernel;
}

}  // namespace assay
