// What a whole model would do on a device, from kernels that were measured there: an upper bound on
// speed, because norms, rotations, sampling and the gaps between kernels are left out.
#pragma once

#include <cstdint>
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
  std::string source;      // "measured", "bound: bandwidth", "bound: arithmetic", or "unknown"
  std::string backend;     // of the measured case
  Estimate seconds;        // of one call
};

struct PhaseEstimate {
  std::vector<ModelKernel> kernels;
  bool known = false;  // every kernel has a time
  std::string why;     // of not
  Estimate seconds;    // of one pass: all layers and the head
  Estimate layer_seconds;
  Estimate tokens_per_second;
  double measured_share = 0;   // of the time that was measured at exactly these sizes
  double bandwidth_share = 0;  // of the time in kernels that move more than they compute
  std::string binds;           // "bandwidth: 93 % of the time, most of it gate and up projections"
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
  [[nodiscard]] bool fits() const { return weight_bytes + kv_bytes <= memory_bytes; }
};

// Usage Error for words that aren't dtypes of weights.
[[nodiscard]] ModelEstimate estimate_model(const ModelConfig& model, const DeviceModel& device,
                                           const EstimateOptions& options);

// A time for a problem: of the very case where the device measured it; else at least
//   max(flops / best measured FLOP/s, bytes / best measured bytes/s)
// over the cases of the same kernel, dtype and weights; unknown where there are none.
[[nodiscard]] ModelKernel kernel_time(const std::string& problem_name, const DeviceModel& device);

}  // namespace assay
