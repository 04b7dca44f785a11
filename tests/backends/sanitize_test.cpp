// One conformance shape per kernel and dtype: what runs under the sanitizers.
#include <gtest/gtest.h>

#include "backends/reference/reference.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay {
namespace {

TEST(Sanitize, ReferenceConforms) {
  const auto device = make_reference()->open("0");
  for (const std::string& name : sanitize_shapes()) expect_conforms(*device, parse_problem(name));
}

}  // namespace
}  // namespace assay
