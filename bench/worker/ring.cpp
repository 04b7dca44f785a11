#include "bench/worker/ring.hpp"

#include <algorithm>
#include <chrono>

#include "bench/conformance/touched.hpp"

namespace assay {

Ring::Ring(Device& device, Prepared& prepared, const Problem& problem, ConstTensorData inputs)
    : device_(device), prepared_(prepared), problem_(problem) {
  for (const TensorSpec& tensor : problem.tensors) sizes_.push_back(tensor.bytes());
  grow(1, inputs);
}

void Ring::grow(std::int64_t size, ConstTensorData inputs) {
  while (this->size() < size) add(inputs);
  twice_.clear();
  for (const int round : {0, 1}) {
    (void)round;
    for (const Set& set : sets_) twice_.push_back(set.bound.get());
  }
}

void Ring::add(ConstTensorData inputs) {
  Set set;
  std::vector<Buffer*> buffers;
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    set.buffers.push_back(device_.allocate(sizes_[i]));
    buffers.push_back(set.buffers.back().get());
    if (i + 1 < sizes_.size()) device_.copy_in(*buffers.back(), inputs[i]);
  }
  using Clock = std::chrono::steady_clock;
  const auto before = Clock::now();
  set.bound = prepared_.bind(buffers);
  const std::chrono::duration<double, std::milli> took = Clock::now() - before;
  if (sets_.empty()) pack_ms_ = took.count();
  sets_.push_back(std::move(set));
}

std::int64_t Ring::touched_bytes() const {
  const TouchedBytes plausible = plausible_touched(problem_);
  std::int64_t bytes = 0;
  for (const Set& set : sets_) {
    const std::uint64_t touched = set.bound->touched_bytes();
    bytes += static_cast<std::int64_t>(std::clamp(touched, plausible.least, plausible.most));
  }
  return bytes;
}

std::optional<double> Ring::run(Queue& queue, std::int64_t calls) {
  const std::span<Bound* const> all(twice_);
  queue.submit(all.subspan(static_cast<std::size_t>(position_), sets_.size()), calls);
  const auto device_ns = queue.wait();
  position_ = (position_ + calls) % size();
  return device_ns;
}

void Ring::write_input(std::int64_t set, std::size_t tensor, std::span<const std::byte> data) {
  device_.copy_in(*sets_[static_cast<std::size_t>(set)].buffers[tensor], data);
}

void Ring::write_output(std::int64_t set, std::span<const std::byte> data) {
  device_.copy_in(*sets_[static_cast<std::size_t>(set)].buffers.back(), data);
}

void Ring::read_output(std::int64_t set, std::span<std::byte> data) const {
  device_.copy_out(*sets_[static_cast<std::size_t>(set)].buffers.back(), data);
}

}  // namespace assay
