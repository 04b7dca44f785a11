// The conformance check: what any backend must do with any problem that it says it supports.
#pragma once

#include <string>
#include <string_view>

#include "backends/backend.hpp"

namespace assay {

struct Conformance {
  bool supported = false;
  bool passed = false;
  std::string reason;  // why it isn't supported, or what is wrong
  double error = 0;    // worst of all outputs, as CheckResult::error
};

// Allocates, fills, prepares; binds two sets of tensors with different inputs, poisons their
// outputs, submits three calls over the ring of two and waits; checks both outputs, and that nothing
// else has changed. Then poisons and submits once more, and the answer must come again: nothing is
// kept between calls.
[[nodiscard]] Conformance conform(Device& device, const Problem& problem,
                                  std::string_view variant = {});

}  // namespace assay
