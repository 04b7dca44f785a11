// Chains of matrix instructions.
#include <algorithm>

#include "backends/opencl/alu.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/alu.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t sub_groups = 4;         // of a work-group
constexpr std::int64_t groups_each = 3;        // of a compute unit
constexpr std::int64_t most_accumulators = 8;  // of a sub-group: 256 chains each
constexpr std::int64_t fragment_chains = 256;
constexpr std::int64_t plain_lanes = 16;

// The instruction whose file tells which sums a work-item holds.
const InstructionPath* instruction(const Session& session, const AluShape& s) {
  return session.probes->find(session, "nvidia.mma", s.dtype);
}

std::int64_t accumulators(const AluShape& s) {
  return s.accumulators == 0 ? most_accumulators : s.accumulators;
}

class AluMatrix final : public Prepared {
 public:
  AluMatrix(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(alu_shape(problem)),
        path_(instruction(session, shape_)),
        program_(build_program(session, alu_matrix_cl, options())) {}

  [[nodiscard]] std::string implementation() const override {
    return "fragments_" + std::to_string(accumulators(shape_)) + ":" +
           std::string(path_ == nullptr ? "plain" : path_->name);
  }
  [[nodiscard]] std::string path() const override {
    return problem_.word("dtype") + "." + problem_.word("path");
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const std::int64_t items = sub_groups * (path_ == nullptr ? plain_lanes : path_->lanes);
    const std::int64_t units = std::max<std::int64_t>(session_.info.compute_units, 1);
    const std::int64_t groups = shape_.units == 0 ? groups_each * units : shape_.units;
    Launch launch;
    launch.kernel = make_kernel(session_, program_.get(), "alu_matrix");
    set_arguments(session_, launch.kernel.get(), memory_of(*tensors[0]), memory_of(*tensors[1]),
                  memory_of(*tensors[2]), memory_of(*tensors[3]),
                  static_cast<cl_int>(shape_.chains), static_cast<cl_int>(shape_.steps));
    launch.global = {static_cast<std::size_t>(groups * items), 1, 1};
    launch.local = {static_cast<std::size_t>(items), 1, 1};
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options;
    if (path_ != nullptr) {
      choose_path(options, *path_);
    } else {
      options.define("FRAGMENT_TYPE", name(shape_.dtype));
    }
    return options.define("SUB_GROUPS", sub_groups).define("ACCUMULATORS", accumulators(shape_));
  }

  const Session& session_;
  Problem problem_;
  AluShape shape_;
  const InstructionPath* path_;
  Handle<cl_program> program_;
};

}  // namespace

Support supports_alu_matrix(const Session& session, const Problem& problem, bool checking) {
  const AluShape s = alu_shape(problem);
  if (s.path != AluShape::Path::matrix) return Support::no("fragments are of path:matrix");
  if (s.dtype == DType::f32) return Support::no("no instruction of ours for matrix in f32");
  if (!checking && instruction(session, s) == nullptr) {
    return Support::no("no instruction of ours for matrix in " + problem.word("dtype") +
                       " on this device");
  }
  if (s.width > 1 || s.items != 0) return Support::no("sub-groups have a width of their own");
  if (accumulators(s) > most_accumulators) {
    return Support::no("more than " + std::to_string(most_accumulators) + " accumulators");
  }
  constexpr std::int64_t most = std::int64_t{1} << 30U;
  if (s.chains > most || s.units * most_accumulators * sub_groups * fragment_chains > most) {
    return Support::no("too many chains");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_alu_matrix(const Session& session, const Problem& problem) {
  return std::make_unique<AluMatrix>(session, problem);
}

}  // namespace assay::opencl
