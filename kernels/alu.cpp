#include "kernels/alu.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/error.hpp"
#include "kernels/fill.hpp"
#include "kernels/parallel.hpp"
#include "kernels/random.hpp"
#include "kernels/selection.hpp"
#include "kernels/tensors.hpp"

namespace assay {
namespace {

// Steps that f16's rounding lets a chain remember.
constexpr std::int64_t half_memory = 64;

std::int64_t depth_of(DType dtype, AluShape::Path path) {
  switch (path) {
    case AluShape::Path::fma:
    case AluShape::Path::add:
      return 1;
    case AluShape::Path::dot:
      return 32 / bits(dtype);
    case AluShape::Path::matrix:
      return 256 / bits(dtype);
  }
  return 1;
}

void define(Problem& problem) {
  const AluShape s = alu_shape(problem);
  const std::string what = "dtype:" + problem.word("dtype") + " with path:" + problem.word("path");
  const bool integer = s.dtype == DType::s32;
  const bool fits = s.path == AluShape::Path::fma   ? s.dtype == DType::f32 || s.dtype == DType::f16
                    : s.path == AluShape::Path::add ? integer
                    : s.path == AluShape::Path::dot ? s.dtype != DType::f32 && !integer
                                                    : !integer;
  if (!fits) {
    throw usage_error(
        what + ": fma takes f32 and f16, dot f16, bf16 and s8, matrix these and f32, add s32");
  }
  if (s.steps % 2 != 0 || s.steps > 32768) {
    throw usage_error("steps:" + std::to_string(s.steps) + " must be even and at most 32768");
  }
  if (s.loads && (s.path == AluShape::Path::matrix || s.path == AluShape::Path::add)) {
    throw usage_error("path:" + problem.word("path") +
                      " takes its operands from registers: loads:0 only");
  }
  if (s.accumulators > 32) throw usage_error("accumulators must be from 0 to 32");
  if (s.width > 16 || (s.width & (s.width - 1)) != 0) {
    throw usage_error("width must be 0, 1, 2, 4, 8 or 16");
  }
  const std::int64_t rows = s.loads ? alu_table : 2;
  add_tensor(problem, {"x", {s.chains}, s.sum, Role::activation});
  add_tensor(problem, {"a", {2, s.depth}, s.dtype, Role::activation});
  if (s.path != AluShape::Path::add) {
    add_tensor(problem, {"b", {rows, s.depth}, s.dtype, Role::activation});
  }
  add_tensor(problem, {"out", {s.chains}, s.sum, Role::output});
}

Work work(const Problem& problem) {
  const AluShape s = alu_shape(problem);
  Work work;
  const double each = s.path == AluShape::Path::add ? 1.0 : 2.0;
  work.flops = each * static_cast<double>(s.chains) * static_cast<double>(s.steps) *
               static_cast<double>(s.depth);
  work.bytes_written = static_cast<double>(problem.output().bytes());
  work.bytes_read = static_cast<double>(problem.bytes()) - work.bytes_written;
  return work;
}

// Of the reference, which takes two steps at a time in closed form unless they load.
double multiply_adds(const Problem& problem) {
  const AluShape s = alu_shape(problem);
  const double each = s.loads ? static_cast<double>(s.steps * s.depth) : 8;
  return static_cast<double>(s.chains) * each;
}

void fill(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  const AluShape s = alu_shape(problem);
  const auto steps = static_cast<double>(s.steps);
  const auto draw = [&](std::uint64_t stream, std::int64_t i) {
    return random_bits(seed, stream, static_cast<std::uint64_t>(i));
  };
  const std::int64_t coefficients = problem.tensors[2].elements();
  if (s.path == AluShape::Path::add) {
    fill_each(s.sum, tensors[0], s.chains,
              [&](std::int64_t i) { return std::floor((2 * uniform(draw(0, i)) - 1) * 0x1p24); });
    fill_each(s.dtype, tensors[1], 2,
              [&](std::int64_t i) { return std::floor(60000 * uniform(draw(1, i))) - 30000; });
  } else if (s.path == AluShape::Path::fma) {
    const double memory =
        static_cast<double>(s.dtype == DType::f16 ? std::min(s.steps, half_memory) : s.steps);
    fill_normal(s.sum, tensors[0], seed, 0, 1.0);
    fill_each(s.dtype, tensors[1], 2, [&](std::int64_t i) {
      const double size = 1 - (0.5 + 0.5 * uniform(draw(1, i))) / memory;
      return i == 0 ? -size : size;
    });
    fill_normal(s.dtype, tensors[2], seed, 2, s.loads ? 1.0 / memory : 1.0);
  } else if (s.sum == DType::s32) {
    // The sums stay below 2^31: depth * largest * 127 * steps < 2^31 - 2^24.
    const double largest = std::floor(508.0 / static_cast<double>(s.depth)) + 1;
    fill_each(s.sum, tensors[0], s.chains,
              [&](std::int64_t i) { return std::floor((2 * uniform(draw(0, i)) - 1) * 0x1p24); });
    fill_each(s.dtype, tensors[1], 2 * s.depth,
              [&](std::int64_t i) { return std::floor(largest * uniform(draw(1, i))); });
    fill_each(s.dtype, tensors[2], coefficients,
              [&](std::int64_t i) { return std::floor(255 * uniform(draw(2, i))) - 127; });
  } else {
    fill_normal(s.sum, tensors[0], seed, 0, steps);
    fill_normal(s.dtype, tensors[1], seed, 1, 1.0);
    fill_normal(s.dtype, tensors[2], seed, 2, 1.0);
  }
}

struct Operands {
  AluShape shape;
  std::vector<double> x, a, b;
};

Operands operands_of(const Problem& problem, ConstTensorData tensors) {
  Operands o;
  o.shape = alu_shape(problem);
  const auto all = [&](std::size_t t, std::vector<double>& into) {
    into.resize(static_cast<std::size_t>(problem.tensors[t].elements()));
    load_row(problem.tensors[t].dtype, tensors[t].data(), 0, into);
  };
  all(0, o.x);
  all(1, o.a);
  if (o.shape.path != AluShape::Path::add) all(2, o.b);
  return o;
}

double dot(const Operands& o, std::int64_t row_a, std::int64_t row_b) {
  double sum = 0;
  for (std::int64_t l = 0; l < o.shape.depth; ++l) {
    sum += o.a[static_cast<std::size_t>(row_a * o.shape.depth + l)] *
           o.b[static_cast<std::size_t>(row_b * o.shape.depth + l)];
  }
  return sum;
}

Expected with_loads(const Operands& o, std::int64_t chain) {
  const AluShape& s = o.shape;
  Expected e;
  e.value = o.x[static_cast<std::size_t>(chain)];
  e.magnitude = std::abs(e.value);
  for (std::int64_t t = 0; t < s.steps; ++t) {
    const std::int64_t row = (chain + alu_shift * t) % alu_table;
    const double term =
        s.path == AluShape::Path::fma ? o.b[static_cast<std::size_t>(row)] : dot(o, t % 2, row);
    const double factor = s.path == AluShape::Path::fma ? o.a[static_cast<std::size_t>(t % 2)] : 1;
    e.value = factor * e.value + term;
    e.magnitude += std::abs(term);
  }
  return e;
}

Expected in_closed_form(const Operands& o, std::int64_t chain) {
  const AluShape& s = o.shape;
  const double pairs = static_cast<double>(s.steps) / 2;
  const double x = o.x[static_cast<std::size_t>(chain)];
  Expected e;
  if (s.path == AluShape::Path::fma) {
    // Two steps are x <- alpha x + beta; alpha is near -1.
    const double alpha = o.a[1] * o.a[0];
    const double beta = o.a[1] * o.b[0] + o.b[1];
    const double power = std::pow(alpha, pairs);
    e.value = power * x + beta * (1 - power) / (1 - alpha);
    e.magnitude = std::abs(x) + std::abs(o.b[0]) + std::abs(o.b[1]);
    return e;
  }
  if (s.path == AluShape::Path::add) {
    e.value = x + pairs * (o.a[0] + o.a[1]);
    e.magnitude = std::abs(x) + pairs * (std::abs(o.a[0]) + std::abs(o.a[1]));
    return e;
  }
  const double even = dot(o, 0, 0);
  const double odd = dot(o, 1, 1);
  e.value = x + pairs * (even + odd);
  double products = 0;
  for (std::size_t i = 0; i < o.a.size(); ++i) products += std::abs(o.a[i] * o.b[i]);
  e.magnitude = std::abs(x) + pairs * products;
  return e;
}

void reference(const Problem& problem, ConstTensorData tensors,
               std::span<const std::int64_t> selection, std::span<Expected> out) {
  const Operands o = operands_of(problem, tensors);
  const auto count = static_cast<std::int64_t>(selection.size());
  parallel_for(count, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      out[at] = o.shape.loads ? with_loads(o, selection[at]) : in_closed_form(o, selection[at]);
    }
  });
}

