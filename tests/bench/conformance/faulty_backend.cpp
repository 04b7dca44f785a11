#include "tests/bench/conformance/faulty_backend.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Fault = DeviceFault;

// What all devices of a backend share.
struct State {
  Fault fault = Fault::none;
  int opened = 0;         // devices so far
  bool released = false;  // a queue was
  bool pending = false;   // a queue was released without a wait
  [[nodiscard]] bool is(Fault other) const { return fault == other; }
};

// One arena per device: what lies next to a buffer is another buffer.
struct Arena {
  std::vector<std::byte> memory = std::vector<std::byte>(std::size_t{1} << 20U);
  std::size_t used = 0;
  int prepared = 0;
  bool first_prepared_lives = false;
};

class ArenaBuffer final : public Buffer {
 public:
  ArenaBuffer(Arena& arena, std::size_t bytes)
      : data_(arena.memory.data() + arena.used), size_(bytes) {
    arena.used += bytes;
  }
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

class FaultyPrepared;

class FaultyBound final : public Bound {
 public:
  FaultyBound(FaultyPrepared& prepared, std::span<Buffer* const> tensors) : prepared_(prepared) {
    for (Buffer* tensor : tensors) {
      tensors_.emplace_back(static_cast<ArenaBuffer*>(tensor)->data(), tensor->size());
    }
    keep_activation();
  }
  [[nodiscard]] std::size_t touched_bytes() const override;
  void call();
  void compute();

 private:
  void keep_activation();

  FaultyPrepared& prepared_;
  std::vector<std::byte> kept_;
  std::vector<std::span<std::byte>> tensors_;
};

class FaultyPrepared final : public Prepared {
 public:
  FaultyPrepared(const State& state, Arena& arena, Problem problem)
      : state_(state), arena_(arena), problem_(std::move(problem)), first_(arena.prepared++ == 0) {
    if (first_) arena.first_prepared_lives = true;
  }
  ~FaultyPrepared() override {
    if (first_) arena_.first_prepared_lives = false;
  }
  [[nodiscard]] std::string implementation() const override {
    return state_.is(Fault::no_implementation) ? "" : "faulty";
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    auto bound = std::make_unique<FaultyBound>(*this, tensors);
    last_ = bound.get();
    return bound;
  }

