#include "backends/opencl/program.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "backends/opencl/loader.hpp"
#include "backends/opencl/program_cache.hpp"
#include "kernels/error.hpp"
#include "tests/support/missing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay::opencl {
namespace {

using testing::HasSubstr;
using testing::Optional;
using testing::ThrowsMessage;

const std::vector<unsigned char> binary = {1, 2, 3, 0, 255};

class ProgramCache : public testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(ProgramCache, GivesBackWhatWasWritten) {
  const auto file = program_cache_file(folder_ / "new", "key");
  EXPECT_EQ(read_program(file), std::nullopt);
  EXPECT_TRUE(write_program(file, binary));
  EXPECT_THAT(read_program(file), Optional(binary));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_ / "new"), {}), 1)
      << "a temporary file was left";
}

TEST_F(ProgramCache, KeepsKeysApart) {
  EXPECT_NE(program_cache_file(folder_, "one"), program_cache_file(folder_, "two"));
}

TEST_F(ProgramCache, IgnoresWhatIsDamaged) {
  const auto file = program_cache_file(folder_, "key");
  write_program(file, binary);
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size - 1);
  EXPECT_EQ(read_program(file), std::nullopt) << "cut short";
  write_program(file, binary);
  {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(-1, std::ios::end);
    stream.put('x');
  }
  EXPECT_EQ(read_program(file), std::nullopt) << "another last byte";
  std::ofstream(file, std::ios::trunc).close();
  EXPECT_EQ(read_program(file), std::nullopt) << "empty";
}

TEST_F(ProgramCache, DoesNotMindThatItCanNotWrite) {
  std::ofstream(folder_ / "file") << "no folder";
  EXPECT_FALSE(write_program(program_cache_file(folder_ / "file" / "below", "key"), binary));
}

// On the first device of any platform.
class Programs : public ProgramCache {
 protected:
  void SetUp() override {
    ProgramCache::SetUp();
    setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
    for (const Platform& platform : find_platforms(usual_places()).found) {
      const auto devices = devices_of(platform);
      if (devices.empty()) continue;
      session_ = std::make_unique<Session>(platform, devices.front(),
                                           describe(platform, devices.front(), "0.0"));
      return;
    }
    ASSAY_MISSING("pocl", "no OpenCL device");
  }
  static constexpr Source source_{"test.cl", "__kernel void f(__global int *x) { x[0] = N; }"};
  std::unique_ptr<Session> session_;
};

TEST_F(Programs, ThatDoNotCompileCarryTheLog) {
  constexpr Source broken{"broken.cl", "__kernel void f(__global int *x) { x[0] = missing_name; }"};
  try {
    (void)build_program(*session_, broken, Options());
    ADD_FAILURE() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::program);
    EXPECT_THAT(error.what(), HasSubstr("can't compile broken.cl"));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    EXPECT_THAT(error.detail(), HasSubstr("missing_name"));
  }
}

TEST_F(Programs, SurviveADamagedCache) {
  session_->caches_programs = true;
  const auto runs = [&] {
    const auto program = build_program(*session_, source_, Options().define("N", 7));
    return make_kernel(*session_, program.get(), "f") != nullptr;
  };
  EXPECT_TRUE(runs());
  const auto folder = program_cache_folder();
  ASSERT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  const auto file = std::filesystem::directory_iterator(folder)->path();
  EXPECT_TRUE(runs()) << "from the cache";
  const auto whole = read_program(file);
  ASSERT_TRUE(whole.has_value());

  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  EXPECT_TRUE(runs()) << "from source, because the file is cut short";
  EXPECT_TRUE(read_program(file).has_value()) << "written anew";

  // Whole as a file, but no program of this device.
  write_program(file, binary);
  EXPECT_TRUE(runs()) << "from source, because the driver refuses the binary";
  EXPECT_NE(read_program(file), std::optional(binary)) << "written anew";
}

TEST_F(Programs, AreLeftToADriverThatKeepsThem) {
  session_->caches_programs = false;
  const auto program = build_program(*session_, source_, Options().define("N", 7));
  EXPECT_NE(make_kernel(*session_, program.get(), "f"), nullptr);
  EXPECT_FALSE(std::filesystem::exists(program_cache_folder()) &&
               !std::filesystem::is_empty(program_cache_folder()));
}

TEST_F(Programs, NameWhatFailed) {
  const auto program = build_program(*session_, source_, Options().define("N", 7));
  EXPECT_THAT([&] { (void)make_kernel(*session_, program.get(), "g"); },
              ThrowsMessage<Error>(HasSubstr("CL_INVALID_KERNEL_NAME (-46) in clCreateKernel")));
  const auto kernel = make_kernel(*session_, program.get(), "f");
  EXPECT_THAT([&] { set_arguments(*session_, kernel.get(), cl_mem{}, cl_int{}); },
              ThrowsMessage<Error>(HasSubstr("CL_INVALID_ARG_INDEX (-49) in clSetKernelArg")));
}

}  // namespace
}  // namespace assay::opencl
