#include "bench/ceilings/meter.hpp"

#include <chrono>

#include "bench/case.hpp"
#include "bench/worker/protocol.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr double sample_ns = 10e6;
constexpr double warm_up_s = 0.03;
// Of a sample, that the slowest thread may have waited for a processor.
constexpr double most_waiting = 0.05;

// A silent worker is given up after this: setting up moves the bytes a few times, checking computes
// a reference.
double patience(const Problem& problem) {
  return 5 + static_cast<double>(problem.bytes()) / 5e7 +
         kernel_of(problem).multiply_adds(problem) / 1e7;
}

}  // namespace

double Meter::now_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t WorkerMeter::free_slot() const {
  for (std::size_t slot = 1; slot < static_cast<std::size_t>(protocol::slots); ++slot) {
    if (!entries_.contains(slot)) return slot;
  }
  throw Error(Error::Kind::internal, "no slot is free for another problem");
}

Meter::Added WorkerMeter::add(const Problem& problem) {
  const std::string name = case_name({problem, device_, ""});
  const Support support = worker_.ask(protocol::Supports{name}).support;
  if (!support) return {std::nullopt, support.reason, "", 0, true};
  const std::size_t index = free_slot();
  const auto slot = static_cast<std::int64_t>(index);
  const double patience_s = patience(problem);
  const auto prepared = worker_.ask(protocol::Prepare{name, seed_, Fill::random, slot}, patience_s);
  if (!prepared.skipped.empty()) return {std::nullopt, prepared.skipped, "", 0};
  const double before_s = now_s();
  const auto verified = worker_.ask(protocol::Verify{false, slot}, patience_s);
  const double check_s = now_s() - before_s;
  if (!verified.passed) {
    worker_.ask(protocol::Release{slot});
    return {std::nullopt, "wrong: " + verified.reason, prepared.implementation, 0};
  }
  const auto warm =
      worker_.ask(protocol::WarmUp{warm_up_s, sample_ns, slot}, warm_up_s + 0.1 * verified.call_ms);
  if (!(warm.call_ns > 0) || warm.calls_per_sample < 1 ||
      warm.calls_per_sample > protocol::most_calls) {
    worker_.fail("lied: a warm-up without time or calls");
  }
  entries_[index] = {warm.calls_per_sample, warm.call_ns, warm.host_call_ns, patience_s};
  return {index, "", prepared.implementation, sample_seconds(index) + check_s};
}

double WorkerMeter::sample(std::size_t index) { return watched_sample(index, false).seconds; }

WorkerMeter::Watched WorkerMeter::watched_sample(std::size_t index, bool watch) {
  const Entry& entry = entries_.at(index);
  const auto calls = static_cast<double>(entry.calls);
  const auto reply =
      worker_.ask(protocol::Sample{1, entry.calls, static_cast<std::int64_t>(index), false, watch},
                  20e-9 * calls * entry.call_ns);
  if (reply.wall_ns.size() != 1 || !(reply.wall_ns.front() > 0)) {
    worker_.fail("lied: a sample without time");
  }
  return {reply.wall_ns.front() * 1e-9 / calls,
          reply.waited_ns > most_waiting * reply.wall_ns.front()};
}

std::int64_t WorkerMeter::calls_to_rewarm(const Entry& entry) {
  // A long call warms up by itself, and another would cost as much.
  return entry.call_ns >= sample_ns ? 0 : (entry.calls + 3) / 4;
}

double WorkerMeter::sample_seconds(std::size_t index) const {
  const Entry& entry = entries_.at(index);
  return 1e-9 * entry.call_ns * static_cast<double>(entry.calls + calls_to_rewarm(entry));
}

void WorkerMeter::rewarm(std::size_t index) {
  const Entry& entry = entries_.at(index);
  const std::int64_t calls = calls_to_rewarm(entry);
  if (calls == 0) return;
  worker_.ask(protocol::Sample{1, calls, static_cast<std::int64_t>(index)},
              20e-9 * static_cast<double>(calls) * entry.call_ns);
}

double WorkerMeter::single_call(std::size_t index) {
  return entries_.at(index).host_call_ns * 1e-9;
}

Meter::Rates WorkerMeter::transfer(std::int64_t bytes) {
  const std::string any = case_name({parse_problem("stream/op:copy/bytes:1024"), device_, ""});
  const auto reply = worker_.ask(protocol::Transfer{any, bytes}, 10);
  if (!(reply.to_device_ns > 0) || !(reply.from_device_ns > 0)) {
    worker_.fail("lied: a copy without time");
  }
  const auto size = static_cast<double>(bytes) * 1e9;
  return {size / reply.to_device_ns, size / reply.from_device_ns};
}

std::string WorkerMeter::check(std::size_t index) {
  const auto reply = worker_.ask(protocol::Verify{true, static_cast<std::int64_t>(index)},
                                 entries_.at(index).patience_s);
  if (reply.passed) return {};
  return reply.reason.empty() ? "wrong result" : reply.reason;
}

void WorkerMeter::remove(std::size_t index) {
  worker_.ask(protocol::Release{static_cast<std::int64_t>(index)});
  entries_.erase(index);
}

OwnWorkerMeter::OwnWorkerMeter(Start start, std::string device, std::uint64_t seed)
    : start_(std::move(start)), device_(std::move(device)), seed_(seed) {
  (void)restart();
}

bool OwnWorkerMeter::restart() {
  meter_.reset();
  worker_.reset();
  worker_ = start_();
  meter_ = std::make_unique<WorkerMeter>(*worker_, device_, seed_);
  return true;
}

}  // namespace assay
