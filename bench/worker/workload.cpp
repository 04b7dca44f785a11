#include "bench/worker/workload.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

#include "bench/worker/memory.hpp"
#include "bench/worker/sampling.hpp"
#include "bench/worker/waiting.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

// What reading outputs back for checking may take: bytes copied, and sets looked at.
constexpr std::int64_t checked_bytes = std::int64_t{256} << 20U;
constexpr std::int64_t checked_sets = 256;

// Outputs that are read and poisoned after every request for samples: copying them takes milliseconds.
constexpr std::size_t watched_bytes = std::size_t{16} << 20U;

// What is computed again with new inputs: where it takes milliseconds.
constexpr double renewed_multiply_adds = 0x1p24;
constexpr std::size_t renewed_bytes = std::size_t{16} << 20U;

class Stopwatch {
 public:
  [[nodiscard]] double ms() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

// Up to `count` of the numbers 0 … size - 1, among them the first and the last.
std::vector<std::int64_t> choose(std::int64_t size, std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> chosen;
  if (count >= size) {
    for (std::int64_t i = 0; i < size; ++i) chosen.push_back(i);
    return chosen;
  }
  chosen = {0, size - 1};
  for (std::int64_t i = 2; i < count; ++i) {
    const std::uint64_t bits = random_bits(seed, 0, static_cast<std::uint64_t>(i));
    chosen.push_back(static_cast<std::int64_t>(bits % static_cast<std::uint64_t>(size)));
  }
  std::ranges::sort(chosen);
  const auto repeated = std::ranges::unique(chosen);
  chosen.erase(repeated.begin(), repeated.end());
  return chosen;
}

}  // namespace

