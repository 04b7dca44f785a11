// The conformance check in tests.
#pragma once

#include <string_view>

#include "bench/conformance/conform.hpp"

namespace assay {

// Fails the current test where the device supports the problem and gets it wrong. An unsupported
// problem is a skip with the reason on stdout, not a failure.
void expect_conforms(Device& device, const Problem& problem, std::string_view variant = {});

}  // namespace assay
