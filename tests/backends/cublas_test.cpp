// The backend against a stand-in for CUDA and cuBLASLt that computes on the host: what is asked of
// the library, in every layout and dtype, is the problem's product.
#include "backends/cublas/cublas.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "backends/cublas/backend.hpp"
#include "backends/cublas/matmul.hpp"
#include "backends/list.hpp"
#include "backends/opencl/cuda_cache.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::unique_ptr<Backend> fake_backend() {
  return cublas::make_backend({{ASSAY_FAKE_CUDA}, {ASSAY_FAKE_CUDA}});
}

std::string only_reason(Backend& backend) {
  const Enumeration found = backend.enumerate("");
  EXPECT_THAT(found.devices, IsEmpty());
  return found.unavailable.size() == 1 ? found.unavailable.front() : "not one reason";
}

// Sets what the stand-in does wrong, for one test.
class Fault {
 public:
  explicit Fault(const char* name) { ::setenv("ASSAY_FAKE_CUDA", name, 1); }
  ~Fault() { ::unsetenv("ASSAY_FAKE_CUDA"); }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;
};

TEST(Cublas, SaysWhatIsMissing) {
  EXPECT_THAT(only_reason(*cublas::make_backend({{"libno-cuda.so"}, {ASSAY_FAKE_CUDA}})),
              StartsWith("no NVIDIA driver: libno-cuda.so"));
  EXPECT_THAT(only_reason(*cublas::make_backend({{ASSAY_FAKE_CUDA}, {"libno-lt.so"}})),
              StartsWith("no cuBLASLt: libno-lt.so"));
  EXPECT_THAT(only_reason(*cublas::make_backend({{"libc.so.6"}, {ASSAY_FAKE_CUDA}})),
              HasSubstr("lacks cuInit"));
  const Fault fault("init");
  EXPECT_THAT(only_reason(*fake_backend()),
              testing::Eq("no NVIDIA GPU: CUDA_ERROR_NO_DEVICE (100) in cuInit"));
}

// OpenCL's devices ask the same driver, by the UUID that both know.
TEST(Cublas, TellsOpenclTheSecondLevelCache) {
  std::array<unsigned char, 16> uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) uuid[i] = static_cast<unsigned char>(0xf0 + i);
  EXPECT_EQ(opencl::cuda_cache_bytes(uuid, ASSAY_FAKE_CUDA), 1000);
  uuid[3] = 0;
  EXPECT_EQ(opencl::cuda_cache_bytes(uuid, ASSAY_FAKE_CUDA), 0);
  EXPECT_EQ(opencl::cuda_cache_bytes(uuid, "libno-cuda.so"), 0);
  EXPECT_EQ(opencl::cuda_cache_bytes(uuid, "libc.so.6"), 0);
}

TEST(Cublas, IsNotPartOfARunThatNamesNoDevice) {
  const BackendEntry* entry = find_backend("cublas");
  ASSERT_NE(entry, nullptr);
  EXPECT_FALSE(entry->by_default);
}

TEST(Cublas, DescribesTheGpu) {
  const Enumeration found = fake_backend()->enumerate("");
  ASSERT_EQ(found.devices.size(), 1U);
  const DeviceInfo& info = found.devices.front();
  EXPECT_EQ(info.name, "Fake GPU");
  EXPECT_EQ(info.ordinal, "0");
  // As the OpenCL backend writes CL_DEVICE_UUID_KHR.
  EXPECT_EQ(info.hardware, "gpu:f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
  EXPECT_EQ(info.platform, "cuBLASLt 13.1.2");
  EXPECT_EQ(info.driver, "CUDA 13.0");
  EXPECT_EQ(info.isa, "sm_90");
  EXPECT_EQ(info.compute_units, 132);
  EXPECT_FALSE(info.cpu);
  EXPECT_THAT(info.dtypes, ElementsAre(DType::f32, DType::f16, DType::bf16, DType::s8));
}

TEST(Cublas, ConformsWhereItSupports) {
  const auto backend = fake_backend();
  const auto device = backend->open("0");
  int passed = 0;
  for (const std::string& name : conformance_shapes()) {
    const Conformance result = conform(*device, parse_problem(name));
    if (!result.supported) continue;
    EXPECT_TRUE(result.passed) << name << ": " << result.reason;
    ++passed;
  }
  EXPECT_GT(passed, 50);
}

TEST(Cublas, NamesItsAlgorithmAndItsDeviceTime) {
  const auto backend = fake_backend();
  const auto device = backend->open("0");
  const Problem problem = parse_problem("matmul/dtype:s8/m:4/n:4/k:8");
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<Buffer*> tensors;
  for (const TensorSpec& spec : problem.tensors) {
    buffers.push_back(device->allocate(spec.bytes()));
    device->copy_in(*buffers.back(), std::vector<std::byte>(spec.bytes()));
    tensors.push_back(buffers.back().get());
  }
  const auto prepared = device->prepare(problem, "");
  EXPECT_EQ(prepared->implementation(), "algo_66:cublasLt+scale");
  const auto bound = prepared->bind(tensors);
  EXPECT_EQ(bound->touched_bytes(), problem.bytes());
  const auto queue = device->queue();
  EXPECT_EQ(queue->wait(), std::nullopt) << "nothing was submitted";
  const std::array<Bound*, 1> ring = {bound.get()};
  queue->submit(ring, 3);
  EXPECT_EQ(queue->wait(), 250000.0);
}

TEST(Cublas, SaysWhatItDoesNotSupport) {
  const auto backend = fake_backend();
  const auto device = backend->open("0");
  const auto reason = [&](const char* problem, const char* variant = "") {
    return device->supports(parse_problem(problem), variant).reason;
  };
  EXPECT_THAT(reason("attention/dtype:f32/heads:1/q:1/d:64"), HasSubstr("no attention"));
  EXPECT_THAT(reason("matmul/dtype:u8/m:4/n:4/k:4"), HasSubstr("u8"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4/epilogue:gelu"), HasSubstr("epilogues"));
  EXPECT_THAT(reason("matmul/dtype:bf16/m:4/n:4/k:4/weights:s8"), HasSubstr("weight-only"));
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4", "fast"), HasSubstr("variant 'fast'"));
  const Fault fault("algorithm");
  EXPECT_THAT(reason("matmul/dtype:f32/m:4/n:4/k:4"), HasSubstr("no algorithm"));
}

TEST(Cublas, RefusesMoreMemoryThanThereIs) {
  const auto backend = fake_backend();
  const auto device = backend->open("0");
  const Fault fault("memory");
  try {
    (void)device->allocate(4096);
    ADD_FAILURE() << "allocated memory that isn't there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::memory);
    EXPECT_THAT(error.what(), HasSubstr("4096 bytes"));
  }
}

TEST(Cublas, HasAScalingKernelThatPtxasTakes) {
  const char* ptxas = "/usr/local/cuda/bin/ptxas";
  if (!std::filesystem::exists(ptxas)) GTEST_SKIP() << "no ptxas";
  const TemporaryFolder folder;
  const auto file = folder.path() / "assay-scale.ptx";
  std::ofstream(file) << cublas::scale_ptx;
  const std::string command =
      std::string(ptxas) + " -arch=sm_90 -o " + file.string() + ".cubin " + file.string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace assay
