// The memory of our own that calls on onednn work in: how much there is, and when it is placed.
#include <gmock/gmock.h>
#include <malloc.h>

#include <fstream>
#include <string>
#include <vector>

#include "backends/onednn/device.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

// In KiB.
std::int64_t peak_resident() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      std::int64_t kib = 0;
      status >> kib;
      return kib;
    }
  }
  return 0;
}

// The same once earlier peaks are forgotten.
std::int64_t resident() {
  std::ofstream("/proc/self/clear_refs") << "5";
  const std::int64_t kib = peak_resident();
  EXPECT_GT(kib, 0);
  return kib;
}

class OnednnMemory : public testing::Test {
 protected:
  // Large memory always comes from the system, untouched: what was freed before can't hide it.
  static void SetUpTestSuite() { mallopt(M_MMAP_THRESHOLD, 256 << 10); }

  // A problem's tensors, all of them touched.
  std::vector<Buffer*> allocate(const Problem& problem) {
    std::vector<Buffer*> arguments;
    for (const TensorSpec& spec : problem.tensors) {
      buffers_.push_back(device_->allocate(spec.bytes()));
      arguments.push_back(buffers_.back().get());
      device_->copy_in(*buffers_.back(), std::vector<std::byte>(spec.bytes()));
    }
    return arguments;
  }

  void call(const std::vector<std::unique_ptr<Bound>>& bounds) {
    std::vector<Bound*> ring;
    for (const auto& each : bounds) ring.push_back(each.get());
    const auto queue = device_->queue();
    queue->submit(ring, static_cast<std::int64_t>(ring.size()));
    queue->wait();
  }

  // Peak memory beyond the tensors of a ring of calls, in KiB.
  std::int64_t beyond_tensors(const Problem& problem, const std::string& variant, int ring) {
    const std::vector<Buffer*> arguments = allocate(problem);
    const std::int64_t before = resident();
    const auto prepared = device_->prepare(problem, variant);
    std::vector<std::unique_ptr<Bound>> bounds;
    for (int i = 0; i < ring; ++i) bounds.push_back(prepared->bind(arguments));
    call(bounds);
    buffers_.clear();
    return peak_resident() - before;
  }

  template <class Measure>
  void for_each_work(const Measure& measure);

  std::unique_ptr<Device> device_ = onednn::make_backend()->open("0");
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

// A score matrix of this problem would be 256 MiB.
TEST_F(OnednnMemory, LongAttentionNeedsLittle) {
  for (const char* dtype : {"f32", "bf16", "f16"}) {
    const Problem problem =
        parse_problem("attention/dtype:" + std::string(dtype) + "/heads:1/q:8192/d:64/causal:1");
    EXPECT_LT(beyond_tensors(problem, "", 1), 64 * 1024) << dtype;
  }
}

// Its score matrix would be 4 GiB.
TEST_F(OnednnMemory, HeadOf32kNeedsLittle) {
  for (const char* variant : {"", "brgemm"}) {
    for (const char* rest :
         {"f32/heads:1/q:32768/d:64/causal:1", "f32/heads:1/q:32768/d:128/causal:1",
          "bf16/heads:1/q:32768/d:128/causal:1", "f16/heads:1/q:32768/d:128/causal:1"}) {
      const Problem problem = parse_problem("attention/dtype:" + std::string(rest));
      if (!device_->supports(problem, variant)) continue;
      EXPECT_LT(beyond_tensors(problem, variant, 1), 200 * 1024) << rest << variant;
    }
  }
}

// Nor does a ring of them, of which each has some of the rows only so that it takes less time.
TEST_F(OnednnMemory, RingsOfKeysOf32kNeedLittle) {
  for (const char* variant : {"", "brgemm"}) {
    for (const char* dtype : {"f32", "bf16", "f16"}) {
      const Problem problem =
          parse_problem("attention/dtype:" + std::string(dtype) + "/heads:1/q:256/kv:32768/d:128");
      if (!device_->supports(problem, variant)) continue;
      EXPECT_LT(beyond_tensors(problem, variant, 8), 200 * 1024) << dtype << variant;
    }
  }
}

struct Work {
  const char* problem;
  const char* variant;
};

// Each needs at least 8 MiB to work in.
const std::vector<Work>& works() {
  static const std::vector<Work> all = {
      {"attention/dtype:f16/heads:1/q:128/kv:16384/d:128", ""},
      {"attention/dtype:bf16/heads:1/q:128/kv:32768/d:128", ""},
      {"attention/dtype:f32/heads:1/q:128/kv:16384/d:128", "brgemm"},
      {"attention/dtype:bf16/heads:1/q:128/kv:32768/d:128", "brgemm"},
      {"attention/dtype:f32/heads:1/q:256/kv:8192/d:64/causal:1", "primitives"},
      {"matmul/dtype:f16/m:512/n:2048/k:1024/constant:0", "converted"},
      {"matmul/dtype:bf16/m:512/n:2048/k:1024/constant:0", "converted"},
      {"matmul/dtype:bf16/m:1024/n:2048/k:1024/weights:s4/group:128", "converted"},
      {"matmul/dtype:f32/m:16/n:64/k:131072", "gemv"},
  };
  return all;
}

// oneDNN takes some memory of its own in its first call, 4 MiB on AVX2.
constexpr std::int64_t hardly_anything = 6 * 1024;

// Calls measure(prepared, arguments, bounds) for each of the works, with one Bound.
template <class Measure>
void OnednnMemory::for_each_work(const Measure& measure) {
  for (const Work& work : works()) {
    const Problem problem = parse_problem(work.problem);
    if (!device_->supports(problem, work.variant)) continue;
    const std::vector<Buffer*> arguments = allocate(problem);
    const auto prepared = device_->prepare(problem, work.variant);
    std::vector<std::unique_ptr<Bound>> bounds;
    bounds.push_back(prepared->bind(arguments));
    EXPECT_LT(measure(*prepared, arguments, bounds), hardly_anything)
        << work.problem << "+" << work.variant;
    bounds.clear();
    buffers_.clear();
  }
}

// Pages that a call is the first to touch would be counted as the kernel's time.
TEST_F(OnednnMemory, IsPlacedBeforeTheFirstCall) {
  for_each_work([&](Prepared&, const std::vector<Buffer*>&, auto& bounds) {
    const std::int64_t before = resident();
    call(bounds);
    return peak_resident() - before;
  });
}

// A cold ring has many.
TEST_F(OnednnMemory, IsSharedByAllBounds) {
  for_each_work([&](Prepared& prepared, const std::vector<Buffer*>& arguments, auto& bounds) {
    call(bounds);
    const std::int64_t before = resident();
    for (int i = 0; i < 3; ++i) bounds.push_back(prepared.bind(arguments));
    call(bounds);
    return peak_resident() - before;
  });
}

}  // namespace
}  // namespace assay
