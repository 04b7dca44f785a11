#include "bench/ab/ab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "bench/case.hpp"
#include "bench/launch.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// Of the budget: for the screen.
constexpr double screen_share = 0.5;

double seconds_since(Clock::time_point before) {
  return std::chrono::duration<double>(Clock::now() - before).count();
}

std::size_t kept(const std::vector<Block>& blocks) {
  return static_cast<std::size_t>(
      std::ranges::count_if(blocks, [](const Block& b) { return b.dropped.empty(); }));
}

std::uint64_t coin_stream(std::size_t index) { return 1000 + static_cast<std::uint64_t>(index); }

class AbRun {
 public:
  AbRun(const Side& base, const Side& head, const CommonCases& common, const AbOptions& options,
        Observer& observer, const std::atomic<bool>& interrupted)
      : base_(base),
        head_(head),
        options_(options),
        observer_(observer),
        interrupted_(interrupted) {
    for (const PlannedCase& planned : common.cases) {
      AbCase c{planned, Status::ok, {}, {}, {}};
      if (planned.settled) {
        c.status = planned.settled->status;
        c.reason = planned.settled->reason;
      }
      result_.cases.push_back(std::move(c));
    }
    result_.table.only_base = common.only_base;
    result_.table.only_head = common.only_head;
  }

  AbResult run() {
    try {
      screen();
      confirm();
    } catch (const Interrupted&) {
      result_.interrupted = true;
    }
    finish();
    return std::move(result_);
  }

 private:
  using Blocks = std::vector<Block> AbCase::*;
  using Wanted = std::map<std::size_t, std::size_t>;  // blocks by index of the case

  void screen();
  void confirm();
  void finish();
  [[nodiscard]] std::vector<std::vector<double>> given(Blocks blocks) const;
  // Launches until every case has its blocks, or the time is over.
  void measure(const Wanted& wanted, Blocks blocks, double until_s);
  void launch(const std::vector<std::size_t>& indices, Blocks blocks);
  void block(WorkerPool& base, WorkerPool& head, std::size_t index, Blocks blocks);
  [[nodiscard]] BlockResult attempt(WorkerPool& base, WorkerPool& head, const AbCase& c,
                                    const BlockSettings& settings);
  void describe(VerdictRow& row, const CaseVerdict& verdict, const AbCase& c) const;
  [[nodiscard]] double left_s() const { return options_.budget_s - seconds_since(begin_); }

  const Side& base_;
  const Side& head_;
  AbOptions options_;
  Observer& observer_;
  const std::atomic<bool>& interrupted_;
  AbResult result_;
  std::optional<Procedure> procedure_;
  Clock::time_point begin_ = Clock::now();
  std::uint64_t launches_ = 0;
  std::size_t done_ = 0;  // blocks
  std::size_t total_ = 0;
  double cost_s_ = 0;  // of all blocks
  std::size_t dropped_ = 0;
  std::string last_disturbance_;
  std::size_t blocks_ = 0;
};

BlockResult AbRun::attempt(WorkerPool& base, WorkerPool& head, const AbCase& c,
                           const BlockSettings& settings) {
  BlockResult result;
  try {
    result = measure_block(base.get(c.planned), head.get(c.planned), c.planned, settings);
  } catch (const WorkerFailure& failure) {
    result.status = Status::failed;
    result.reason = failure.what();
  } catch (const Error& error) {
    result.status = Status::failed;
    result.reason = error.what();
  }
  if (result.status != Status::ok) {
    // Whoever failed is gone, and the other one still holds the case.
    base.drop(c.planned);
    head.drop(c.planned);
  }
  return result;
}

void AbRun::block(WorkerPool& base, WorkerPool& head, std::size_t index, Blocks blocks) {
  AbCase& c = result_.cases[index];
  const std::uint64_t coin = random_bits(options_.seed, coin_stream(index), launches_);
  const BlockSettings settings{random_bits(options_.seed, 2, launches_) >> 11U, (coin & 1U) != 0,
                               options_.block_time_s, options_.fill};
  const MachineMoment before = machine_moment();
  BlockResult result = attempt(base, head, c, settings);
  if (result.status == Status::failed) result = attempt(base, head, c, settings);
  cost_s_ += result.cost_s;
  ++blocks_;
  if (result.status != Status::ok) {
    c.status = result.status;
    c.reason = (result.side.empty() ? "" : result.side + ": ") + result.reason;
    return;
  }
  result.block.dropped = disturbed(before, machine_moment(), options_.gates);
  if (!result.block.dropped.empty()) {
    ++dropped_;
    last_disturbance_ = result.block.dropped;
  }
  (c.*blocks).push_back(result.block);
}