std::uint64_t input_seed(const Problem& problem, std::uint64_t launch_seed) {
  std::uint64_t hash = launch_seed;
  for (const char c : problem_name(problem)) hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

Workload::Workload(Device& device, const Case& c, const protocol::Prepare& request,
                   const Affinity& checking)
    : device_(device),
      problem_(c.problem),
      seed_(input_seed(c.problem, request.seed)),
      checking_(checking) {
  const AffinityScope scope(checking_);
  std::vector<std::span<std::byte>> tensors;
  for (const TensorSpec& tensor : problem_.tensors) {
    HostBuffer& buffer = host_.emplace_back(tensor.bytes());
    tensors.emplace_back(buffer.data(), buffer.size());
  }
  if (request.fill == Fill::random) {
    kernel_of(problem_).fill(problem_, seed_, tensors);
  } else {
    for (const auto tensor : tensors) std::memset(tensor.data(), 0, tensor.size());
  }
  poison(tensors.back(), problem_.output().dtype);
  inputs_.assign(tensors.begin(), tensors.end());
  checker_ = std::make_unique<Checker>(problem_, inputs_, seed_);
  queue_ = device_.queue();
  passed_.reserve(problem_.output().bytes());
  const Kernel& kernel = kernel_of(problem_);
  renewable_ = request.fill == Fill::random && !kernel.probe && problem_.bytes() <= renewed_bytes &&
               kernel.multiply_adds(problem_) <= renewed_multiply_adds;
}

std::unique_ptr<Workload> Workload::prepare(Device& device, const Case& c,
                                            const protocol::Prepare& request,
                                            const Affinity& checking,
                                            protocol::Prepare::Reply& reply) {
  const DeviceInfo& info = device.info();
  const auto problem_bytes = static_cast<std::int64_t>(c.problem.bytes());
  const std::int64_t estimate = ring_size(c.problem, problem_bytes, info.cache_bytes);
  reply.skipped = memory_shortage(c.problem, estimate, info, available_host_memory());
  if (!reply.skipped.empty()) return nullptr;

  std::unique_ptr<Workload> work(new Workload(device, c, request, checking));
  const Stopwatch compiling;
  work->prepared_ = device.prepare(work->problem_, c.variant);
  reply.compile_ms = compiling.ms();
  reply.implementation = work->prepared_->implementation();
  reply.path = work->prepared_->path();
  reply.labels = work->prepared_->labels();
  work->ring_ = std::make_unique<Ring>(device, *work->prepared_, work->problem_, work->inputs_);
  reply.pack_ms = work->ring_->pack_ms();

  const std::int64_t touched = work->ring_->touched_bytes();
  const std::int64_t size = ring_size(c.problem, touched, info.cache_bytes);
  reply.skipped = memory_shortage(c.problem, size, info, available_host_memory());
  if (!reply.skipped.empty()) return nullptr;
  work->ring_->grow(size, work->inputs_);
  reply.ring = size;
  reply.ring_bytes = work->ring_->touched_bytes();
  reply.ring_capped = c.problem.word("cache") != "hot" && size == most_sets &&
                      reply.ring_bytes < cold_bytes(info.cache_bytes);
  return work;
}

protocol::Verify::Reply Workload::verify(const protocol::Verify& request) {
  protocol::Verify::Reply reply;
  if (request.timed) {
    verify_timed(reply);
    reply.labels = limited();
  } else {
    verify_first(reply);
  }
  return reply;
}

void Workload::verify_first(protocol::Verify::Reply& reply) {
  reply.first_call_ms = -1;
  for (const std::int64_t set : choose(ring_->size(), 3, seed_)) {
    ring_->write_output(set, inputs_.back());
    ring_->move_to(set);
    const double ms = timed_call();
    const bool first = reply.first_call_ms < 0;
    if (first) reply.first_call_ms = ms;
    reply.call_ms = first ? ms : std::min(reply.call_ms, ms);
    if (!check_output(set, reply)) return;
  }
  // The first call may have compiled; how long another takes decides whether the case is affordable.
  if (ring_->size() > 1) return;
  ring_->write_output(0, inputs_.back());
  reply.call_ms = std::min(reply.call_ms, timed_call());
  (void)check_output(0, reply);
}

double Workload::timed_call() {
  const Stopwatch calling;
  ring_->run(*queue_, 1);
  return calling.ms();
}

void Workload::verify_timed(protocol::Verify::Reply& reply) {
  if (first_timed_ < 0) {
    reply.reason = "nothing was timed";
    return;
  }
  if (broken_) {
    reply = *broken_;
    return;
  }
  const std::int64_t used = std::min(timed_calls_, ring_->size());
  const auto bytes = static_cast<std::int64_t>(std::max<std::size_t>(inputs_.back().size(), 1));
  const std::int64_t count = std::clamp(checked_bytes / bytes, std::int64_t{2}, checked_sets);
  for (const std::int64_t offset : choose(used, count, seed_)) {
    const std::int64_t set = (first_timed_ + offset) % ring_->size();
    if (due_[static_cast<std::size_t>(set)] > timed_calls_) continue;
    if (!check_output(set, reply)) return;
  }
  const std::int64_t next = ring_->position();
  verify_again(reply);
  if (reply.passed) verify_renewed(reply);
  ring_->move_to(next);
}

// One after the other: a device that leaves out every second call leaves out one of these.
void Workload::verify_again(protocol::Verify::Reply& reply) {
  constexpr double slow_ms = 100;
  const Stopwatch calling;
  if (check_call(reply) && calling.ms() < slow_ms) (void)check_call(reply);
}

bool Workload::check_call(protocol::Verify::Reply& reply) {
  const std::int64_t set = ring_->position();
  ring_->write_output(set, inputs_.back());
  ring_->run(*queue_, 1);
  return check_output(set, reply);
}

void Workload::watch_output() {
  // Checking takes longer than comparing: of results that differ from call to call a few will do.
  constexpr int most_differing = 3;
  if (inputs_.back().size() > watched_bytes || broken_ || differing_ == most_differing) return;
  const std::int64_t set = (ring_->position() + ring_->size() - 1) % ring_->size();
  watched_.resize(inputs_.back().size());
  ring_->read_output(set, watched_);
  if (watched_ != passed_) {
    ++differing_;
    protocol::Verify::Reply reply;
    if (!check_output(set, reply)) {
      broken_ = reply;
      return;
    }
  }
  ring_->write_output(set, inputs_.back());
  due_[static_cast<std::size_t>(set)] = timed_calls_ + ring_->size();
}

// Every call has seen the same inputs until now: what was packed or computed of them too early is
// found with new ones. Afterwards all is as before.
void Workload::verify_renewed(protocol::Verify::Reply& reply) {
  if (!renewable_) return;
  std::vector<std::vector<std::byte>> fresh;
  for (const TensorSpec& tensor : problem_.tensors) fresh.emplace_back(tensor.bytes());
  const std::uint64_t seed = mix(seed_);
  {
    const AffinityScope scope(checking_);
    const std::vector<std::span<std::byte>> tensors(fresh.begin(), fresh.end());
    kernel_of(problem_).fill(problem_, seed, tensors);
  }
  std::vector<std::span<const std::byte>> inputs = inputs_;
  const auto each_renewed = [&](const auto& action) {
    for (std::size_t i = 0; i + 1 < inputs.size(); ++i) {
      if (problem_.tensors[i].role != Role::weight) action(i);
    }
  };
  each_renewed([&](std::size_t i) { inputs[i] = fresh[i]; });

  const std::int64_t set = ring_->position();
  std::vector<std::byte> kept(problem_.output().bytes());
  std::vector<std::byte> output(kept.size());
  ring_->read_output(set, kept);
  each_renewed([&](std::size_t i) { ring_->write_input(set, i, inputs[i]); });
  ring_->write_output(set, inputs_.back());
  ring_->run(*queue_, 1);
  ring_->read_output(set, output);
  each_renewed([&](std::size_t i) { ring_->write_input(set, i, inputs_[i]); });
  ring_->write_output(set, kept);

  const AffinityScope scope(checking_);
  const CheckResult result = Checker(problem_, inputs, seed).check(output);
  if (result.passed) return;
  reply.passed = false;
  reply.reason = "on new contents of all but the weights: " + result.reason;
}

bool Workload::check_output(std::int64_t set, protocol::Verify::Reply& reply) {
  std::vector<std::byte> output(problem_.output().bytes());
  ring_->read_output(set, output);
  ++reply.outputs;
  if (output == passed_ && reply.passed) return true;
  const AffinityScope scope(checking_);
  const CheckResult result = checker_->check(output);
  reply.passed = result.passed;
  reply.checked = result.checked;
  reply.reason = result.reason;
  // Several outputs: the worst of them. A deviation that isn't a number is worse than any.
  constexpr double largest = std::numeric_limits<double>::max();
  const double error = std::isfinite(result.error) ? result.error : largest;
  if (error >= reply.error) {
    reply.error = error;
    reply.worst_index = result.worst_index;
  }
  reply.max_abs_error = std::max(
      reply.max_abs_error, std::isfinite(result.max_abs_error) ? result.max_abs_error : largest);
  if (result.passed) passed_ = std::move(output);
  return result.passed;
}

protocol::WarmUp::Reply Workload::warm_up(const protocol::WarmUp& request) {
  if (sensors_ != nullptr) before_ = sensors_->read();
  warmed_up_ = std::chrono::steady_clock::now();
  return assay::warm_up(*ring_, *queue_, request);
}

std::vector<std::string> Workload::limited() const {
  // Of the time: less than this is no news.
  constexpr double notable = 0.01;
  if (sensors_ == nullptr) return {};
  const SensorReading now = sensors_->read();
  const auto passed = std::chrono::steady_clock::now() - warmed_up_;
  const double least_s = notable * std::chrono::duration<double>(passed).count();
  std::vector<std::string> labels;
  const auto add = [&](const std::optional<double>& before, const std::optional<double>& after,
                       const char* label) {
    if (before && after && *after - *before > least_s) labels.emplace_back(label);
  };
  add(before_.hot_s, now.hot_s, "throttled");
  add(before_.power_s, now.power_s, "power_limited");
  return labels;
}

protocol::Sample::Reply Workload::sample(const protocol::Sample& request) {
  if (first_timed_ < 0) {
    for (std::int64_t set = 0; set < ring_->size(); ++set) {
      ring_->write_output(set, inputs_.back());
    }
    first_timed_ = ring_->position();
    due_.assign(static_cast<std::size_t>(ring_->size()), 0);
  }
  std::optional<Waiting> waiting;
  if (request.waiting) waiting.emplace(checking_.processors());
  protocol::Sample::Reply reply = measure(request);
  if (waiting) reply.waited_ns = waiting->longest_ns();
  timed_calls_ += request.n * request.calls;
  watch_output();
  return reply;
}

protocol::Sample::Reply Workload::measure(const protocol::Sample& request) {
  if (!request.energy) return take_samples(*ring_, *queue_, request);
  if (sensors_ == nullptr) throw Error(Error::Kind::internal, "no sensors for this slot");
  const SensorReading before = sensors_->read();
  protocol::Sample::Reply reply = take_samples(*ring_, *queue_, request);
  const SensorReading after = sensors_->read();
  reply.energy_missing = sensors_->missing();
  if (!reply.energy_missing.empty()) return reply;
  reply.joules = after.joules.value_or(0) - before.joules.value_or(0);
  if (before.joules && after.joules && reply.joules > 0) {
    reply.energy_source = sensors_->source();
  } else {
    reply.joules = 0;
    reply.energy_missing = "the counter stood still";
  }
  return reply;
}

}  // namespace assay
