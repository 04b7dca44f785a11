// Rules on alternatives to a vendor and to its software, on records whose truth is planted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bench/claims/verdict_text.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using enum VerdictWord;

const std::string reads = "stream/op:read/bytes:2000000000";

TEST(Rules, NoAlternative) {
  const std::string id = "no-alternative-to-nvidia";
  const auto of = [&](double matmul, double attended, double bandwidth) {
    Synthetic records;
    records.add(prefill, h100, 1e6);
    records.add(attention, h100, 1e6);
    records.add_bytes(reads, h100, 3e12);
    records.add(prefill, mi300x, 1e6 / matmul);
    records.add(attention, mi300x, 1e6 / attended);
    records.add_bytes(reads, mi300x, 3e12 * bandwidth);
    return word(id, records);
  };
  EXPECT_EQ(of(0.3, 0.4, 0.34), text(supported));
  EXPECT_EQ(of(1.1, 1.1, 1.2), text(refuted));
  EXPECT_EQ(of(1.1, 1.12, 0.34), text(conditional)) << "its best ratio is no half";
  // An alternative in one dtype only, and for one kernel only.
  Synthetic by_dtype;
  for (const auto& [dtype, speed] : {std::pair{"f32", 9.0}, std::pair{"bf16", 0.4}}) {
    const std::string p = std::string("matmul/dtype:") + dtype + "/m:512/n:4096/k:4096";
    by_dtype.add(p, h100, 1e6);
    by_dtype.add(p, mi300x, 1e6 / speed);
  }
  by_dtype.add(attention, h100, 1e6);
  by_dtype.add_bytes(reads, h100, 3e12);
  by_dtype.add_bytes(reads, mi300x, 3.6e12);
  by_dtype.add(attention, mi300x, 0.9e6);
  EXPECT_EQ(word(id, by_dtype), text(conditional));
  Synthetic by_kernel;
  by_kernel.add(prefill, h100, 1e6);
  by_kernel.add(prefill, mi300x, 0.8e6);
  by_kernel.add(attention, h100, 1e6);
  by_kernel.add_status(attention, mi300x, Status::unsupported, "no attention here");
  by_kernel.add_bytes(reads, h100, 3e12);
  by_kernel.add_bytes(reads, mi300x, 3.6e12);
  const ClaimVerdict v = judged(id, by_kernel);
  EXPECT_EQ(v.word, conditional);
  std::ostringstream printed;
  print_verdicts(std::vector<ClaimVerdict>{v}, false, printed);
  EXPECT_THAT(printed.str(), HasSubstr("none of 1 problems runs: no attention here"));
  EXPECT_THAT(printed.str(), HasSubstr("[refuted]")) << "one of each";
}

TEST(Rules, NoAlternativeNeedsEveryOtherDevice) {
  const std::string id = "no-alternative-to-nvidia";
  const auto of = [&](double speed) {
    Synthetic records;
    for (const auto& [device, ns] : {std::pair{&h100, 1e6}, std::pair{&mi300x, 1e6 / speed}}) {
      records.add(prefill, *device, ns);
      records.add(attention, *device, ns);
      records.add_bytes(reads, *device, 3e15 / ns);
    }
    return records;
  };
  Synthetic slow = of(0.3);
  EXPECT_EQ(word(id, slow), text(supported));
  // Another accelerator that was never asked for any of it.
  slow.add("alu/dtype:f32/path:fma/chains:4194304", b580, 1e6);
  const ClaimVerdict open = judged(id, slow);
  EXPECT_EQ(open.word, inconclusive);
  EXPECT_THAT(open.missing, testing::Contains(HasSubstr("on Intel Arc B580")));
  // One alternative is enough, whatever the others would be.
  Synthetic fast = of(1.3);
  fast.add("alu/dtype:f32/path:fma/chains:4194304", b580, 1e6);
  EXPECT_EQ(word(id, fast), text(refuted));
}

TEST(Rules, LockInByDtype) {
  Synthetic records;
  for (const SyntheticDevice* device : {&h100, &mi300x}) {
    SyntheticDevice own = *device;
    own.backend = device == &h100 ? "cublas" : "rocblas";
    for (const auto& [dtype, factor] : {std::pair{"f32", 1.05}, std::pair{"bf16", 3.0}}) {
      const std::string p = std::string("matmul/dtype:") + dtype + "/m:512/n:4096/k:4096";
      records.add(p, *device, 1e6 * factor);
      records.add(p, own, 1e6);
    }
  }
  EXPECT_EQ(word("cuda-lock-in", records), text(conditional));
}

// Which of the vendors' own libraries are absent, and why.
TEST(Rules, LockInSaysWhatItIsntHeldAgainst) {
  Synthetic records;
  SyntheticDevice own = h100;
  own.backend = "cublas";
  records.add(prefill, own, 1e6);
  for (const SyntheticDevice* device : {&h100, &mi300x}) records.add(prefill, *device, 1e6);
  ClaimVerdict v = judged("cuda-lock-in", records);
  EXPECT_EQ(v.word, inconclusive);
  EXPECT_THAT(v.missing,
              testing::Contains(HasSubstr("runs of AMD's own library on AMD Instinct MI300X "
                                          "(rocblas: no backend of this program, a plugin can be "
                                          "one; hipblaslt: ")));
  EXPECT_THAT(v.missing, testing::Not(testing::Contains(HasSubstr("NVIDIA's own library"))));
  Synthetic refused;
  for (const SyntheticDevice* device : {&h100, &mi300x}) refused.add(prefill, *device, 1e6);
  refused.add_status(prefill, own, Status::skipped, "libcublasLt.so isn't here");
  v = judged("cuda-lock-in", refused);
  EXPECT_THAT(v.missing,
              testing::Contains(HasSubstr("cublas: libcublasLt.so isn't here; cudnn: ")));
}

}  // namespace
}  // namespace assay
