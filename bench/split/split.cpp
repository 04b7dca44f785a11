#include "bench/split/split.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bench/case.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// A sample of all devices together lasts so long, beside which a question to a worker is nothing.
constexpr double together_least_s = 0.1;
constexpr double alone_sample_ns = 10e6;
constexpr double patience_s = 60;
constexpr std::int64_t whole_slot = 0;
constexpr std::int64_t part_slot = 1;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The same product of fewer rows.
Problem with_rows(const Problem& product, std::int64_t rows) {
  std::string name = problem_name(product);
  const std::string key = "/m:" + std::to_string(product.integer("m"));
  name.replace(name.find(key), key.size(), "/m:" + std::to_string(rows));
  return parse_problem(name);
}

// A device's process: the whole product, and its part of it.
class Member {
 public:
  Member(const KnownDevice& device, const SplitSettings& settings,
         const std::atomic<bool>& interrupted)
      : device_(device), worker_(start_worker(settings.worker, &interrupted, device.plugin)) {}

  // Prepares, checks and warms up; seconds of a call.
  double prepare(const Problem& problem, std::uint64_t seed, std::int64_t slot) {
    const std::string name = case_name({problem, device_.id(), {}});
    const Support support = worker_->ask(protocol::Supports{name}, patience_s).support;
    if (!support) throw Error(Error::Kind::device, device_.id() + ": " + support.reason);
    const auto prepared =
        worker_->ask(protocol::Prepare{name, seed, Fill::random, slot}, patience_s);
    if (!prepared.skipped.empty()) {
      throw Error(Error::Kind::device, device_.id() + ": " + prepared.skipped);
    }
    check(false, slot);
    const auto warm = worker_->ask(protocol::WarmUp{0.3, alone_sample_ns, slot}, patience_s);
    if (!(warm.call_ns > 0) || warm.calls_per_sample < 1) worker_->fail("lied: a warm-up");
    if (slot == whole_slot) calls_ = warm.calls_per_sample;
    return warm.call_ns * 1e-9;
  }

  // Seconds of a call of the whole product, from one sample.
  double alone() {
    const auto reply = worker_->ask(protocol::Sample{1, calls_, whole_slot}, patience_s);
    if (reply.wall_ns.size() != 1 || !(reply.wall_ns.front() > 0)) worker_->fail("lied: a sample");
    return reply.wall_ns.front() * 1e-9 / static_cast<double>(calls_);
  }

  void begin(std::int64_t calls) { worker_->post(protocol::Sample{1, calls, part_slot}); }
  void end() { (void)worker_->answer<protocol::Sample>(patience_s); }

  void finish() {
    for (const std::int64_t slot : {whole_slot, part_slot}) {
      check(true, slot);
      worker_->ask(protocol::Release{slot});
    }
    worker_->quit();
  }

 private:
  void check(bool timed, std::int64_t slot) {
    const auto reply = worker_->ask(protocol::Verify{timed, slot}, patience_s);
    if (!reply.passed) worker_->fail("wrong: " + reply.reason);
  }

  const KnownDevice& device_;
  std::unique_ptr<WorkerClient> worker_;
  std::int64_t calls_ = 1;
};

}  // namespace

std::vector<std::int64_t> rows_by_speed(std::int64_t m, std::span<const double> speeds) {
  const auto devices = static_cast<std::int64_t>(speeds.size());
  if (m < devices) throw usage_error("fewer rows than devices to share them");
  const double sum = std::accumulate(speeds.begin(), speeds.end(), 0.0);
  // One row each, the others by speed, and what rounding leaves to the fastest.
  std::vector<std::int64_t> rows;
  for (const double speed : speeds) {
    rows.push_back(
        1 + static_cast<std::int64_t>(std::floor(static_cast<double>(m - devices) * speed / sum)));
  }
  const auto fastest = std::ranges::max_element(speeds) - speeds.begin();
  rows[static_cast<std::size_t>(fastest)] +=
      m - std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

SplitLaunch measure_split(const Problem& product, const std::vector<KnownDevice>& devices,
                          const SplitSettings& settings, std::uint64_t seed,
                          const std::atomic<bool>& interrupted) {
  SplitLaunch launch;
  launch.seed = seed;
  launch.alone_s.resize(devices.size());
  std::vector<Member> members;
  members.reserve(devices.size());
  std::vector<double> speeds;
  for (const KnownDevice& device : devices) {
    members.emplace_back(device, settings, interrupted);
    speeds.push_back(1 / members.back().prepare(product, seed, whole_slot));
  }
  launch.rows = rows_by_speed(product.integer("m"), speeds);
  double slowest_s = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Problem part = with_rows(product, launch.rows[i]);
    slowest_s = std::max(slowest_s, members[i].prepare(part, seed, part_slot));
  }
  const auto calls = static_cast<std::int64_t>(std::ceil(together_least_s / slowest_s));
  // Alone and together in turns: what drifts, drifts for both.
  for (int repeat = 0; repeat < settings.repeats; ++repeat) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      launch.alone_s[i].push_back(members[i].alone());
    }
    const auto begin = Clock::now();
    for (Member& member : members) member.begin(calls);
    for (Member& member : members) member.end();
    launch.together_s.push_back(seconds_since(begin) / static_cast<double>(calls));
  }
  for (Member& member : members) member.finish();
  return launch;
}

nlohmann::json split_json(const Problem& product, const std::vector<KnownDevice>& devices,
                          std::span<const SplitLaunch> launches) {
  nlohmann::json parts = nlohmann::json::array();
  for (const KnownDevice& device : devices) {
    parts.push_back({{"device", device.id()},
                     {"device_name", device.info.name},
                     {"vendor", device.info.vendor},
                     {"hardware", device.info.hardware},
                     {"software", device.info.software}});
  }
  nlohmann::json list = nlohmann::json::array();
  for (const SplitLaunch& launch : launches) {
    list.push_back({{"seed", launch.seed},
                    {"rows", launch.rows},
                    {"alone_s", launch.alone_s},
                    {"together_s", launch.together_s},
                    {"efficiency", split_efficiency(launch.alone_s, launch.together_s)}});
  }
  return {{"case", problem_name(product)},
          {"devices", std::move(parts)},
          {"launches", std::move(list)}};
}

}  // namespace assay
