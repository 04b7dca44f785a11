// The conformance suite over the devices of a backend, each check in a worker process.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/inventory.hpp"

namespace assay {

struct ConformanceRow {
  enum class Outcome : std::uint8_t {
    passed,
    unsupported,
    wrong,     // a demand isn't met
    failed,    // the worker crashed, hung, ended or reported an error
    left_out,  // stands for several checks that weren't made
  };
  std::string check;      // "answers", a lifecycle check's name, or "ending"
  std::string case_name;  // with the device
  std::string group;      // what the row is counted under: "matmul bf16", "matmul f32 x s4"
  Outcome outcome = Outcome::passed;
  std::string reason;

  [[nodiscard]] bool to_fix() const {
    return outcome == Outcome::wrong || outcome == Outcome::failed;
  }
};

// "answers" of every problem; then the lifecycle checks with the largest problem that was right, if
// any. After three workers in a row that died the device's remaining problems are left out, which is
// a row too. "ending" is a row only where a worker that was told to end did so badly. `finished` is called for each row. Interrupted is thrown out of it.
[[nodiscard]] std::vector<ConformanceRow> run_conformance(
    const KnownDevice& device, std::span<const std::string> problems,
    const WorkerSettings& settings, const std::atomic<bool>& interrupted,
    const std::function<void(const ConformanceRow&)>& finished);

}  // namespace assay