 private:
  friend class FaultyBound;
  const State& state_;
  Arena& arena_;
  Problem problem_;
  bool first_;
  FaultyBound* last_ = nullptr;
  int calls_ = 0;
};

std::size_t FaultyBound::touched_bytes() const {
  if (prepared_.state_.is(Fault::touches_nothing)) return 0;
  return prepared_.state_.is(Fault::touches_all) ? std::size_t{1} << 62U
                                                 : prepared_.problem_.bytes();
}

void FaultyBound::call() {
  const State& state = prepared_.state_;
  if (state.is(Fault::answers_once) && prepared_.calls_++ > 0) return;
  if (state.is(Fault::last_prepared_wins) && !prepared_.arena_.first_prepared_lives) return;
  (state.is(Fault::last_bind_wins) ? prepared_.last_ : this)->compute();
}

void FaultyBound::keep_activation() {
  if (!prepared_.state_.is(Fault::packs_activations)) return;
  kept_.assign(tensors_.front().begin(), tensors_.front().end());
  tensors_.front() = kept_;
}

void FaultyBound::compute() {
  const Problem& problem = prepared_.problem_;
  std::vector<std::int64_t> all(static_cast<std::size_t>(problem.output().elements()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  std::vector<Expected> expected(all.size());
  const std::vector<std::span<const std::byte>> inputs(tensors_.begin(), tensors_.end());
  kernel_of(problem).reference(problem, inputs, all, expected);
  for (std::size_t i = 0; i < all.size(); ++i) {
    store(problem.output().dtype, tensors_.back().data(), all[i], expected[i].value);
  }
  if (prepared_.state_.is(Fault::changes_input)) tensors_.front()[0] ^= std::byte{1};
  std::byte* const end = tensors_.back().data() + tensors_.back().size();
  if (prepared_.state_.is(Fault::writes_past_output)) *end ^= std::byte{1};
}

class FaultyQueue final : public Queue {
 public:
  explicit FaultyQueue(State& state) : state_(state) {}
  ~FaultyQueue() override {
    state_.released = true;
    state_.pending = state_.pending || working_;
  }
  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    if (state_.is(Fault::queue_is_shared) && state_.released) return;
    if (state_.is(Fault::drops_pending) && state_.pending) return;
    if (state_.is(Fault::zero_calls_are_one)) calls = std::max<std::int64_t>(calls, 1);
    for (std::int64_t i = 0; i < calls; ++i) {
      static_cast<FaultyBound*>(ring[static_cast<std::size_t>(i) % ring.size()])->call();
    }
    working_ = true;
  }
  std::optional<double> wait() override {
    if (state_.is(Fault::waits_for_something) && !working_) {
      throw Error(Error::Kind::device, "nothing to wait for");
    }
    working_ = false;
    if (state_.is(Fault::lying_clock)) return 1e15;
    if (state_.is(Fault::stopped_clock)) return 0.0;
    if (state_.is(Fault::constant_clock)) return 1.0;
    return std::nullopt;
  }

 private:
  State& state_;
  bool working_ = false;
};

DeviceInfo description(const State& state) {
  DeviceInfo info;
  info.ordinal = "0";
  info.name = "faulty";
  if (state.is(Fault::implausible_numbers)) info.notes = {{"implausible", "cache_bytes -1"}};
  return info;
}

class FaultyDevice final : public Device {
 public:
  explicit FaultyDevice(State& state) : state_(state), number_(++state.opened) {
    info_ = description(state);
    if (state.is(Fault::another_once_open)) info_.name = "another";
  }
  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    const std::string reason = state_.is(Fault::no_reasons) ? "" : "unknown";
    if (problem.kernel != "matmul" && !state_.is(Fault::accepts_kernels))
      return Support::no(reason);
    if (!variant.empty() && !state_.is(Fault::accepts_variants)) return Support::no(reason);
    return Support::yes();
  }

  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    if (bytes > arena_.memory.size() - arena_.used) {
      if (state_.is(Fault::allocates_anything)) bytes = 0;
      if (state_.is(Fault::runs_out_strangely)) throw Error(Error::Kind::device, "code -4");
      if (bytes > 0) throw Error(Error::Kind::memory, "full");
    }
    return std::make_unique<ArenaBuffer>(arena_, bytes);
  }
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    std::memcpy(static_cast<ArenaBuffer&>(buffer).data(), data.data(), amount(data.size()));
  }
  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    std::memcpy(data.data(), static_cast<const ArenaBuffer&>(buffer).data(), amount(data.size()));
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (state_.is(Fault::one_device) && number_ != state_.opened) {
      throw Error(Error::Kind::device, "another device is open");
    }
    if (!supports(problem, variant) && !state_.is(Fault::prepares_anything)) {
      throw Error(Error::Kind::device, "unsupported");
    }
    return std::make_unique<FaultyPrepared>(state_, arena_, problem);
  }
  std::unique_ptr<Queue> queue() override { return std::make_unique<FaultyQueue>(state_); }

 private:
  [[nodiscard]] std::size_t amount(std::size_t bytes) const {
    return state_.is(Fault::copies_whole_words) ? bytes / 4 * 4 : bytes;
  }

  State& state_;
  int number_;
  DeviceInfo info_;
  Arena arena_;
};

class FaultyBackend final : public Backend {
 public:
  explicit FaultyBackend(Fault fault) { state_.fault = fault; }
  [[nodiscard]] std::string_view name() const override { return "faulty"; }
  Enumeration enumerate(std::string_view) override { return {{description(state_)}, {}}; }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0" && !state_.is(Fault::accepts_ordinals)) throw usage_error("no such device");
    return std::make_unique<FaultyDevice>(state_);
  }

 private:
  State state_;
};

}  // namespace

std::unique_ptr<Backend> make_faulty_backend(DeviceFault fault) {
  return std::make_unique<FaultyBackend>(fault);
}

}  // namespace assay
