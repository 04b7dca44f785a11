#include "kernels/stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/error.hpp"
#include "kernels/fill.hpp"
#include "kernels/parallel.hpp"
#include "kernels/random.hpp"
#include "kernels/selection.hpp"
#include "kernels/tensors.hpp"

namespace assay {
namespace {

std::int64_t arrays(StreamShape::Op op) {
  switch (op) {
    case StreamShape::Op::read:
      return 1;
    case StreamShape::Op::copy:
      return 2;
    case StreamShape::Op::triad:
    case StreamShape::Op::triad_nt:
      return 3;
  }
  return 1;
}

bool is_triad(StreamShape::Op op) { return arrays(op) == 3; }

void define(Problem& problem) {
  const StreamShape s = stream_shape(problem);
  if (s.n < 1) {
    throw usage_error("bytes:" + std::to_string(problem.integer("bytes")) +
                      " is less than one element of each array");
  }
  if ((s.items & (s.items - 1)) != 0) {
    throw usage_error("items:" + std::to_string(s.items) + " must be 0 or a power of two");
  }
  if (s.op != StreamShape::Op::read && (s.accumulators != 0 || s.width != 0)) {
    throw usage_error("accumulators and width are of op:read");
  }
  if (s.accumulators > 32) throw usage_error("accumulators must be from 0 to 32");
  if (s.width > 16 || (s.width & (s.width - 1)) != 0) {
    throw usage_error("width must be 0, 1, 2, 4, 8 or 16");
  }
  add_tensor(problem, {"in", {s.n}, DType::f32, Role::activation});
  if (is_triad(s.op)) add_tensor(problem, {"in2", {s.n}, DType::f32, Role::activation});
  const std::int64_t sums = (s.n + stream_block - 1) / stream_block;
  add_tensor(problem,
             {"out", {s.op == StreamShape::Op::read ? sums : s.n}, DType::f32, Role::output});
}

Work work(const Problem& problem) {
  const StreamShape s = stream_shape(problem);
  const double array = 4.0 * static_cast<double>(s.n) * static_cast<double>(s.passes);
  Work work;
  work.flops = s.op == StreamShape::Op::copy ? 0 : array / 4 * (is_triad(s.op) ? 2 : 1);
  work.bytes_read = array * (is_triad(s.op) ? 2 : 1);
  work.bytes_written = s.op == StreamShape::Op::read ? 0 : array;
  return work;
}

double multiply_adds(const Problem& problem) {
  return static_cast<double>(stream_shape(problem).n);
}

// Uniform in [-1, 1), two values a hash: these arrays are large.
void fill(const Problem& problem, std::uint64_t seed, TensorData tensors) {
  for (std::size_t t = 0; t + 1 < problem.tensors.size(); ++t) {
    std::byte* const data = tensors[t].data();
    const std::int64_t pairs = problem.tensors[t].elements() / 2;
    const auto two = [&](std::int64_t i) {
      const std::uint64_t random = random_bits(seed, t, static_cast<std::uint64_t>(i));
      const auto value = [](std::uint64_t bits) {
        return static_cast<float>(static_cast<std::int64_t>(bits) - 0x800000) * 0x1p-23F;
      };
      return std::array{value(random & 0xffffffU), value((random >> 32U) & 0xffffffU)};
    };
    parallel_for(pairs, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) std::memcpy(data + 8 * i, two(i).data(), 8);
    });
    if (problem.tensors[t].elements() % 2 != 0) std::memcpy(data + 8 * pairs, two(pairs).data(), 4);
  }
}

Expected sum_of(const StreamShape& s, ConstTensorData tensors, std::int64_t j) {
  std::array<double, stream_block> values;
  const std::int64_t first = j * stream_block;
  const auto count = static_cast<std::size_t>(std::min(stream_block, s.n - first));
  load_row(DType::f32, tensors[0].data(), first, std::span(values.data(), count));
  Expected e;
  for (std::size_t i = 0; i < count; ++i) {
    e.value += values[i];
    e.magnitude += std::abs(values[i]);
  }
  e.value *= static_cast<double>(s.passes);
  e.magnitude *= static_cast<double>(s.passes);
  return e;
}

