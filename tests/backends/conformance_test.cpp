// The reference conforms by definition, which tests the conformance check; null computes nothing,
// which must be seen for every problem.
#include "tests/support/conformance.hpp"

#include <gmock/gmock.h>

#include "backends/null/null.hpp"
#include "backends/reference/reference.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay {
namespace {

void expect_all_conform(const std::vector<std::string>& names) {
  const auto device = make_reference()->open("0");
  for (const std::string& name : names) {
    const Problem problem = parse_problem(name);
    const Conformance conformance = conform(*device, problem);
    EXPECT_TRUE(conformance.supported) << name;
    EXPECT_TRUE(conformance.passed) << name << ": " << conformance.reason;
  }
}

TEST(Reference, Conforms) { expect_all_conform(conformance_shapes()); }
TEST(Reference, ConformsOnRandomShapes) { expect_all_conform(random_shapes(1, 100)); }

TEST(Null, FailsEveryCheck) {
  const auto device = make_null()->open("0");
  for (const std::string& name : conformance_shapes()) {
    const Conformance conformance = conform(*device, parse_problem(name));
    EXPECT_TRUE(conformance.supported);
    EXPECT_FALSE(conformance.passed) << name;
    EXPECT_THAT(conformance.reason, testing::HasSubstr("was not written")) << name;
  }
}

}  // namespace
}  // namespace assay