void AbRun::launch(const std::vector<std::size_t>& indices, Blocks blocks) {
  WorkerPool base(base_.worker, interrupted_);
  WorkerPool head(head_.worker, interrupted_);
  for (const std::size_t index : indices) {
    const double each_s = blocks_ > 0 ? seconds_since(begin_) / static_cast<double>(blocks_) : 0;
    const double eta_s = each_s * static_cast<double>(total_ - std::min(done_, total_));
    observer_.progress(done_, total_, result_.cases[index].planned.c, eta_s);
    block(base, head, index, blocks);
    ++done_;
  }
  base.quit();
  head.quit();
}

void AbRun::measure(const Wanted& wanted, Blocks blocks, double until_s) {
  // Replacements for dropped blocks end where the run would be refused anyway.
  const auto most = [&](std::size_t count) {
    return static_cast<std::size_t>(
        std::ceil(static_cast<double>(count) / (1 - options_.gates.most_dropped)) + 1);
  };
  while (!interrupted_) {
    std::vector<std::size_t> indices;
    for (const auto& [index, count] : wanted) {
      const AbCase& c = result_.cases[index];
      if (c.status == Status::ok && kept(c.*blocks) < count && (c.*blocks).size() < most(count)) {
        indices.push_back(index);
      }
    }
    if (indices.empty() || seconds_since(begin_) > until_s) return;
    for (std::size_t i = indices.size(); i > 1; --i) {
      std::swap(indices[i - 1], indices[random_bits(options_.seed, 3 + launches_, i) % i]);
    }
    launch(indices, blocks);
    ++launches_;
  }
  throw Interrupted();
}

std::vector<std::vector<double>> AbRun::given(Blocks blocks) const {
  std::vector<std::vector<double>> values;
  for (const Procedure::Request& request : procedure_->requests()) {
    const AbCase& c = result_.cases[request.index];
    values.push_back(c.status == Status::ok ? log_ratios_of(c.*blocks) : std::vector<double>{});
  }
  return values;
}

void AbRun::screen() {
  std::size_t open = 0;
  for (const AbCase& c : result_.cases) open += c.status == Status::ok ? 1 : 0;
  const auto want = [&](std::size_t blocks) {
    Wanted wanted;
    for (std::size_t i = 0; i < result_.cases.size(); ++i) wanted[i] = blocks;
    return wanted;
  };
  const double until_s = options_.budget_s * screen_share;
  std::size_t& blocks = options_.procedure.screen_blocks;
  total_ = open * blocks;
  measure(want(1), &AbCase::screen, until_s);
  // The number of blocks follows from their cost alone, never from what they say.
  const double launch_s = std::max(seconds_since(begin_), 1e-3);
  const auto affordable = static_cast<std::size_t>(until_s / launch_s);
  blocks = std::max(blocks, std::min(affordable, options_.most_screen_blocks));
  total_ = open * blocks;
  procedure_.emplace(result_.cases.size(), options_.procedure);
  measure(want(blocks), &AbCase::screen, until_s);
  procedure_->give(given(&AbCase::screen));
}

void AbRun::confirm() {
  if (procedure_->requests().empty()) return;
  const double each_s =
      seconds_since(begin_) / static_cast<double>(std::max<std::size_t>(blocks_, 1));
  const double most = left_s() / (each_s * static_cast<double>(procedure_->requests().size()));
  procedure_->limit_blocks(static_cast<std::size_t>(std::max(most, 1.0)));
  Wanted wanted;
  total_ = done_;
  for (const Procedure::Request& request : procedure_->requests()) {
    wanted[request.index] = request.blocks;
    total_ += request.blocks;
  }
  measure(wanted, &AbCase::confirm, options_.budget_s);
  procedure_->give(given(&AbCase::confirm));
}

void AbRun::describe(VerdictRow& row, const CaseVerdict& verdict, const AbCase& c) const {
  row.flagged = verdict.flagged;
  if (!verdict.measured) {
    row.reason = "too few blocks";
    return;
  }
  row.verdict = verdict.verdict;
  row.ratio = to_ratio(verdict.log_ratio);
  row.adjusted_p = verdict.adjusted_p;
  row.blocks = verdict.blocks;
  row.outlook = procedure_->outlook(verdict);
  std::vector<double> base;
  std::vector<double> head;
  for (const Block& b : verdict.flagged ? c.confirm : c.screen) {
    if (!b.dropped.empty()) continue;
    base.push_back(b.base_ns);
    head.push_back(b.head_ns);
  }
  row.base_ns = median(base);
  row.head_ns = median(head);
}

