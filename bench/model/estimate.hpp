// What a whole model would do on a device, from kernels that were measured there: an upper bound on
// speed where those or the device's ceilings are known, because norms, rotations, sampling and the
// gaps between kernels are left out; an estimate where only other sizes were measured.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bench/claims/evidence.hpp"
#include "bench/model/config.hpp"
#include "bench/model/cost.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

struct EstimateOptions {
  std::string dtype = "bf16";    // of activations and KV cache
  std::string weights = "bf16";  // "s8", "s4", "u4": weight-only quantisation in groups of 128
  std::string kv = {};           // "s8": a quantised KV cache; empty: as dtype
  std::int64_t prompt = 512;     // tokens of the prompt
  std::int64_t context = 1024;   // tokens in the cache while decoding
  std::int64_t batch = 1;        // sequences
  CostOptions cost = {};         // what the user says of the device
};

// One kernel of the model.
struct ModelKernel {
  std::string what;        // "gate and up projections"
  std::string problem;     // the case's name
  std::int64_t times = 1;  // in one pass of the model
  // "measured"; "bound: bandwidth" or "bound: arithmetic" by measured ceilings that nothing was seen
  // above; "estimate: …" by the best rates that were seen, which a roof may lie above; or "unknown".
  std::string source;
  std::string backend;      // of the measured case
  bool moves_more = false;  // moving its bytes takes longer than its arithmetic, by the same rates
  const Measured* exact = nullptr;  // the case itself, where it was measured
  Estimate seconds;                 // of one call
};

struct PhaseEstimate {
  std::vector<ModelKernel> kernels;
  bool known = false;  // every kernel has a time
  std::string why;     // of not
  Estimate seconds;    // of one pass: all layers and the head
  Estimate layer_seconds;
  Estimate tokens_per_second;
  bool estimated = false;  // some kernel's time is: no bound at all
  bool bound = false;      // of speed from above: some are bounds, none an estimate
  int least_runs = 0;      // of the measured kernels, those that count for a claim
  bool few_runs = false;   // one of them was run too few times for that
  int boards = 0;          // fewest that one of them ran on
  std::set<std::string> records;
  double measured_share = 0;  // of the time that was measured at exactly these sizes
  // Of the time in kernels that move more than they compute: by the roofline the elasticity of speed,
  // by how many percent it grows with a percent more bandwidth. The rest is that of arithmetic.
  double bandwidth_share = 0;
  std::string binds;  // "bandwidth: 93 % of the time, most of it gate and up projections"
};

struct ModelEstimate {
  std::string model;
  std::string device;
  EstimateOptions options;
  double weight_bytes = 0;
  double kv_bytes = 0;      // of all sequences at `context` tokens
  double memory_bytes = 0;  // of the device; 0: unknown
  PhaseEstimate prefill;
  PhaseEstimate decode;
  // Only where the device's memory is known.
  [[nodiscard]] bool fits() const { return weight_bytes + kv_bytes <= memory_bytes; }
};

// Usage Error for words that aren't dtypes of weights, sizes that groups of 128 don't divide, and more
// tokens than the model has positions.
[[nodiscard]] ModelEstimate estimate_model(const ModelConfig& model, const DeviceModel& device,
                                           const EstimateOptions& options);

// A time for a problem: of the very case where the device measured it; else at least
//   max(flops / FLOP/s, bytes / bytes/s)
// of the dtype's measured ceilings, unless some case was faster than the one that binds; else the same
// with the best rates over cases of the same kernel, dtype and weights, which is an estimate; unknown
// where there are neither.
[[nodiscard]] ModelKernel kernel_time(const std::string& problem_name, const DeviceModel& device);

}  // namespace assay