std::vector<std::int64_t> select(const Problem& problem, std::uint64_t seed, std::int64_t count) {
  return select_of_row(problem.output().elements(), seed, count);
}

Tolerance tolerance(const Problem& problem) {
  const AluShape s = alu_shape(problem);
  Tolerance t;
  if (s.sum == DType::s32) {
    t.absolute = 0.5;
    return t;
  }
  const bool half = s.sum == DType::f16;
  const auto remembered = static_cast<double>(half ? std::min(s.steps, 2 * half_memory) : s.steps);
  t.output = 2 * unit_roundoff(s.sum);
  const double roundings = s.path == AluShape::Path::fma ? 1 : 2;
  t.accumulation = roundings * unit_roundoff(s.sum) * remembered;
  t.absolute = half ? 0x1p-14 : 1e-30;
  return t;
}

}  // namespace

AluShape alu_shape(const Problem& problem) {
  AluShape s;
  s.dtype = problem.dtype();
  const std::string& path = problem.word("path");
  s.path = path == "fma"   ? AluShape::Path::fma
           : path == "dot" ? AluShape::Path::dot
           : path == "add" ? AluShape::Path::add
                           : AluShape::Path::matrix;
  s.sum = !is_float(s.dtype) ? DType::s32 : s.path == AluShape::Path::fma ? s.dtype : DType::f32;
  s.depth = depth_of(s.dtype, s.path);
  s.chains = problem.integer("chains");
  s.steps = problem.integer("steps");
  s.units = problem.integer("units");
  s.items = problem.integer("items");
  s.accumulators = problem.integer("accumulators");
  s.width = problem.integer("width");
  s.loads = problem.integer("loads") != 0;
  return s;
}

