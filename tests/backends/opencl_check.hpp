// What the tests of the OpenCL backend share: its devices, and a check of one problem on one device.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace assay {

// The devices of platforms whose name holds ASSAY_TEST_PLATFORM, or of all.
[[nodiscard]] std::vector<std::unique_ptr<Device>> test_devices(Backend& backend);

// Runs the problem twice on fresh inputs over poisoned output and compares every element (or a
// selection) with the reference. An unsupported problem is a failure.
void expect_right(Device& device, std::string_view problem_name, std::string_view variant);

}  // namespace assay
