#include "bench/launch_stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/case.hpp"
#include "bench/estimate.hpp"
#include "bench/statistics/interval.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/worker/memory.hpp"

namespace assay {
namespace {

constexpr double sample_ns = 10e6;
constexpr std::size_t fewest_samples = 3;
constexpr std::size_t fewest_for_precision = 5;
constexpr double precision_within = 0.01;
// What a time that a worker claims may exceed the one that its question took.
constexpr double clock_slack_s = 1e-3;

double seconds_since(Process::Clock::time_point before) {
  return std::chrono::duration<double>(Process::Clock::now() - before).count();
}

}  // namespace

void Stages::guarded(const std::function<void()>& stage) {
  const auto before = Process::Clock::now();
  try {
    stage();
  } catch (const WorkerFailure& failure) {
    settle(Status::failed, failure.what(), failure.detail());
    attempt_.lasting = failure.lasting();
    pool_.drop(*attempt_.planned);
  } catch (const Error& error) {
    settle(Status::failed, error.what(), error.detail());
    pool_.drop(*attempt_.planned);
  }
  attempt_.cost_s += seconds_since(before);
}

void Stages::settle(Status status, const std::string& reason, const std::string& detail) {
  attempt_.status = status;
  attempt_.reason = reason;
  attempt_.detail = detail;
}

// Why a case isn't measured that needs so long.
std::string Stages::budget_text(double need_s) const {
  constexpr double nothing_s = 1e-3;
  if (attempt_.share_s < nothing_s) {
    return fmt::format("the run's budget of {} is spent", seconds_text(measure_.budget_s));
  }
  return fmt::format("needs ~{}, budget {}", seconds_text(need_s), seconds_text(attempt_.share_s));
}

void Stages::prepare_and_check() {
  const PlannedCase& planned = *attempt_.planned;
  // The plainest reason first: with less memory than one set of tensors takes, no budget helps.
  if (std::string shortage =
          memory_shortage(planned.c.problem, 1, planned.device.info, available_host_memory());
      !shortage.empty()) {
    return settle(Status::skipped, shortage);
  }
  if (const double least = least_seconds(planned); attempt_.may_skip && least > attempt_.share_s) {
    return settle(Status::skipped, budget_text(least));
  }
  WorkerClient& worker = pool_.get(planned);
  const std::string name = case_name(planned.c);
  const Support support = worker.ask(protocol::Supports{name}).support;
  if (!support) return settle(Status::unsupported, support.reason);

  const auto before = Process::Clock::now();
  const auto prepared = worker.ask(protocol::Prepare{name, attempt_.launch.seed, measure_.fill},
                                   patience(prepare_patience(planned)));
  if (!prepared.skipped.empty()) return settle(Status::skipped, prepared.skipped);
  believe(worker, prepared, seconds_since(before));
  prepared_ = true;
  attempt_.implementation = prepared.implementation;
  attempt_.path = prepared.path;
  attempt_.ring_bytes = prepared.ring_bytes;
  attempt_.labels.insert(prepared.labels.begin(), prepared.labels.end());
  attempt_.launch.compile_ms = prepared.compile_ms;
  attempt_.launch.pack_ms = prepared.pack_ms;
  attempt_.launch.ring = prepared.ring;
  if (prepared.ring_capped) attempt_.labels.insert("capped_ring");

  const auto before_check = Process::Clock::now();
  const auto first = worker.ask(protocol::Verify{false}, patience(verify_patience(planned)));
  if (first.first_call_ms < 0 || first.call_ms < 0) worker.fail("lied: a negative time");
  attempt_.launch.first_call_ms = first.first_call_ms;
  take_check(worker, first);
  // Compiling is a cost of the first time only, drivers keep their binaries: it is no reason to
  // skip the case or its later launches.
  const double first_s = (first.first_call_ms - first.call_ms) * 1e-3;
  const double once_s = prepared.compile_ms * 1e-3 + first_s;
  attempt_.cost_s -= once_s;
  const double check_s = seconds_since(before_check) - first_s;
  const double call_s = first.call_ms * 1e-3;
  if (running() && fits(seconds_since(before) - once_s, call_s, check_s)) warm_up(worker, call_s);
  if (!running()) worker.ask(protocol::Release{});
}

void Stages::believe(WorkerClient& worker, const protocol::Prepare::Reply& prepared,
                     double elapsed_s) {
  if (prepared.ring <= 0) {
    worker.fail(fmt::format("lied: prepared {} sets of tensors", prepared.ring));
  }
  if (prepared.compile_ms < 0 || prepared.pack_ms < 0) worker.fail("lied: a negative time");
  const double claimed_s = (prepared.compile_ms + prepared.pack_ms) * 1e-3;
  if (claimed_s > elapsed_s + clock_slack_s) {
    worker.fail(fmt::format("lied: {} of preparing in {}", seconds_text(claimed_s),
                            seconds_text(elapsed_s)));
  }
}

// A silent worker shall not cost much more than the case's share of the budget.
double Stages::patience(double estimate_s) const {
  return std::min(estimate_s, 2 * std::max(attempt_.share_s, 5.0));
}

bool Stages::fits(double setup_s, double call_s, double check_s) {
  const double calls =
      std::max(static_cast<double>(fewest()), static_cast<double>(measure_.min_calls));
  const double sampling_s = std::max(measure_.min_time_s, calls * call_s);
  const double need_s = setup_s + sampling_s + measure_.energy_s + check_s;
  if (!attempt_.may_skip || need_s <= attempt_.share_s) return true;
  settle(Status::skipped, budget_text(need_s));
  return false;
}

void Stages::warm_up(WorkerClient& worker, double call_s) {
  const double max_s = std::clamp(attempt_.sampling_s / 2, 0.03, 0.5);
  const auto before = Process::Clock::now();
  const auto reply = worker.ask(protocol::WarmUp{max_s, sample_ns}, max_s + patience(100 * call_s));
  const bool sane = reply.call_ns > 0 && reply.host_call_ns > 0 && reply.calls_per_sample > 0 &&
                    reply.calls_per_sample <= protocol::most_calls;
  if (!sane) worker.fail("lied: a warm-up without time or calls");
  if (const double elapsed_s = seconds_since(before);
      reply.call_ns * 1e-9 > elapsed_s + clock_slack_s) {
    worker.fail(fmt::format("lied: a call of {} in {}", seconds_text(reply.call_ns * 1e-9),
                            seconds_text(elapsed_s)));
  }
  call_ns_ = reply.call_ns;
  attempt_.launch.calls_per_sample = reply.calls_per_sample;
  attempt_.launch.host_call_ns = reply.host_call_ns;
  if (reply.flushes_denormals) attempt_.labels.insert("flushes_denormals");
}

std::size_t Stages::fewest() const {
  return std::max(fewest_samples, static_cast<std::size_t>(measure_.min_repeats));
}

bool Stages::wants_samples() const {
  if (!running()) return false;
  const auto& samples = attempt_.launch.samples_ns;
  const auto calls = static_cast<std::int64_t>(samples.size()) * attempt_.launch.calls_per_sample;
  if (samples.size() < fewest() || sampled_s_ < measure_.min_time_s || calls < measure_.min_calls) {
    return true;
  }
  if (sampled_s_ >= attempt_.sampling_s) return false;
  const auto width = relative_half_width(samples, 0.95);
  return samples.size() < fewest_for_precision || !width || *width > precision_within;
}

void Stages::sample() {
  WorkerClient& worker = pool_.get(*attempt_.planned);
  // Short turns, so that what is compared was measured milliseconds apart.
  const std::int64_t n = call_ns_ > sample_ns ? 1 : 2;
  const std::int64_t calls = attempt_.launch.calls_per_sample;
  const double expected_s = static_cast<double>(n * calls) * call_ns_ * 1e-9;
  const auto before = Process::Clock::now();
  const auto reply = worker.ask(protocol::Sample{n, calls}, patience(20 * expected_s));
  const double elapsed_s = seconds_since(before);
  if (reply.wall_ns.size() != static_cast<std::size_t>(n) ||
      reply.cpu_ns.size() != reply.wall_ns.size()) {
    worker.fail(fmt::format("lied: {} samples instead of {}", reply.wall_ns.size(), n));
  }
  take(worker, reply, elapsed_s);
}

void Stages::take(WorkerClient& worker, const protocol::Sample::Reply& reply, double elapsed_s) {
  const auto calls = static_cast<double>(attempt_.launch.calls_per_sample);
  double total_s = 0;
  for (const double wall_ns : reply.wall_ns) {
    if (!(wall_ns > 0)) worker.fail("lied: a sample that took no time");
    total_s += wall_ns * 1e-9;
  }
  believe(worker, total_s, elapsed_s);
  for (const double cpu_ns : reply.cpu_ns) {
    if (cpu_ns < 0) worker.fail("lied: a negative time");
    cpu_ns_.push_back(cpu_ns / calls);
  }
  for (const double wall_ns : reply.wall_ns) {
    attempt_.launch.samples_ns.push_back(wall_ns / calls);
  }
  sampled_s_ += total_s;
  if (!reply.device_ns.empty() && reply.device_ns.size() != reply.wall_ns.size()) {
    worker.fail("lied: device times for some samples only");
  }
  for (std::size_t i = 0; i < reply.device_ns.size(); ++i) {
    // Room for the granularity of the device's timer.
    const double most = reply.wall_ns[i] * 1.01 + 1e3;
    const bool credible = reply.device_ns[i] > 0 && reply.device_ns[i] <= most;
    device_clock_rejected_ = device_clock_rejected_ || !credible;
    device_ns_.push_back(reply.device_ns[i] / calls);
  }
}

// Samples take no longer than the question did, and not next to nothing of it. Between them a worker may
// do other things, before the first of them it writes every output; and everything may be held up.
void Stages::believe(WorkerClient& worker, double samples_s, double elapsed_s) const {
  constexpr double held_up_s = 1;
  constexpr double least_share = 0.01;
  const double other_s = held_up_s + (sampled_s_ > 0 ? 0 : prepare_patience(*attempt_.planned));
  if (samples_s > elapsed_s + clock_slack_s || samples_s < least_share * (elapsed_s - other_s)) {
    worker.fail(
        fmt::format("lied: {} of samples in {}", seconds_text(samples_s), seconds_text(elapsed_s)));
  }
}

// One long sample: counters move every few to a hundred milliseconds.
void Stages::sample_energy() {
  WorkerClient& worker = pool_.get(*attempt_.planned);
  const auto most = static_cast<double>(protocol::most_calls);
  const double calls = std::clamp(std::ceil(measure_.energy_s * 1e9 / call_ns_), 1.0, most);
  const auto before = Process::Clock::now();
  const auto reply = worker.ask(protocol::Sample{1, static_cast<std::int64_t>(calls), 0, true},
                                measure_.energy_s + patience(20e-9 * calls * call_ns_));
  if (reply.wall_ns.size() != 1 || !(reply.wall_ns.front() > 0)) {
    worker.fail("lied: a sample that took no time");
  }
  believe(worker, reply.wall_ns.front() * 1e-9, seconds_since(before));
  Energy energy;
  energy.missing = reply.energy_missing;
  if (energy.missing.empty()) {
    if (!(reply.joules > 0)) worker.fail("lied: calls that took no energy");
    energy.joules = reply.joules / calls;
    energy.watts = reply.joules / (reply.wall_ns.front() * 1e-9);
    energy.source = reply.energy_source;
  }
  if (!energy.known()) attempt_.labels.insert("no_energy");
  attempt_.launch.energy = std::move(energy);
}

void Stages::check_and_release() {
  WorkerClient& worker = pool_.get(*attempt_.planned);
  const auto reply =
      worker.ask(protocol::Verify{true}, patience(verify_patience(*attempt_.planned)));
  take_check(worker, reply);
  attempt_.labels.insert(reply.labels.begin(), reply.labels.end());
  worker.ask(protocol::Release{});
  attempt_.launch.cpu_ns = median(cpu_ns_);
  if (device_clock_rejected_) {
    attempt_.labels.insert("device_clock_rejected");
  } else if (!device_ns_.empty()) {
    attempt_.launch.device_ns = median(device_ns_);
  }
}

void Stages::take_check(WorkerClient& worker, const protocol::Verify::Reply& reply) {
  if (reply.error < 0 || reply.max_abs_error < 0) worker.fail("lied: a negative deviation");
  if (reply.passed) {
    if (reply.error > 1) {
      worker.fail(
          fmt::format("lied: passed with {:.3g} times the deviation that is allowed", reply.error));
    }
    if (!reply.checked.starts_with("full") && !reply.checked.starts_with("sampled(")) {
      worker.fail("lied: passed, but checked '" + reply.checked + "'");
    }
    if (reply.outputs <= 0) {
      worker.fail(fmt::format("lied: passed with {} outputs checked", reply.outputs));
    }
  }
  Launch& launch = attempt_.launch;
  launch.checked = reply.checked;
  launch.error = std::max(launch.error, reply.error);
  launch.max_abs_error = std::max(launch.max_abs_error, reply.max_abs_error);
  if (!reply.passed) settle(Status::wrong, reply.reason.empty() ? "wrong result" : reply.reason);
}

}  // namespace assay