void reference(const Problem& problem, ConstTensorData tensors,
               std::span<const std::int64_t> selection, std::span<Expected> out) {
  const StreamShape s = stream_shape(problem);
  const auto count = static_cast<std::int64_t>(selection.size());
  const auto element = [&](std::size_t tensor, std::int64_t i) {
    return load(DType::f32, tensors[tensor].data(), i);
  };
  parallel_for(count, s.op == StreamShape::Op::read ? 16 : 1 << 14,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const auto at = static_cast<std::size_t>(i);
                   const std::int64_t index = selection[at];
                   if (s.op == StreamShape::Op::read) {
                     out[at] = sum_of(s, tensors, index);
                     continue;
                   }
                   const double first = element(0, index);
                   const double product = is_triad(s.op) ? 3 * element(1, index) : 0;
                   out[at] = {first + product, std::abs(first) + std::abs(product), 0};
                 }
               });
}

std::vector<std::int64_t> select(const Problem& problem, std::uint64_t seed, std::int64_t count) {
  return select_of_row(problem.output().elements(), seed, count);
}

Tolerance tolerance(const Problem& problem) {
  const StreamShape s = stream_shape(problem);
  const double u = unit_roundoff(DType::f32);
  Tolerance t;
  if (s.op == StreamShape::Op::read) {
    t.output = u;
    t.accumulation = 128 * u;
  } else if (is_triad(s.op)) {
    t.accumulation = 2 * u;
  }
  t.absolute = 1e-30;
  return t;
}

}  // namespace

StreamShape stream_shape(const Problem& problem) {
  StreamShape s;
  const std::string& op = problem.word("op");
  s.op = op == "read"    ? StreamShape::Op::read
         : op == "copy"  ? StreamShape::Op::copy
         : op == "triad" ? StreamShape::Op::triad
                         : StreamShape::Op::triad_nt;
  s.n = problem.integer("bytes") / (4 * arrays(s.op));
  s.passes = problem.integer("passes");
  s.units = problem.integer("units");
  s.items = problem.integer("items");
  s.accumulators = problem.integer("accumulators");
  s.width = problem.integer("width");
  return s;
}

Kernel stream_kernel() {
  using Type = Key::Type;
  Kernel kernel;
  kernel.name = "stream";
  kernel.summary = "arrays read and written in order: what the memory delivers";
  kernel.probe = true;
  kernel.keys = {
      {.name = "op",
       .type = Type::word,
       .help = "what is done with the arrays",
       .choices = {"read", "copy", "triad", "triad_nt"},
       .always_named = true},
      {.name = "bytes", .help = "of all arrays together", .minimum = 4, .always_named = true},
      {.name = "passes",
       .help = "through the arrays in one call",
       .default_value = [](const Problem&) { return std::string("1"); }},
      {.name = "units",
       .help = "threads or work-groups; 0: the device's best",
       .minimum = 0,
       .default_value = [](const Problem&) { return std::string("0"); }},
      {.name = "items",
       .help = "work-items of a work-group, a power of two; 0: the device's best",
       .minimum = 0,
       .default_value = [](const Problem&) { return std::string("0"); }},
      {.name = "accumulators",
       .help = "of read: sums at the same time, in vectors; 0: the device's best",
       .minimum = 0,
       .default_value = [](const Problem&) { return std::string("0"); }},
      {.name = "width",
       .help = "of read: elements of a vector; 0: the device's best",
       .minimum = 0,
       .default_value = [](const Problem&) { return std::string("0"); }},
      {.name = "cache",
       .type = Type::word,
       .help = "state of the caches before each call",
       .choices = {"cold", "hot"},
       .default_value = [](const Problem&) { return std::string("cold"); }},
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
