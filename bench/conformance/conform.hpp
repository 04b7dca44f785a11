// The conformance check: what any backend must do with any problem that it says it supports.
#pragma once

#include <string>
#include <string_view>

#include "backends/backend.hpp"

namespace assay {

struct Conformance {
  bool supported = false;
  bool passed = false;
  std::string reason;  // why it isn't supported, or what is wrong, in one line
  double error = 0;    // worst of all outputs, as CheckResult::error
};

// Allocates, fills, prepares; binds two sets of tensors with different inputs, poisons their
// outputs, submits three calls over the ring of two and waits; checks both outputs, and that nothing
// else has changed. Then copies new contents into all inputs but the weights, poisons and submits
// once more, and the new answer must come: nothing else is kept by bind or between calls.
[[nodiscard]] Conformance conform(Device& device, const Problem& problem,
                                  std::string_view variant = {});

}  // namespace assay
