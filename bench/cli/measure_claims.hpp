// What `assay verdict --measure` runs before it judges.
#pragma once

#include <string>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/exit_code.hpp"

namespace assay {

struct MeasureOptions {
  std::vector<std::string> devices;  // as the user names them; empty: as assay run chooses
  std::string max_time;
  std::string out;           // where the records go; empty: a new name below results/local
  bool whole_suite = false;  // of `claims`, not only what these claims ask for
};

struct MeasuredClaims {
  std::vector<std::string> files;  // records, and what memory held
  Exit code = Exit::pass;          // of the worst case
};

// The table goes to stderr: stdout is the verdicts'. Usage Error where nothing that can be measured
// would decide any of these claims.
[[nodiscard]] MeasuredClaims measure_claims(const std::vector<Claim>& claims,
                                            const MeasureOptions& options);

}  // namespace assay
