#include "bench/conformance/tensor_set.hpp"

#include <algorithm>
#include <array>

#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr std::array<std::byte, 64> neighbour = [] {
  std::array<std::byte, 64> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(0x5a ^ i);
  return bytes;
}();

}  // namespace

TensorSet::TensorSet(Device& device, const Problem& problem, std::uint64_t seed)
    : device_(device), problem_(problem) {
  for (const TensorSpec& spec : problem_.tensors) {
    host_.push_back(std::make_unique<GuardedMemory>(spec.bytes()));
    data_.emplace_back(host_.back()->data(), host_.back()->size());
  }
  fill_tensors(problem_, Fill::random, seed, data_);
  poison(data_.back(), problem_.output().dtype);
  const std::vector<std::span<const std::byte>> inputs(data_.begin(), data_.end());
  checker_ = std::make_unique<Checker>(problem_, inputs, seed + 1);
  for (const std::span<std::byte> tensor : data_) {
    buffers_.push_back(upload(tensor));
    tensors_.push_back(buffers_.back().get());
    neighbours_.push_back(upload(neighbour));
  }
}

std::unique_ptr<Buffer> TensorSet::upload(std::span<const std::byte> data) {
  std::unique_ptr<Buffer> buffer = device_.allocate(data.size());
  device_.copy_in(*buffer, data);
  return buffer;
}

void TensorSet::renew_inputs(std::uint64_t seed) {
  std::vector<std::vector<std::byte>> fresh;
  for (const TensorSpec& spec : problem_.tensors) fresh.emplace_back(spec.bytes());
  fill_tensors(problem_, Fill::random, seed,
               std::vector<std::span<std::byte>>(fresh.begin(), fresh.end()));
  for (std::size_t i = 0; i + 1 < fresh.size(); ++i) {
    if (problem_.tensors[i].role == Role::weight) continue;
    std::ranges::copy(fresh[i], data_[i].begin());
    device_.copy_in(*buffers_[i], data_[i]);
  }
  const std::vector<std::span<const std::byte>> inputs(data_.begin(), data_.end());
  checker_ = std::make_unique<Checker>(problem_, inputs, seed + 1);
}

void TensorSet::poison_output() {
  poison(data_.back(), problem_.output().dtype);
  device_.copy_in(*buffers_.back(), data_.back());
}

CheckResult TensorSet::check_output() {
  device_.copy_out(*buffers_.back(), data_.back());
  return checker_->check(data_.back());
}

bool TensorSet::unchanged(const Buffer& buffer, std::span<const std::byte> data) {
  const GuardedMemory now(data.size());
  device_.copy_out(buffer, {now.data(), now.size()});
  return now.intact() && std::ranges::equal(std::span(now.data(), now.size()), data);
}

std::string TensorSet::damage() {
  for (std::size_t i = 0; i + 1 < buffers_.size(); ++i) {
    if (!unchanged(*buffers_[i], data_[i])) {
      return "a call changed its input '" + problem_.tensors[i].name + "'";
    }
  }
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    if (!unchanged(*neighbours_[i], neighbour)) {
      return "a call wrote past the end of a tensor: memory allocated after '" +
             problem_.tensors[i].name + "' has changed";
    }
  }
  const auto intact = [](const auto& memory) { return memory->intact(); };
  return std::ranges::all_of(host_, intact) ? "" : "a copy wrote outside the host's memory";
}

}  // namespace assay
