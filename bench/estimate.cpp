#include "bench/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

double ring_bytes(const PlannedCase& planned) {
  const Problem& problem = planned.c.problem;
  const auto bytes = static_cast<std::int64_t>(problem.bytes());
  const std::int64_t ring = ring_size(problem, bytes, planned.device.info.cache_bytes);
  return static_cast<double>(bytes) * static_cast<double>(ring);
}

double multiply_adds(const PlannedCase& planned) {
  return kernel_of(planned.c.problem).multiply_adds(planned.c.problem);
}

}  // namespace

double least_seconds(const PlannedCase& planned) {
  // Twice the fastest that the definition in double was seen to run, per second; three calls to
  // check and three to time.
  const double calls =
      planned.device.backend == "reference" ? 6 * multiply_adds(planned) / 2e9 : 0.0;
  return ring_bytes(planned) / 2e10 + calls;
}

double prepare_patience(const PlannedCase& planned) { return ring_bytes(planned) / 5e7; }

double verify_patience(const PlannedCase& planned) {
  const double calls =
      3 * multiply_adds(planned) / (planned.device.backend == "reference" ? 2e7 : 1e9);
  const double checks = std::min(multiply_adds(planned), 0x1p26) / 5e6;
  return calls + checks + static_cast<double>(planned.c.problem.bytes()) / 1e7;
}

std::string seconds_text(double seconds) {
  return fmt::format("{:.{}f} s", seconds, seconds < 1 ? 2 : seconds < 10 ? 1 : 0);
}

}  // namespace assay
