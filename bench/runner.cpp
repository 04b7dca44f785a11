#include "bench/runner.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "bench/case.hpp"
#include "bench/ceilings/stand_ins.hpp"
#include "bench/launch.hpp"
#include "bench/repro.hpp"
#include "bench/summary.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

// Within one launch, sampling goes on for at most so many times the shortest time asked for: more
// launches tell more than longer ones.
constexpr double longest_sampling = 10;

// Cases whose numbers can't be get further launches for so much of the budget beyond it.
constexpr double overrun = 0.25;

// A planned case on its way to its record.
struct Entry {
  const PlannedCase* planned = nullptr;
  Record record;
  bool open = true;   // may get more launches
  bool told = false;  // the observer has it
  double cost_s = 0;  // of the last launch
};

using Group = std::vector<Entry*>;  // the cases of one problem

template <class Item>
void shuffle(std::vector<Item>& items, std::uint64_t seed) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[random_bits(seed, i, items.size()) % i]);
  }
}

Record blank_record(const PlannedCase& planned, const Measure& measure) {
  Record record;
  record.name = case_name(planned.c);
  record.problem = planned.c.problem;
  record.backend = planned.device.backend;
  record.device = planned.c.device;
  record.device_name = planned.device.info.name;
  record.vendor = planned.device.info.vendor;
  record.hardware = planned.device.info.hardware;
  record.variant = planned.c.variant;
  record.status = Status::ok;
  record.work = kernel_of(planned.c.problem).work(planned.c.problem);
  record.repro = repro_command(record.name, measure, planned.device.plugin);
  return record;
}

class Runner {
 public:
  Runner(const Plan& plan, Observer& observer, const std::atomic<bool>& interrupted)
      : measure_(plan.measure),
        observer_(observer),
        interrupted_(interrupted),
        stand_ins_(plan.here, plan.measure.worker, interrupted) {
    for (const PlannedCase& planned : plan.cases) {
      Entry entry{&planned, {}, !planned.settled, planned.settled.has_value(), 0};
      entry.record = planned.settled ? *planned.settled : blank_record(planned, measure_);
      entries_.push_back(std::move(entry));
      if (planned.settled) observer_.finished(entries_.back().record);
    }
    total_ = open_entries().size() * static_cast<std::size_t>(measure_.launches);
  }

