#include "bench/ab/ab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>

#include "bench/case.hpp"
#include "bench/launch.hpp"
#include "bench/progress.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

// Of the budget: for the screen.
constexpr double screen_share = 0.5;

double seconds_since(Clock::time_point before) {
  return std::chrono::duration<double>(Clock::now() - before).count();
}

std::string who(const BlockResult& result) {
  return (result.side.empty() ? "" : result.side + ": ") + result.reason;
}

std::uint64_t coin_stream(std::size_t index) { return 1000 + static_cast<std::uint64_t>(index); }

// Without a single verdict there is nothing to pass. Cases that broke say so themselves.
void refuse_unjudged(VerdictTable& table) {
  const auto judged = [](const VerdictRow& row) {
    return row.status == Status::ok && row.blocks > 0;
  };
  const auto with = [&](Status status) {
    return std::ranges::find(table.rows, status, &VerdictRow::status);
  };
  if (std::ranges::any_of(table.rows, judged)) return;
  if (with(Status::ok) != table.rows.end()) {
    table.refused.emplace_back("no case got enough blocks for a verdict");
    return;
  }
  for (const Status status : {Status::unsupported, Status::skipped}) {
    if (const auto row = with(status); row != table.rows.end()) {
      table.refused.push_back("no case could be measured: " + row->name + ": " + row->reason);
      return;
    }
  }
}

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
  // Says what the budget should have been where it was too short.
  void note_short_screen(double launch_s);
  void confirm();
  void finish();
  [[nodiscard]] std::vector<std::vector<double>> given(Blocks blocks) const;
  // Launches until every case has its blocks, or the time is over.
  void measure(const Wanted& wanted, Blocks blocks, double until_s);
  void launch(const std::vector<std::size_t>& indices, Blocks blocks);
  void block(WorkerPool& base, WorkerPool& head, std::size_t index, Blocks blocks);
  [[nodiscard]] BlockResult attempt(WorkerPool& base, WorkerPool& head, const AbCase& c,
                                    const BlockSettings& settings);
  [[nodiscard]] double left_s() const { return options_.budget_s - seconds_since(begin_); }

  const Side& base_;
  const Side& head_;
  AbOptions options_;
  Observer& observer_;
  const std::atomic<bool>& interrupted_;
  AbResult result_;
  [[nodiscard]] Procedure& procedure() const {
    if (!procedure_) throw Error(Error::Kind::internal, "no screen has been planned");
    return *procedure_;
  }
  std::unique_ptr<Procedure> procedure_;  // from the first blocks of the screen on
  bool screened_ = false;
  Clock::time_point begin_ = Clock::now();
  std::uint64_t launches_ = 0;
  std::size_t done_ = 0;  // blocks
  std::size_t total_ = 0;
  double cost_s_ = 0;  // of all blocks
  std::size_t dropped_ = 0;
  std::string last_disturbance_;
  std::size_t blocks_ = 0;
  std::size_t repeated_ = 0;  // blocks whose first try failed
  std::string first_repeat_;
};

