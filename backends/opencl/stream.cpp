#include "backends/opencl/stream.hpp"

#include <algorithm>
#include <bit>

#include "backends/opencl/family.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/stream.hpp"

namespace assay::opencl {
namespace {

struct Layout {
  std::int64_t units, items, width, accumulators = 4;
};

Layout layout_of(const Session& session, const StreamShape& s) {
  Layout layout{};
  const std::int64_t units = std::max<std::int64_t>(session.info.compute_units, 1);
  if (choose_family(session, "") == Family::packed) {
    layout = {units, 1, session.limits.vector_width};
  } else {
    // A power of two, for the tree of sums.
    const std::size_t items = std::bit_floor(std::min<std::size_t>(session.limits.work_group, 256));
    layout = {8 * units, static_cast<std::int64_t>(items), 4};
  }
  if (s.units != 0) layout.units = s.units;
  if (s.items != 0) layout.items = s.items;
  if (s.width != 0) layout.width = s.width;
  if (s.accumulators != 0) layout.accumulators = s.accumulators;
  return layout;
}

const char* kernel_name(StreamShape::Op op) {
  switch (op) {
    case StreamShape::Op::read:
      return "stream_read";
    case StreamShape::Op::copy:
      return "stream_copy";
    case StreamShape::Op::triad:
    case StreamShape::Op::triad_nt:
      break;
  }
  return "stream_triad";
}

class Stream final : public Prepared {
 public:
  Stream(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(stream_shape(problem)),
        layout_(layout_of(session, shape_)),
        program_(build_program(session, stream_cl,
                               Options()
                                   .define("ITEMS", layout_.items)
                                   .define("WIDTH", layout_.width)
                                   .define("ACCUMULATORS", layout_.accumulators))) {}

  [[nodiscard]] std::string implementation() const override {
    const std::string name =
        "stream_" + std::to_string(layout_.items) + "x" + std::to_string(layout_.width);
    return shape_.accumulators == 0 ? name : name + "x" + std::to_string(layout_.accumulators);
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    Launch launch;
    launch.kernel = make_kernel(session_, program_.get(), kernel_name(shape_.op));
    const std::size_t second = tensors.size() == 3 ? 1 : 0;  // where there is no second input
    set_arguments(session_, launch.kernel.get(), memory_of(*tensors.front()),
                  memory_of(*tensors[second]), memory_of(*tensors.back()),
                  static_cast<cl_long>(shape_.n), static_cast<cl_int>(shape_.passes));
    launch.global = {static_cast<std::size_t>(layout_.units * layout_.items), 1, 1};
    launch.local = {static_cast<std::size_t>(layout_.items), 1, 1};
    std::vector<Launch> launches;
    launches.push_back(std::move(launch));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  const Session& session_;
  Problem problem_;
  StreamShape shape_;
  Layout layout_;
  Handle<cl_program> program_;
};

}  // namespace

Support supports_stream(const Session& session, const Problem& problem) {
  const StreamShape s = stream_shape(problem);
  if (s.op == StreamShape::Op::triad_nt) {
    return Support::no("OpenCL C has no store past the caches");
  }
  const Layout layout = layout_of(session, s);
  if (layout.accumulators > 8 || (layout.accumulators & (layout.accumulators - 1)) != 0) {
    return Support::no("no code for accumulators:" + std::to_string(layout.accumulators));
  }
  if (layout.width == 1 && choose_family(session, "") == Family::packed) {
    return Support::no("a processor's compiler makes vectors of scalar sums");
  }
  if (static_cast<std::size_t>(layout.items) > session.limits.work_group) {
    return Support::no("the device has work-groups of at most " +
                       std::to_string(session.limits.work_group));
  }
  if (layout.units * layout.items > 2147483647) return Support::no("too many work-items");
  for (const TensorSpec& spec : problem.tensors) {
    const auto reason =
        too_large(session, "tensor " + spec.name, static_cast<double>(spec.bytes()));
    if (!reason.empty()) return Support::no(reason);
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_stream(const Session& session, const Problem& problem) {
  return std::make_unique<Stream>(session, problem);
}

}  // namespace assay::opencl
