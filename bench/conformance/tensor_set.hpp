// One set of a problem's tensors on the host and on a device, with what the output must be.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/guarded_memory.hpp"
#include "bench/check.hpp"

namespace assay {

// Its host memory lies between guard pages. On the device small buffers lie between the tensors:
// nobody has to do with them, so that what changes them is a write past a tensor's end.
class TensorSet {
 public:
  // Inputs from the seed; the output is poisoned. The device must outlive the set.
  TensorSet(Device& device, const Problem& problem, std::uint64_t seed);

  [[nodiscard]] std::unique_ptr<Bound> bind(Prepared& prepared) const {
    return prepared.bind(tensors_);
  }
  // New contents for every input but the weights, as a caller may have for each call.
  void renew_inputs(std::uint64_t seed);
  void poison_output();
  [[nodiscard]] CheckResult check_output();
  // What calls changed that they mustn't: an input, or memory next to a tensor. Empty if nothing.
  [[nodiscard]] std::string damage();

 private:
  [[nodiscard]] std::unique_ptr<Buffer> upload(std::span<const std::byte> data);
  [[nodiscard]] bool unchanged(const Buffer& buffer, std::span<const std::byte> data);

  Device& device_;
  Problem problem_;
  std::vector<std::unique_ptr<GuardedMemory>> host_;
  std::vector<std::span<std::byte>> data_;
  std::unique_ptr<Checker> checker_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<std::unique_ptr<Buffer>> neighbours_;  // each allocated after the tensor of its index
  std::vector<Buffer*> tensors_;
};

}  // namespace assay
