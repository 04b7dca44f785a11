// The exit codes of every verb, in one place.
#pragma once

#include <span>

#include "bench/record.hpp"

namespace assay {

enum class Exit : int {
  pass = 0,
  regression = 1,
  inconclusive = 2,  // only with --strict
  refused = 3,       // environment, fingerprint, --require-device
  wrong = 4,         // a wrong result, or an efficiency above a ceiling
  baseline = 5,      // missing or unreadable
  failed = 6,        // some case failed
  usage = 64,
  internal = 70,
  interrupted = 130,
  output_closed = 141,
};

// The code that wins where both apply: 70 > 4 > 6 > 1 > 3 > 2 > 0; codes that end a program at
// once (5, 64, 130, 141) win over all but 70.
[[nodiscard]] Exit worse(Exit a, Exit b);

// Unsupported and skipped rows never change the code.
[[nodiscard]] Exit exit_code(std::span<const Record> records);

}  // namespace assay
