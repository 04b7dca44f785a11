// One block of one case: A B B A (or B A A B) in two workers that hold it at the same time.
#pragma once

#include <cstdint>
#include <string>

#include "bench/plan.hpp"
#include "bench/record.hpp"
#include "bench/worker_client.hpp"

namespace assay {

struct Block {
  double base_ns = 0;  // per call: geometric mean of the medians of the two turns
  double head_ns = 0;
  bool head_first = false;
  std::string dropped;  // why it doesn't count; empty: it does
};

struct BlockResult {
  Status status = Status::ok;
  std::string side;  // whose fault anything but ok is: "base" or "head"; empty: both lack it
  std::string reason;
  Block block;
  double cost_s = 0;
};

struct BlockSettings {
  std::uint64_t seed = 0;   // of the inputs, equal on both sides
  bool head_first = false;  // a coin's choice: this is what makes the test exact
  double time_s = 0.04;     // measured on each side, at least
  Fill fill = Fill::random;
};

// Prepares and checks the case on both sides, warms both up, samples in turns with the same number of
// calls, and checks what was timed. Throws Interrupted; a worker that fails is in the result, and
// its process is gone.
[[nodiscard]] BlockResult measure_block(WorkerClient& base, WorkerClient& head,
                                        const PlannedCase& planned, const BlockSettings& settings);

}  // namespace assay