Kernel alu_kernel() {
  using Type = Key::Type;
  const auto zero = [](const Problem&) { return std::string("0"); };
  Kernel kernel;
  kernel.name = "alu";
  kernel.summary = "chains of multiply-adds: what the arithmetic units deliver";
  kernel.probe = true;
  kernel.keys = {
      {.name = "dtype",
       .type = Type::word,
       .help = "of the factors",
       .choices = {"f32", "f16", "bf16", "s8", "s32"},
       .always_named = true},
      {.name = "path",
       .type = Type::word,
       .help = "kind of instruction",
       .choices = {"fma", "dot", "matrix", "add"},
       .default_value =
           [](const Problem& so_far) {
             const std::string& dtype = so_far.word("dtype");
             if (dtype == "s32") return std::string("add");
             return std::string(dtype == "f32" || dtype == "f16" ? "fma" : "dot");
           },
       .always_named = true},
      {.name = "chains", .help = "independent chains in all", .always_named = true},
      {.name = "steps",
       .help = "of each chain; even, at most 32768",
       .minimum = 2,
       .default_value = [](const Problem&) { return std::string("8192"); }},
      {.name = "loads",
       .type = Type::flag,
       .help = "1: every step reads an operand from memory",
       .default_value = zero},
      {.name = "units",
       .help = "threads or work-groups; 0: the device's best",
       .minimum = 0,
       .default_value = zero},
      {.name = "items",
       .help = "work-items of a work-group; 0: the device's best",
       .minimum = 0,
       .default_value = zero},
      {.name = "accumulators",
       .help = "chains at the same time, in vectors; 0: the device's best",
       .minimum = 0,
       .default_value = zero},
      {.name = "width",
       .help = "elements of a vector; 0: the device's widest",
       .minimum = 0,
       .default_value = zero},
      {.name = "cache",
       .type = Type::word,
       .help = "there is little to keep in one",
       .choices = {"hot"},
       .default_value = [](const Problem&) { return std::string("hot"); }},
  };
  kernel.define = define;
  kernel.work = work;
  kernel.multiply_adds = multiply_adds;
  kernel.fill = fill;
  kernel.select = select;
  kernel.reference = reference;
  kernel.tolerance = tolerance;
  return kernel;
}

}  // namespace assay
