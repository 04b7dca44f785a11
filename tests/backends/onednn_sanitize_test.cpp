// One problem per kernel and dtype: what runs under the sanitizers.
#include <gtest/gtest.h>

#include "backends/onednn/device.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay {
namespace {

TEST(OnednnSanitize, ConformsOnOneShapePerKernelAndDtype) {
  const auto device = onednn::make_backend()->open("0");
  for (const std::string& name : sanitize_shapes()) {
    const Conformance conformance = conform(*device, parse_problem(name));
    EXPECT_TRUE(conformance.passed || !conformance.supported) << name << ": " << conformance.reason;
  }
}

}  // namespace
}  // namespace assay
