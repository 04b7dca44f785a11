// Answers to inputs that the kernels' own filling never makes.
#pragma once

#include <functional>
#include <initializer_list>
#include <string_view>

#include "backends/backend.hpp"
#include "bench/check.hpp"

namespace assay {

using Edit = std::function<void(const Problem& problem, TensorData tensors)>;

// Fills the problem's tensors as always, lets `edit` change them, computes and checks one call.
[[nodiscard]] CheckResult check_edited(Device& device, const Problem& problem,
                                       std::string_view variant, const Edit& edit);

// Weight-only products of few rows, each format with and without zero points: weights that are nothing
// but zeros, which give exactly 0, and activations far from zero on one side of it with weights near their
// zero point, which cancel. Fails the current test where the device supports a problem and gets it wrong.
void expect_exact_zero_points(Device& device, std::string_view variant,
                              std::initializer_list<int> rows);

}  // namespace assay
