#include "tests/support/conformance.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "kernels/kernel.hpp"

namespace assay {

void expect_conforms(Device& device, const Problem& problem, std::string_view variant) {
  const Conformance conformance = conform(device, problem, variant);
  if (!conformance.supported) {
    std::cout << "unsupported: " << problem_name(problem) << ": " << conformance.reason << "\n";
    return;
  }
  EXPECT_TRUE(conformance.passed) << problem_name(problem) << ": " << conformance.reason;
}

}  // namespace assay
