#include "backends/opencl/alu.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "backends/opencl/family.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/alu.hpp"
#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

// Accumulators that registers hold, beside what a step needs: there are 32 of 16 floats, and of ARM's,
// else 16.
std::int64_t most_accumulators(const Session& session, std::int64_t vector) {
#if defined(__aarch64__)
  constexpr std::int64_t many = 4;
#else
  constexpr std::int64_t many = 16;
#endif
  const bool few = choose_family(session, "") == Family::packed && vector < many;
  return few ? 12 : 24;
}

// How the chains of a problem are laid out here.
struct Layout {
  std::int64_t units, items, accumulators, width;
};

// What one step is made of.
struct Arithmetic {
  std::string_view name;                 // "fma", "mad", or that of the path
  const InstructionPath* dot = nullptr;  // with dot products, the path that has them
  bool half = false;                     // fma of f16
};

// Nothing where the device has no instruction for it.
std::optional<Arithmetic> arithmetic(const Session& session, const AluShape& s) {
  if (s.path == AluShape::Path::fma && s.dtype == DType::f32) {
    return Arithmetic{session.limits.fma ? "fma" : "mad"};
  }
  if (s.path == AluShape::Path::fma && s.dtype == DType::f16) {
    if (session.probes->find(session, "khr.fp16", DType::f16) == nullptr) return std::nullopt;
    return Arithmetic{"fma", nullptr, true};
  }
  if (s.path != AluShape::Path::dot) return std::nullopt;
  const int lanes = choose_family(session, "") == Family::packed ? 16 : 1;
  // The factors a of s8 chains aren't negative, so that unsigned ones serve as well.
  for (const DType dtype : {s.dtype, s.dtype == DType::s8 ? DType::u8 : s.dtype}) {
    const InstructionPath* path =
        session.probes->best(session, InstructionPath::Kind::tile, dtype, lanes);
    if (path != nullptr && path->k_unit == s.depth) return Arithmetic{path->name, path};
  }
  return std::nullopt;
}

std::int64_t vector_of(const Session& session, const Arithmetic& steps) {
  return steps.dot != nullptr ? steps.dot->lanes
                              : static_cast<std::int64_t>(session.limits.vector_width);
}

// That a work-item's vector of that width takes; of accelerators, where lanes have their own, one.
std::int64_t registers_of(const Session& session, std::int64_t width, std::int64_t vector) {
  if (choose_family(session, "") != Family::packed) return 1;
  return std::max<std::int64_t>((width + vector - 1) / vector, 1);
}

Layout layout_of(const Session& session, const AluShape& s, const Arithmetic& steps) {
  const bool wide = choose_family(session, "") == Family::packed;
  const std::int64_t vector = vector_of(session, steps);
  Layout best{};
  if (wide) {
    // A work-item is a thread.
    best = {session.info.compute_units, 1, most_accumulators(session, vector), vector};
  } else {
    // Pairs of f16, which most devices compute in one instruction.
    best = {8 * session.info.compute_units, 256, 12, steps.half ? 2 : 1};
    best.items =
        std::min<std::int64_t>(best.items, static_cast<std::int64_t>(session.limits.work_group));
  }
  const std::int64_t registers = registers_of(session, s.width, vector);
  return {s.units == 0 ? std::max<std::int64_t>(best.units, 1) : s.units,
          s.items == 0 ? best.items : s.items,
          s.accumulators == 0 ? std::max<std::int64_t>(best.accumulators / registers, 1)
                              : s.accumulators,
          s.width == 0 ? best.width : s.width};
}

// supports_alu() comes before.
Arithmetic needed(const std::optional<Arithmetic>& steps) {
  if (!steps) throw Error(Error::Kind::internal, "chains without an instruction");
  return *steps;
}

class Alu final : public Prepared {
 public:
  Alu(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(alu_shape(problem)),
        arithmetic_(needed(arithmetic(session, shape_))),
        layout_(layout_of(session, shape_, arithmetic_)),
        program_(build_program(session, alu_cl, options())) {}

  [[nodiscard]] std::string implementation() const override {
    return "chains_" + std::to_string(layout_.accumulators) + "x" + std::to_string(layout_.width) +
           (shape_.loads ? "_loads:" : ":") + std::string(arithmetic_.name);
  }
  [[nodiscard]] std::string path() const override {
    return problem_.word("dtype") + "." + problem_.word("path");
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    Launch launch;
    launch.kernel = make_kernel(session_, program_.get(), "alu");
    set_arguments(session_, launch.kernel.get(), memory_of(*tensors[0]), memory_of(*tensors[1]),
                  memory_of(*tensors[2]), memory_of(*tensors[3]),
                  static_cast<cl_int>(shape_.chains), static_cast<cl_int>(shape_.steps));
    launch.global = {static_cast<std::size_t>(layout_.units * layout_.items), 1, 1};
    launch.local = {static_cast<std::size_t>(layout_.items), 1, 1};
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options;
    const char* const real = shape_.sum == DType::s32 ? "int" : arithmetic_.half ? "half" : "float";
    options.define("REAL", real)
        .define("FACTOR", arithmetic_.dot != nullptr ? "uint" : real)
        .define("WIDTH", layout_.width)
        .define("ACCUMULATORS", layout_.accumulators);
    if (arithmetic_.dot != nullptr) {
      options.define("DOT", 1);
      choose_path(options, *arithmetic_.dot);
    } else {
      options.define("STEP", arithmetic_.name);
      if (arithmetic_.half) options.define("ENABLE_HALF", 1);
    }
    if (shape_.loads) options.define("LOADS", 1);
    return options;
  }

  const Session& session_;
  Problem problem_;
  AluShape shape_;
  Arithmetic arithmetic_;
  Layout layout_;
  Handle<cl_program> program_;
};

}  // namespace

bool is_matrix_alu(const Problem& problem) {
  return alu_shape(problem).path == AluShape::Path::matrix;
}

Support supports_alu(const Session& session, const Problem& problem) {
  const AluShape s = alu_shape(problem);
  const std::optional<Arithmetic> steps = arithmetic(session, s);
  if (!steps) {
    return Support::no("no instruction of ours for " + problem.word("path") + " in " +
                       problem.word("dtype") + " on this device");
  }
  const Layout layout = layout_of(session, s, *steps);
  if (steps->dot != nullptr && layout.width != steps->dot->lanes) {
    return Support::no(std::string(steps->name) + " takes vectors of " +
                       std::to_string(steps->dot->lanes));
  }
  // Their compilers make vectors of chains of scalars, of some numbers of them and not of others.
  if (layout.width == 1 && choose_family(session, "") == Family::packed) {
    return Support::no("a processor's compiler makes vectors of scalar chains");
  }
  const std::int64_t vector = vector_of(session, *steps);
  const std::int64_t most =
      most_accumulators(session, vector) / registers_of(session, layout.width, vector);
  if (layout.accumulators > most) {
    return Support::no("more than " + std::to_string(most) + " accumulators of that width");
  }
  if (static_cast<std::size_t>(layout.items) > session.limits.work_group) {
    return Support::no("the device has work-groups of at most " +
                       std::to_string(session.limits.work_group));
  }
  if (layout.units * layout.items > 2147483647) return Support::no("too many work-items");
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_alu(const Session& session, const Problem& problem) {
  return std::make_unique<Alu>(session, problem);
}

}  // namespace assay::opencl