  std::vector<Record> run() {
    try {
      for (int launch = 0; !interrupted_ && !open_entries().empty(); ++launch) run_launch(launch);
    } catch (const Interrupted&) {
      // What was measured before is kept.
    }
    std::vector<Record> records;
    for (Entry& entry : entries_) {
      if (entry.open && !entry.record.launches.empty()) finish(entry);
    }
    for (Entry& entry : entries_) {
      if (!entry.open && !entry.told) tell(entry);
      if (!entry.open) records.push_back(std::move(entry.record));
    }
    return records;
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double seconds_left() const {
    return measure_.budget_s - std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  [[nodiscard]] std::vector<Entry*> open_entries() {
    std::vector<Entry*> open;
    for (Entry& entry : entries_) {
      if (entry.open) open.push_back(&entry);
    }
    return open;
  }
  [[nodiscard]] std::vector<Group> groups(std::uint64_t seed);
  void run_launch(int launch);
  void run_group(WorkerPool& pool, const Group& group, int launch);
  [[nodiscard]] Attempt attempt(const Entry& entry, int launch) const;
  void take(Entry& entry, Attempt& attempt);
  [[nodiscard]] double allowance_s(const Entry& entry) const;
  [[nodiscard]] bool wants_more(const Entry& entry, int launch) const;
  void finish(Entry& entry);
  void tell(Entry& entry);
  void tell_problem(const Entry& of);
  void report_progress(const Entry& entry);

  const Measure& measure_;
  Observer& observer_;
  const std::atomic<bool>& interrupted_;
  StandIns stand_ins_;
  std::vector<Entry> entries_;
  std::set<std::string> silent_;  // devices on which trying instructions hung once: WorkerPool
  Clock::time_point begin_ = Clock::now();
  std::size_t left_in_launch_ = 0;  // cases that still have their turn in this launch
  std::size_t done_ = 0;            // case launches
  std::size_t total_ = 0;
};

std::vector<Group> Runner::groups(std::uint64_t seed) {
  std::map<std::string, Group> by_problem;
  for (Entry* entry : open_entries()) {
    by_problem[problem_name(entry->record.problem)].push_back(entry);
  }
  std::vector<Group> groups;
  for (auto& [name, group] : by_problem) {
    shuffle(group, mix(seed + 1));
    groups.push_back(std::move(group));
  }
  shuffle(groups, seed);
  return groups;
}

void Runner::run_launch(int launch) {
  WorkerPool pool(measure_.worker, interrupted_, silent_);
  left_in_launch_ = open_entries().size();
  for (const Group& group :
       groups(random_bits(measure_.seed, 1, static_cast<std::uint64_t>(launch)))) {
    Group affordable;
    for (Entry* entry : group) {
      if (launch > 0 && entry->cost_s > allowance_s(*entry)) {
        finish(*entry);
        --left_in_launch_;
        continue;
      }
      affordable.push_back(entry);
    }
    if (!affordable.empty()) run_group(pool, affordable, launch);
    left_in_launch_ -= affordable.size();
  }
  silent_ = pool.silent();
  pool.quit();
  stand_ins_.quit();
}

Attempt Runner::attempt(const Entry& entry, int launch) const {
  Attempt attempt;
  attempt.planned = entry.planned;
  attempt.share_s = seconds_left() / static_cast<double>(left_in_launch_);
  attempt.may_skip = entry.record.launches.empty();
  const double launches_left = std::max(measure_.launches - launch, 1);
  attempt.sampling_s = std::clamp(attempt.share_s / launches_left / 2, measure_.min_time_s,
                                  longest_sampling * measure_.min_time_s);
  attempt.launch.index = static_cast<std::int64_t>(entry.record.launches.size());
  // 53 bits: what every reader of JSON keeps.
  attempt.launch.seed = random_bits(measure_.seed, 0, static_cast<std::uint64_t>(launch)) >> 11U;
  return attempt;
}

void Runner::run_group(WorkerPool& pool, const Group& group, int launch) {
  std::vector<Attempt> attempts;
  for (const Entry* entry : group) attempts.push_back(attempt(*entry, launch));
  report_progress(*group.front());
  run_attempts(pool, stand_ins_, attempts, measure_);
  for (std::size_t i = 0; i < group.size(); ++i) {
    take(*group[i], attempts[i]);
    ++done_;
    if (group[i]->record.status != Status::ok || !wants_more(*group[i], launch + 1)) {
      finish(*group[i]);
    }
  }
}

void Runner::take(Entry& entry, Attempt& attempt) {
  Record& record = entry.record;
  entry.cost_s = attempt.cost_s;
  record.status = attempt.status;
  record.reason = attempt.reason;
  record.detail = attempt.detail;
  if (!attempt.implementation.empty()) record.implementation = attempt.implementation;
  if (!attempt.launch.ceilings.missing.empty()) attempt.labels.insert("no_ceiling");
  for (const std::string& label : attempt.labels) {
    if (std::ranges::find(record.labels, label) == record.labels.end()) {
      record.labels.push_back(label);
    }
  }
  if (attempt.status == Status::ok) record.launches.push_back(std::move(attempt.launch));
}

double Runner::allowance_s(const Entry& entry) const {
  // What one case leaves of its share is everyone's.
  const double share_s = seconds_left() / static_cast<double>(left_in_launch_);
  if (!needs_proof(entry.record)) return share_s;
  return std::max(share_s, seconds_left() + overrun * measure_.budget_s);
}

bool Runner::wants_more(const Entry& entry, int launch) const {
  if (launch < measure_.launches || needs_proof(entry.record)) return true;
  if (launch >= measure_.max_launches) return false;
  const auto precision = summarise(entry.record).precision();
  return (precision && *precision > measure_.precision) || maybe_above_ceiling(entry.record);
}

void Runner::finish(Entry& entry) {
  entry.open = false;
  Record& record = entry.record;
  if (std::string reason = above_ceiling(record); !reason.empty()) {
    // A number that can't be is none.
    record.status = Status::wrong;
    record.reason = std::move(reason);
    record.labels.emplace_back("above_ceiling");
  }
  if (record.has_numbers()) {
    const auto precision = summarise(record).precision();
    if (precision && *precision > measure_.precision) record.labels.emplace_back("noisy");
    if (maybe_above_ceiling(record)) record.labels.emplace_back("ceiling_uncertain");
    if (ceilings_disturbed(record)) record.labels.emplace_back("busy");
    if (record.launches.size() < static_cast<std::size_t>(measure_.launches)) {
      record.labels.emplace_back("cut_short");
    }
  }
  if (record.implementation.starts_with("ref") && record.backend != "reference") {
    record.labels.emplace_back("fallback");
  }
  std::ranges::sort(record.labels);
  tell_problem(entry);
}

void Runner::tell(Entry& entry) {
  entry.told = true;
  observer_.finished(entry.record);
}

// Rows of a problem are told together, so that they stand beneath each other.
void Runner::tell_problem(const Entry& of) {
  const std::string problem = problem_name(of.record.problem);
  std::vector<Entry*> untold;
  for (Entry& entry : entries_) {
    if (entry.told || problem_name(entry.record.problem) != problem) continue;
    if (entry.open) return;
    untold.push_back(&entry);
  }
  for (Entry* entry : untold) tell(*entry);
}

void Runner::report_progress(const Entry& entry) {
  std::size_t left = 0;
  for (const Entry* each : open_entries()) {
    const std::size_t had = each->record.launches.size();
    const auto wanted = static_cast<std::size_t>(measure_.launches);
    left += wanted > had ? wanted - had : 1;
  }
  total_ = done_ + left;
  const double spent_s = measure_.budget_s - seconds_left();
  const double each_s = done_ > 0 ? spent_s / static_cast<double>(done_) : 0;
  const double eta_s = std::min(each_s * static_cast<double>(left), std::max(seconds_left(), 0.0));
  observer_.progress(done_, total_, entry.planned->c, eta_s);
}

}  // namespace

std::vector<Record> run(const Plan& plan, Observer& observer,
                        const std::atomic<bool>& interrupted) {
  return Runner(plan, observer, interrupted).run();
}

}  // namespace assay
