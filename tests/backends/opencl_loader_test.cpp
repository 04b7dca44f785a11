#include "backends/opencl/loader.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "backends/opencl/opencl.hpp"
#include "tests/support/missing.hpp"

namespace assay::opencl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* pocl = "libpocl.so.2";

TEST(FindPlatforms, SaysThatThereIsNoLoader) {
  const Platforms platforms = find_platforms({{"libNoOpenCL.so.1", "libNoOpenCL.so"}, {}, {}});
  EXPECT_THAT(platforms.found, IsEmpty());
  EXPECT_THAT(platforms.unavailable,
              ElementsAre(StartsWith("no OpenCL loader: libNoOpenCL.so.1: cannot open")));
}

TEST(FindPlatforms, SaysWhichAskedDriverDoesNotOpen) {
  const Platforms platforms = find_platforms(
      {{"libNoOpenCL.so.1"}, {"libNoDriver.so"}, {"libNoAskedDriver.so", "libc.so.6"}});
  EXPECT_THAT(platforms.unavailable,
              ElementsAre(StartsWith("no OpenCL loader"),
                          StartsWith("ASSAY_OPENCL_DRIVERS: libNoAskedDriver.so: cannot open"),
                          "ASSAY_OPENCL_DRIVERS: libc.so.6: not an OpenCL driver"));
}

TEST(FindPlatforms, SaysThatNoVendorIsRegistered) {
  if (dlopen("libOpenCL.so.1", RTLD_LAZY) == nullptr) {
    ASSAY_MISSING("cl-loader", "no OpenCL loader");
  }
  setenv("OCL_ICD_VENDORS", "/nonexistent/", 1);
  const Platforms platforms = find_platforms({{"libOpenCL.so.1"}, {}, {}});
  unsetenv("OCL_ICD_VENDORS");
  if (!platforms.found.empty()) GTEST_SKIP() << "the loader was in use, or isn't ocl-icd";
  EXPECT_THAT(platforms.unavailable, ElementsAre(StartsWith("no OpenCL platform: no vendor")));
}

TEST(FindPlatforms, OpensADriverThatNoLoaderKnows) {
  if (dlopen(pocl, RTLD_LAZY) == nullptr) ASSAY_MISSING("pocl", dlerror());
  for (const char* time : {"first", "second"}) {
    const Platforms platforms = find_platforms({{"libNoOpenCL.so.1"}, {}, {pocl, pocl}});
    ASSERT_THAT(platforms.found, SizeIs(1)) << time;
    EXPECT_FALSE(platforms.found.front().registered);
    EXPECT_EQ(platforms.found.front().name, "Portable Computing Language");
    EXPECT_THAT(platforms.unavailable, IsEmpty()) << time;
  }
}

TEST(FindPlatforms, DoesNotShowARegisteredDriverTwice) {
  Search search = usual_places();
  search.asked = {pocl};
  const auto count = [&] {
    const Platforms platforms = find_platforms(search);
    return std::ranges::count(platforms.found, "Portable Computing Language", &Platform::name);
  };
  const auto platforms = count();
  if (platforms == 0) ASSAY_MISSING("pocl", "no PoCL");
  EXPECT_EQ(platforms, 1);
}

// Run with ASSAY_OPENCL_DRIVERS naming PoCL and no vendor registered.
TEST(UnregisteredDriver, IsNoted) {
  if (std::getenv("ASSAY_OPENCL_DRIVERS") == nullptr)
    GTEST_SKIP() << "ASSAY_OPENCL_DRIVERS is unset";
  const auto backend = make_opencl();
  const Enumeration enumeration = backend->enumerate("");
  if (enumeration.devices.empty()) ASSAY_MISSING("pocl", "no PoCL");
  EXPECT_THAT(enumeration.devices.front().notes,
              Contains(Pair("unregistered driver", HasSubstr(pocl))));
  EXPECT_THAT(enumeration.unavailable, IsEmpty());
}

}  // namespace
}  // namespace assay::opencl
