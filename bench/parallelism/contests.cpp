#include "bench/parallelism/contests.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "bench/ceilings/turns.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int visits = 4;
constexpr int rounds = 3;  // of a visit
constexpr double confidence = 0.95;
constexpr std::size_t fewest_for_interval = 3;
constexpr double tie = 1.03;  // who needs that much more time is surely slower, not less

struct Group {
  std::string name;
  std::vector<std::int64_t> sizes;
  std::function<Problem(std::int64_t)> problem;
};

Problem matmul(std::int64_t m, std::int64_t n, std::int64_t k) {
  return make_problem(*find_kernel("matmul"), {{"dtype", "f32"},
                                               {"m", std::to_string(m)},
                                               {"n", std::to_string(n)},
                                               {"k", std::to_string(k)},
                                               {"cache", "hot"}});
}

std::vector<Group> contest_groups() {
  return {{"matmul f32, m = n = k",
           {32, 64, 128, 256, 512, 1024, 2048},
           [](std::int64_t size) { return matmul(size, size, size); }},
          {"decode f32, rows of a 4096 x 4096 layer",
           {1, 2, 4, 8, 16, 32, 64, 128},
           [](std::int64_t rows) { return matmul(rows, 4096, 4096); }}};
}

std::int64_t bytes_of(const Problem& problem, Role role) {
  std::size_t bytes = 0;
  for (const TensorSpec& tensor : problem.tensors) {
    if (tensor.role == role) bytes += tensor.bytes();
  }
  return static_cast<std::int64_t>(bytes);
}

// New in every call: activations in, the output out. Weights stay. Copies of just these sizes: small
// ones last as long as starting them takes.
double transfer_seconds(Meter& meter, const Problem& problem) {
  const std::int64_t in = bytes_of(problem, Role::activation);
  const std::int64_t out = bytes_of(problem, Role::output);
  double seconds = 0;
  if (in > 0) seconds += static_cast<double>(in) / meter.transfer(in).to_device;
  if (out > 0) seconds += static_cast<double>(out) / meter.transfer(out).from_device;
  return seconds;
}

// A wrong answer stays one at the beginning, whosever it is.
std::string named(const std::string& device, const std::string& reason) {
  constexpr std::string_view wrong = "wrong: ";
  if (!reason.starts_with(wrong)) return device + ": " + reason;
  return std::string(wrong) + device + ": " + reason.substr(wrong.size());
}

// One of the two devices.
struct Contestant {
  Meter& meter;
  const std::string& device;
  Losses losses{};
  bool prepared = false;
  std::size_t index = 0;
  std::vector<double> seconds{};  // a call, of each sample
  double call_s = 0;
};

class Contests {
 public:
  Contests(Meter& host, Meter& accelerator, const DeviceComparison& comparison)
      : host_{host, comparison.host},
        accelerator_{accelerator, comparison.accelerator},
        copies_(comparison.copies) {}

  // Who goes first alternates.
  void visit(const Problem& problem, bool host_first, Contest& contest) {
    const std::array<Contestant*, 2> both = {host_first ? &host_ : &accelerator_,
                                             host_first ? &accelerator_ : &host_};
    try {
      measure(problem, both, contest);
    } catch (const WorkerFailure& failure) {
      // It may not be there in another process either.
      contest.visits.clear();
      contest.reason = at_->device + " " + at_->losses.survive(at_->meter, failure);
      at_->prepared = false;
      for (Contestant* each : both) {
        if (each->prepared) each->meter.remove(each->index);
        each->prepared = false;
      }
    }
  }

  // Other processes, where the meters can.
  void begin_anew() {
    for (Contestant* each : {&host_, &accelerator_}) (void)each->meter.restart();
  }

 private:
  void measure(const Problem& problem, std::span<Contestant* const> both, Contest& contest) {
    for (Contestant* each : both) prepare(each, problem, contest.reason);
    for (int round = 0; contest.reason.empty() && round < rounds; ++round) {
      for (Contestant* each : both) {
        at_ = each;
        each->seconds.push_back(each->meter.sample(each->index));
      }
    }
    for (Contestant* each : both) finish(each, contest.reason);
    if (!contest.reason.empty()) return contest.visits.clear();
    at_ = &accelerator_;
    contest.visits.push_back({median(host_.seconds), median(accelerator_.seconds), host_.call_s,
                              accelerator_.call_s,
                              copies_ ? transfer_seconds(accelerator_.meter, problem) : 0});
  }

