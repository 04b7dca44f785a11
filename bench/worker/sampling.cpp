#include "bench/worker/sampling.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <exception>
#include <limits>
#include <memory>
#include <span>

#include "bench/statistics/quantile.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr double window_ns = 5e6;
constexpr std::size_t most_single_calls = 30;

double nanoseconds_since(Clock::time_point before) {
  return Nanoseconds(Clock::now() - before).count();
}

double time_calls(Ring& ring, Queue& queue, std::int64_t calls) {
  const auto before = Clock::now();
  ring.run(queue, calls);
  // A clock that did not move has no information; one nanosecond keeps ratios finite.
  return std::max(nanoseconds_since(before), 1.0);
}

std::int64_t calls_for(double duration_ns, double call_ns) {
  const double calls = std::ceil(duration_ns / call_ns);
  return std::clamp(static_cast<std::int64_t>(std::min(calls, double{protocol::most_calls})),
                    std::int64_t{1}, protocol::most_calls);
}

bool no_longer_faster(std::span<const double> windows) {
  if (windows.size() < 6) return false;
  const auto recent = windows.last(3);
  const auto before = windows.last(6).first(3);
  return std::ranges::min(recent) >= 0.98 * std::ranges::min(before);
}

bool flushes_denormals() {
  volatile float tiny = std::numeric_limits<float>::min();
  tiny = tiny * 0.5F;
  return tiny == 0.0F;
}

// Takes what Google Benchmark counted, and prints nothing.
class Reader final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Iteration) iterations += run.iterations;
    }
  }
  std::int64_t iterations = 0;
};

}  // namespace

double process_cpu_ns() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double timer_resolution_ns() {
  double smallest = std::numeric_limits<double>::max();
  for (int i = 0; i < 100; ++i) {
    const auto before = Clock::now();
    auto after = Clock::now();
    while (after == before) after = Clock::now();
    smallest = std::min(smallest, Nanoseconds(after - before).count());
  }
  return smallest;
}

protocol::WarmUp::Reply warm_up(Ring& ring, Queue& queue, const protocol::WarmUp& request) {
  protocol::WarmUp::Reply reply;
  const auto begin = Clock::now();
  std::int64_t calls = 1;
  std::vector<double> windows;  // per call, of equal numbers of calls
  do {
    const double time = time_calls(ring, queue, calls);
    windows.push_back(time / static_cast<double>(calls));
    reply.stationary = no_longer_faster(windows);
    if (time < window_ns / 2 && calls < protocol::most_calls) {
      calls = std::min(calls_for(window_ns, windows.back()), 8 * calls);
      windows.clear();
    }
  } while (windows.empty() ||
           (!reply.stationary && nanoseconds_since(begin) < request.max_s * 1e9));
  const std::span<const double> all(windows);
  reply.call_ns = median(all.last(std::min<std::size_t>(3, all.size())));
  const double duration_ns = std::max(request.sample_ns, 1000 * timer_resolution_ns());
  reply.calls_per_sample = calls_for(duration_ns, reply.call_ns);
  std::vector<double> single;
  for (const auto host_begin = Clock::now();
       single.size() < most_single_calls &&
       (single.empty() || nanoseconds_since(host_begin) < window_ns);) {
    single.push_back(time_calls(ring, queue, 1));
  }
  reply.host_call_ns = median(single);
  reply.flushes_denormals = flushes_denormals();
  return reply;
}

protocol::Transfer::Reply time_transfers(Device& device, std::size_t bytes) {
  constexpr int rounds = 5;
  // Random, as a link or a driver may compress; eight bytes a number.
  std::vector<std::byte> data(bytes);
  for (std::size_t i = 0; i < bytes; i += 8) {
    const std::uint64_t drawn = random_bits(1, 0, i / 8);
    std::memcpy(data.data() + i, &drawn, std::min<std::size_t>(8, bytes - i));
  }
  std::vector<std::byte> back(bytes);
  const std::unique_ptr<Buffer> buffer = device.allocate(bytes);
  std::vector<double> to_ns;
  std::vector<double> from_ns;
  for (int round = 0; round < rounds; ++round) {
    const auto before = Clock::now();
    device.copy_in(*buffer, data);
    to_ns.push_back(std::max(nanoseconds_since(before), 1.0));
    const auto between = Clock::now();
    device.copy_out(*buffer, back);
    from_ns.push_back(std::max(nanoseconds_since(between), 1.0));
  }
  if (back != data) throw Error(Error::Kind::device, "what was copied back is not what was sent");
  protocol::Transfer::Reply reply;
  reply.to_device_ns = median(to_ns);
  reply.from_device_ns = median(from_ns);
  return reply;
}

protocol::Sample::Reply take_samples(Ring& ring, Queue& queue, const protocol::Sample& request) {
  protocol::Sample::Reply reply;
  const auto n = static_cast<std::size_t>(request.n);
  for (auto* times : {&reply.wall_ns, &reply.device_ns, &reply.cpu_ns}) times->reserve(n);
  std::exception_ptr broken;
  const auto body = [&](benchmark::State& state) {
    try {
      for (auto iteration : state) {
        (void)iteration;
        const double cpu_before = process_cpu_ns();
        const auto before = Clock::now();
        const auto device_ns = ring.run(queue, request.calls);
        const double wall_ns = std::max(nanoseconds_since(before), 1.0);
        reply.cpu_ns.push_back(process_cpu_ns() - cpu_before);
        reply.wall_ns.push_back(wall_ns);
        if (device_ns) reply.device_ns.push_back(*device_ns);
        state.SetIterationTime(wall_ns * 1e-9);
      }
    } catch (...) {
      broken = std::current_exception();
      state.SkipWithError("a call failed");
    }
  };
  benchmark::RegisterBenchmark("case", body)->UseManualTime()->Iterations(request.n);
  Reader reader;
  benchmark::RunSpecifiedBenchmarks(&reader, "all");
  benchmark::ClearRegisteredBenchmarks();
  if (broken) std::rethrow_exception(broken);
  if (reader.iterations != request.n || reply.wall_ns.size() != n) {
    throw Error(Error::Kind::internal, "Google Benchmark ran " + std::to_string(reader.iterations) +
                                           " samples instead of " + std::to_string(request.n));
  }
  if (reply.device_ns.size() != n) reply.device_ns.clear();
  return reply;
}

}  // namespace assay
