// Problems measured in turns on one device: by a worker, or in tests by a simulated clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/worker_client.hpp"
#include "kernels/problem.hpp"

namespace assay {

class Meter {
 public:
  virtual ~Meter() = default;

  struct Added {
    std::optional<std::size_t> index;  // for the other calls
    std::string reason;                // why there is none
    std::string implementation;
    double later_s = 0;        // what a sample and the check behind it will take; 0: unknown
    bool unsupported = false;  // the device has no kernel for it
  };
  // Prepares the problem, checks its answer and warms up.
  [[nodiscard]] virtual Added add(const Problem& problem) = 0;
  // Seconds per call, over one sample of at least 10 ms.
  [[nodiscard]] virtual double sample(std::size_t index) = 0;
  // Seconds from the start of a single call to its end.
  [[nodiscard]] virtual double single_call(std::size_t index) = 0;
  // Bytes/s of copies of that size.
  struct Rates {
    double to_device = 0, from_device = 0;
  };
  [[nodiscard]] virtual Rates transfer(std::int64_t bytes) = 0;
  // Checks what was timed: empty, or why it is wrong.
  [[nodiscard]] virtual std::string check(std::size_t index) = 0;
  // Frees what add() made; the index isn't used again.
  virtual void remove(std::size_t index) = 0;
  // After a WorkerFailure: begins anew, in another process where it has one; all indices are void.
  // False where it can't.
  virtual bool restart() { return false; }
  // Seconds since any moment, for limits of time.
  [[nodiscard]] virtual double now_s() const;
};

// Several problems in one worker, in its slots from 1 on. WorkerFailure and Interrupted pass through.
class WorkerMeter final : public Meter {
 public:
  // `worker` outlives it and has been greeted. `seed` makes the inputs.
  WorkerMeter(WorkerClient& worker, std::string device, std::uint64_t seed)
      : worker_(worker), device_(std::move(device)), seed_(seed) {}

  [[nodiscard]] Added add(const Problem& problem) override;
  [[nodiscard]] double sample(std::size_t index) override;
  [[nodiscard]] double single_call(std::size_t index) override;
  [[nodiscard]] Rates transfer(std::int64_t bytes) override;
  [[nodiscard]] std::string check(std::size_t index) override;
  void remove(std::size_t index) override;
  // With `watch`, also whether others had the processors for so much of it that it tells little of what
  // the hardware can do.
  struct Watched {
    double seconds = 0;
    bool disturbed = false;
  };
  [[nodiscard]] Watched watched_sample(std::size_t index, bool watch);
  // A quarter of a sample's calls, not counted: after others had the device.
  void rewarm(std::size_t index);
  // What rewarm() and a sample will take.
  [[nodiscard]] double sample_seconds(std::size_t index) const;

 private:
  struct Entry {
    std::int64_t calls = 1;  // in a sample
    double call_ns = 0;
    double host_call_ns = 0;
    double patience_s = 0;
  };
  [[nodiscard]] std::size_t free_slot() const;
  [[nodiscard]] static std::int64_t calls_to_rewarm(const Entry& entry);

  WorkerClient& worker_;
  std::string device_;
  std::uint64_t seed_;
  std::map<std::size_t, Entry> entries_;  // by slot
};

// The same in workers of its own, one after the other.
class OwnWorkerMeter final : public Meter {
 public:
  using Start = std::function<std::unique_ptr<WorkerClient>()>;
  // Starts the first one: throws what `start` throws.
  OwnWorkerMeter(Start start, std::string device, std::uint64_t seed);

  [[nodiscard]] Added add(const Problem& problem) override { return meter_->add(problem); }
  [[nodiscard]] double sample(std::size_t index) override { return meter_->sample(index); }
  [[nodiscard]] double single_call(std::size_t index) override {
    return meter_->single_call(index);
  }
  [[nodiscard]] Rates transfer(std::int64_t bytes) override { return meter_->transfer(bytes); }
  [[nodiscard]] std::string check(std::size_t index) override { return meter_->check(index); }
  void remove(std::size_t index) override { meter_->remove(index); }
  bool restart() override;
  // Lets the worker end in order.
  void quit() { worker_->quit(); }

 private:
  Start start_;
  std::string device_;
  std::uint64_t seed_;
  std::unique_ptr<WorkerClient> worker_;
  std::unique_ptr<WorkerMeter> meter_;
};

}  // namespace assay