  void prepare(Contestant* contestant, const Problem& problem, std::string& reason) {
    at_ = contestant;
    contestant->seconds.clear();
    const Meter::Added added = contestant->meter.add(problem);
    contestant->prepared = added.index.has_value();
    contestant->index = added.index.value_or(0);
    if (contestant->prepared) {
      contestant->call_s = contestant->meter.single_call(contestant->index);
    } else if (reason.empty()) {
      reason = named(contestant->device, added.reason);
    }
  }

  void finish(Contestant* contestant, std::string& reason) {
    at_ = contestant;
    if (!contestant->prepared) return;
    // Only what was timed can be checked: nothing was where the other device can't do the problem.
    const std::string wrong =
        contestant->seconds.empty() ? std::string() : contestant->meter.check(contestant->index);
    contestant->meter.remove(contestant->index);
    contestant->prepared = false;
    if (!wrong.empty()) reason = named(contestant->device, "wrong: " + wrong);
  }

  Contestant host_, accelerator_;
  bool copies_;
  Contestant* at_ = &host_;  // who is asked for something
};

}  // namespace

TimeRatio::Sooner TimeRatio::sooner() const {
  if (interval && interval->high < 1 / tie) return Sooner::accelerator;
  if (interval && interval->low > tie) return Sooner::host;
  return Sooner::unclear;
}

std::optional<TimeRatio> time_ratio(const Contest& contest, bool with_transfers) {
  std::vector<double> ratios;
  for (const Contest::Visit& each : contest.visits) {
    ratios.push_back(with_transfers ? (each.accelerator_call_s + each.transfer_s) / each.host_call_s
                                    : each.accelerator_s / each.host_s);
  }
  if (ratios.empty()) return std::nullopt;
  TimeRatio ratio;
  ratio.median = median(ratios);
  if (ratios.size() >= fewest_for_interval) ratio.interval = geometric_interval(ratios, confidence);
  return ratio;
}

void measure_contests(Meter& host, Meter& accelerator,
                      const std::function<void(const std::string&)>& progress,
                      DeviceComparison& comparison) {
  std::vector<Problem> problems;
  for (const Group& group : contest_groups()) {
    for (const std::int64_t size : group.sizes) {
      problems.push_back(group.problem(size));
      comparison.contests.push_back({group.name, static_cast<double>(size), {}, ""});
    }
  }
  Contests contests(host, accelerator, comparison);
  for (int visit = 0; visit < visits; ++visit) {
    if (visit > 0) contests.begin_anew();
    for (std::size_t i = 0; i < problems.size(); ++i) {
      Contest& contest = comparison.contests[i];
      if (!contest.reason.empty()) continue;
      progress(contest.group + ": " + std::to_string(static_cast<std::int64_t>(contest.size)) +
               ", visit " + std::to_string(visit + 1) + " of " + std::to_string(visits));
      contests.visit(problems[i], visit % 2 == 0, contest);
    }
  }
}

ContestCrossover crossover(const DeviceComparison& comparison, const std::string& group,
                           bool with_transfers) {
  using Sooner = TimeRatio::Sooner;
  std::vector<std::pair<double, Sooner>> sizes;
  for (const Contest& each : comparison.contests) {
    const auto ratio = time_ratio(each, with_transfers);
    if (each.group == group && ratio) sizes.emplace_back(each.size, ratio->sooner());
  }
  std::ranges::sort(sizes, std::greater<>(), [](const auto& each) { return each.first; });
  ContestCrossover found;
  std::size_t i = 0;
  for (; i < sizes.size() && sizes[i].second == Sooner::accelerator; ++i) {
    found.from = sizes[i].first;
  }
  for (; i < sizes.size(); ++i) {
    const auto& [size, sooner] = sizes[i];
    if (found.from && sooner != Sooner::unclear) break;
    if (sooner == Sooner::unclear) found.unclear.push_back(size);
    if (sooner == Sooner::accelerator) found.won.push_back(size);
  }
  std::ranges::reverse(found.unclear);
  std::ranges::reverse(found.won);
  return found;
}

}  // namespace assay
