// Records of devices that don't exist, with a truth that is known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/claims/claim.hpp"
#include "bench/claims/evidence.hpp"
#include "bench/claims/verdict.hpp"
#include "bench/run_document.hpp"

namespace assay {

struct SyntheticDevice {
  std::string backend;
  std::string name;
  std::string vendor;
  std::string hardware;
  double memory_bytes = 0;
  int compute_units = 4;
  std::string clock_mhz = {};  // as its driver would report it
};

inline const SyntheticDevice cpu_onednn{"onednn", "Example CPU", "AMD", "cpu:Example CPU", 32e9};
inline const SyntheticDevice cpu_opencl{"opencl", "pocl-Example CPU", "AuthenticAMD",
                                        "cpu:Example CPU", 32e9};
inline const SyntheticDevice epyc{"onednn", "AMD EPYC 9654", "AMD", "cpu:AMD EPYC 9654", 64e9, 96};
inline const SyntheticDevice h100{
    "opencl", "NVIDIA H100 80GB HBM3", "NVIDIA Corporation", "gpu:h100-0", 80e9, 132, "1755"};
inline const SyntheticDevice mi300x{"opencl", "AMD Instinct MI300X", "Advanced Micro Devices, Inc.",
                                    "gpu:mi300x-0", 192e9};
inline const SyntheticDevice b580{
    "opencl", "Intel(R) Arc(TM) B580 Graphics", "Intel(R) Corporation", "gpu:b580-0", 12e9, 20,
    "2850"};

class Synthetic {
 public:
  explicit Synthetic(std::uint64_t seed = 1) : seed_(seed) {}

  // `ns`: the true median; `noise`: standard deviation over runs as a fraction of it.
  Record& add(const std::string& problem, const SyntheticDevice& device, double ns,
              double noise = 0.02, int runs = 10);
  // At a rate of arithmetic, or of bytes, a second.
  Record& add_flops(const std::string& problem, const SyntheticDevice& device, double rate,
                    double noise = 0.002, int runs = 10);
  Record& add_bytes(const std::string& problem, const SyntheticDevice& device, double rate,
                    double noise = 0.002, int runs = 10);
  Record& add_status(const std::string& problem, const SyntheticDevice& device, Status status,
                     const std::string& reason);

  [[nodiscard]] const RunDocument& document() const { return document_; }
  [[nodiscard]] RunDocument& document() { return document_; }
  [[nodiscard]] Evidence evidence(const FactTable& facts) const;

 private:
  Record& row(const std::string& problem, const SyntheticDevice& device);

  RunDocument document_;
  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;
};

inline const std::string prefill = "matmul/dtype:bf16/m:512/n:4096/k:4096";
inline const std::string decode = "matmul/dtype:bf16/m:1/n:4096/k:4096";
inline const std::string attention = "attention/dtype:bf16/heads:8/q:128/d:64";
// MI300X against H100: these three, times of MI300X as multiples of H100's.
[[nodiscard]] Synthetic two_vendors(double matmul, double one_token, double attention_factor,
                                    double noise = 0.02, int runs = 10);

// Every kernel of a model's decoding at its size, so that they come to that many tokens a second.
void add_decoding(Synthetic& records, const SyntheticDevice& device, const std::string& weights,
                  double tokens_per_second, int runs = 10, const std::string& model = "llama-3-8b",
                  double noise = 0.002);

[[nodiscard]] const FactTable& test_facts();
[[nodiscard]] const Claim& built_in(std::string_view id);
[[nodiscard]] ClaimVerdict judged(const std::string& id, const Synthetic& records);
// The verdict's word, as it is said.
[[nodiscard]] std::string word(const std::string& id, const Synthetic& records);
[[nodiscard]] std::string text(VerdictWord value);

}  // namespace assay
