// One matrix product over several devices at once: its rows are shared out by measured speed.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/inventory.hpp"
#include "bench/split/efficiency.hpp"
#include "kernels/problem.hpp"

namespace assay {

struct SplitSettings {
  int launches = 10;
  int repeats = 20;  // of each launch
  WorkerSettings worker;
};

// In fresh processes, one a device. Operands lie where they are used: neither handing them out nor
// collecting the rows of the result is counted.
struct SplitLaunch {
  std::uint64_t seed = 0;
  std::vector<std::int64_t> rows;            // of each device
  std::vector<std::vector<double>> alone_s;  // the whole product, for each device
  std::vector<double> together_s;            // all parts at the same time, until the last is done
};

// Rows in proportion to speed, each at least one; their sum is `m`. Usage Error for fewer rows than
// devices.
[[nodiscard]] std::vector<std::int64_t> rows_by_speed(std::int64_t m,
                                                      std::span<const double> speeds);

// One launch. Every answer is checked before and after timing, of the whole product and of the
// parts. Throws WorkerFailure for what fails or is wrong, Interrupted, and a device Error for what a
// device doesn't support.
[[nodiscard]] SplitLaunch measure_split(const Problem& product,
                                        const std::vector<KnownDevice>& devices,
                                        const SplitSettings& settings, std::uint64_t seed,
                                        const std::atomic<bool>& interrupted);

[[nodiscard]] nlohmann::json split_json(const Problem& product,
                                        const std::vector<KnownDevice>& devices,
                                        std::span<const SplitLaunch> launches);

}  // namespace assay
