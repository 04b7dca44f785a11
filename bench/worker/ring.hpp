// Sets of tensors with equal values in device memory, each with a kernel bound to it. Calls go
// through them in turn, so that what a call reads has left the caches since it was last used.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backends/backend.hpp"

namespace assay {

class Ring {
 public:
  // One set. `inputs` in the order of Problem::tensors; the output's data isn't read. `problem` and
  // the two before it outlive the ring.
  Ring(Device& device, Prepared& prepared, const Problem& problem, ConstTensorData inputs);
  // Adds sets until there are `size`.
  void grow(std::int64_t size, ConstTensorData inputs);

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(sets_.size()); }
  // By the calls of one round; what a backend says is taken only as far as it can be true.
  [[nodiscard]] std::int64_t touched_bytes() const;
  // How long binding the first set took.
  [[nodiscard]] double pack_ms() const { return pack_ms_; }

  // Runs `calls` calls from where the last ones ended, and waits. The device's nanoseconds if it
  // can tell.
  std::optional<double> run(Queue& queue, std::int64_t calls);
  // The set that the next call uses.
  [[nodiscard]] std::int64_t position() const { return position_; }
  void move_to(std::int64_t set) { position_ = set; }

  void write_input(std::int64_t set, std::size_t tensor, std::span<const std::byte> data);
  void write_output(std::int64_t set, std::span<const std::byte> data);
  void read_output(std::int64_t set, std::span<std::byte> data) const;

 private:
  struct Set {
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::unique_ptr<Bound> bound;  // before the buffers it refers to
  };
  void add(ConstTensorData inputs);

  Device& device_;
  Prepared& prepared_;
  const Problem& problem_;
  std::vector<std::size_t> sizes_;  // bytes of each tensor
  std::vector<Set> sets_;
  std::vector<Bound*>
      twice_;  // the sets' kernels, two rounds: a window of one round starts anywhere
  std::int64_t position_ = 0;
  double pack_ms_ = 0;
};

}  // namespace assay