void AbRun::finish() {
  VerdictTable& table = result_.table;
  table.base = base_.label;
  table.head = head_.label;
  table.rule = options_.procedure.rule;
  const bool judged = procedure_ && procedure_->requests().empty();
  if (procedure_) table.flagged = procedure_->flagged();
  for (std::size_t i = 0; i < result_.cases.size(); ++i) {
    const AbCase& c = result_.cases[i];
    VerdictRow row;
    row.name = case_name(c.planned.c);
    row.status = c.status;
    row.reason = c.reason;
    if (judged && c.status == Status::ok) describe(row, procedure_->verdicts()[i], c);
    table.rows.push_back(std::move(row));
  }
  const double share =
      blocks_ > 0 ? static_cast<double>(dropped_) / static_cast<double>(blocks_) : 0;
  if (share > options_.gates.most_dropped) {
    table.refused.push_back(fmt::format(
        "the machine was too disturbed: {} of {} blocks dropped, at most {:.0f} % may be ({})",
        dropped_, blocks_, 100 * options_.gates.most_dropped, last_disturbance_));
  } else if (dropped_ > 0) {
    table.notes.push_back(
        fmt::format("{} of {} blocks dropped: the machine was disturbed", dropped_, blocks_));
  }
  result_.wall_s = seconds_since(begin_);
  table.details["seconds"] = result_.wall_s;
  table.details["screen_blocks"] = options_.procedure.screen_blocks;
  table.details["blocks"] = blocks_json(result_.cases);
  sort_rows(table);
}

}  // namespace

std::vector<double> log_ratios_of(const std::vector<Block>& blocks) {
  std::vector<double> values;
  for (const Block& b : blocks) {
    if (b.dropped.empty()) values.push_back(std::log(b.head_ns / b.base_ns));
  }
  return values;
}

nlohmann::json blocks_json(const std::vector<AbCase>& cases) {
  nlohmann::json all = nlohmann::json::array();
  for (const AbCase& c : cases) {
    nlohmann::json entry = {{"case", case_name(c.planned.c)}};
    for (const auto& [stage, blocks] :
         {std::pair("screen", &c.screen), std::pair("confirm", &c.confirm)}) {
      nlohmann::json list = nlohmann::json::array();
      for (const Block& b : *blocks) {
        nlohmann::json block = {{"base_ns", b.base_ns},
                                {"head_ns", b.head_ns},
                                {"first", b.head_first ? "head" : "base"}};
        if (!b.dropped.empty()) block["dropped"] = b.dropped;
        list.push_back(std::move(block));
      }
      entry[stage] = std::move(list);
    }
    all.push_back(std::move(entry));
  }
  return all;
}

CommonCases common_cases(const std::vector<PlannedCase>& base,
                         const std::vector<PlannedCase>& head) {
  const auto key = [](const PlannedCase& p) {
    return case_name(p.c) + "\n" + p.device.info.name + "\n" + p.device.info.hardware;
  };
  std::map<std::string, const PlannedCase*> on_head;
  for (const PlannedCase& p : head) on_head[key(p)] = &p;
  CommonCases common;
  for (const PlannedCase& p : base) {
    const auto found = on_head.find(key(p));
    if (found == on_head.end() || p.settled || found->second->settled) {
      // A device that neither side has is not a difference between them.
      const bool missing_on_both = found != on_head.end() && p.settled && found->second->settled;
      if (!missing_on_both) {
        (p.settled ? common.only_head : common.only_base).push_back(case_name(p.c));
      }
    } else {
      common.cases.push_back(p);
    }
    if (found != on_head.end()) on_head.erase(found);
  }
  for (const PlannedCase& p : head) {
    if (on_head.contains(key(p)) && !p.settled) common.only_head.push_back(case_name(p.c));
  }
  return common;
}

AbResult run_ab(const Side& base, const Side& head, const CommonCases& common,
                const AbOptions& options, Observer& observer,
                const std::atomic<bool>& interrupted) {
  return AbRun(base, head, common, options, observer, interrupted).run();
}

}  // namespace assay
