// One problem per kernel and dtype on OpenCL's CPU devices: what runs under the sanitizers. They see the
// backend's own code and every buffer that it hands over, not the compiled kernels: those are what
// Oclgrind watches.
#include <gtest/gtest.h>

#include "backends/opencl/opencl.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

TEST(OpenclSanitize, ConformsOnOneShapePerKernelAndDtype) {
  const auto backend = make_opencl();
  bool any = false;
  for (const std::string& part : backend->parts()) {
    for (const DeviceInfo& info : backend->enumerate(part).devices) {
      if (!info.cpu) continue;
      any = true;
      const auto device = backend->open(info.ordinal);
      for (const std::string& name : sanitize_shapes()) {
        const Conformance result = conform(*device, parse_problem(name));
        EXPECT_TRUE(result.supported && result.passed) << name << ": " << result.reason;
      }
    }
  }
  if (!any) ASSAY_MISSING("pocl", "no OpenCL device on the CPU");
}

}  // namespace
}  // namespace assay
