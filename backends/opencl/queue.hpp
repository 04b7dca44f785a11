// Kernel launches with their arguments set, and the in-order queue that starts them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

using Sizes = std::array<std::size_t, 3>;

struct Launch {
  Handle<cl_kernel> kernel;  // of this launch alone: its arguments stay as they were set
  Sizes global;
  Sizes local;
};

// One call is these launches in order.
class Launches final : public Bound {
 public:
  Launches(std::vector<Launch> launches, std::vector<std::unique_ptr<Memory>> owned,
           std::size_t touched_bytes)
      : launches_(std::move(launches)), owned_(std::move(owned)), touched_(touched_bytes) {}
  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }
  [[nodiscard]] const std::vector<Launch>& launches() const { return launches_; }

 private:
  std::vector<Launch> launches_;
  std::vector<std::unique_ptr<Memory>> owned_;
  std::size_t touched_;
};

void enqueue(const Session& session, cl_command_queue queue, const Launch& launch, cl_event* event);

// Runs launches now and waits for them: packing.
void run_now(const Session& session, const std::vector<Launch>& launches);

[[nodiscard]] std::unique_ptr<Queue> make_event_queue(const Session& session);

}  // namespace assay::opencl