BlockResult AbRun::attempt(WorkerPool& base, WorkerPool& head, const AbCase& c,
                           const BlockSettings& settings) {
  BlockResult result;
  try {
    // The coin's first also starts first: base and head stay exchangeable.
    WorkerClient& first = (settings.head_first ? head : base).get(c.planned);
    WorkerClient& second = (settings.head_first ? base : head).get(c.planned);
    result = settings.head_first ? measure_block(second, first, c.planned, settings)
                                 : measure_block(first, second, c.planned, settings);
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
  const auto moment = [&] { return machine_moment(base.cpu_seconds() + head.cpu_seconds()); };
  const MachineMoment before = moment();
  BlockResult result = attempt(base, head, c, settings);
  if (result.status == Status::failed) {
    if (repeated_++ == 0) first_repeat_ = case_name(c.planned.c) + ": " + who(result);
    result = attempt(base, head, c, settings);
  }
  cost_s_ += result.cost_s;
  ++blocks_;
  if (result.status != Status::ok) {
    c.status = result.status;
    c.reason = who(result);
    return;
  }
  result.block.dropped = disturbed(before, moment(), options_.gates);
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
    // The order is a coin's: who gets no block any more doesn't depend on what was measured.
    if (seconds_since(begin_) > options_.budget_s) break;
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
  for (const Procedure::Request& request : procedure().requests()) {
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
  procedure_ = std::make_unique<Procedure>(result_.cases.size(), options_.procedure);
  measure(want(blocks), &AbCase::screen, until_s);
  note_short_screen(launch_s);
  procedure().give(given(&AbCase::screen));
  screened_ = true;
}

void AbRun::note_short_screen(double launch_s) {
  const std::size_t wanted = options_.procedure.screen_blocks;
  std::size_t least = wanted;
  for (const AbCase& c : result_.cases) {
    if (c.status == Status::ok) least = std::min(least, c.screen.size());
  }
  if (least >= wanted) return;
  const double parts = options_.budget_parts;
  const double needed_s = parts * launch_s * static_cast<double>(wanted) / screen_share;
  result_.table.notes.push_back(fmt::format(
      "the budget of {} ended the screen after {} of {} blocks a case: these cases "
      "need a budget of about {}",
      duration_text(parts * options_.budget_s), least, wanted, duration_text(needed_s)));
}

void AbRun::confirm() {
  if (procedure().requests().empty()) return;
  const double each_s =
      seconds_since(begin_) / static_cast<double>(std::max<std::size_t>(blocks_, 1));
  const double most = left_s() / (each_s * static_cast<double>(procedure().requests().size()));
  procedure().limit_blocks(static_cast<std::size_t>(std::max(most, 1.0)));
  Wanted wanted;
  total_ = done_;
  for (const Procedure::Request& request : procedure().requests()) {
    wanted[request.index] = request.blocks;
    total_ += request.blocks;
  }
  measure(wanted, &AbCase::confirm, options_.budget_s);
  procedure().give(given(&AbCase::confirm));
}

void AbRun::finish() {
  VerdictTable& table = result_.table;
  table.base = base_.label;
  table.head = head_.label;
  table.rule = options_.procedure.rule;
  if (procedure_) table.flagged = procedure_->flagged();
  for (std::size_t i = 0; i < result_.cases.size(); ++i) {
    const AbCase& c = result_.cases[i];
    VerdictRow row;
    row.name = case_name(c.planned.c);
    row.status = c.status;
    row.reason = c.reason;
    if (screened_ && c.status == Status::ok) row = judged_row(c, procedure(), i);
    if (result_.interrupted && row.status == Status::ok && row.blocks == 0) {
      row.reason = "not judged: interrupted";
    }
    table.rows.push_back(std::move(row));
  }
  if (result_.interrupted) {
    table.notes.push_back(
        fmt::format("interrupted after {} of {} blocks: cases without enough of "
                    "them have no verdict",
                    blocks_, std::max(total_, blocks_)));
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
  if (repeated_ > 0) {
    table.notes.push_back(fmt::format("{} of {} blocks failed and were measured again, first {}",
                                      repeated_, blocks_, first_repeat_));
  }
  if (screened_ && !result_.interrupted) refuse_unjudged(table);
  result_.wall_s = seconds_since(begin_);
  table.details["interrupted"] = result_.interrupted;
  table.details["seconds"] = result_.wall_s;
  table.details["screen_blocks"] = options_.procedure.screen_blocks;
  table.details["blocks"] = blocks_json(result_.cases);
  withdraw_if_refused(table);
  sort_rows(table);
}

}  // namespace

AbResult run_ab(const Side& base, const Side& head, const CommonCases& common,
                const AbOptions& options, Observer& observer,
                const std::atomic<bool>& interrupted) {
  return AbRun(base, head, common, options, observer, interrupted).run();
}

}  // namespace assay
