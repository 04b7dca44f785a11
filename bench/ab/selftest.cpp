#include "bench/ab/selftest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bench/case.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/proportion.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/statistics/resample.hpp"
#include "bench/worker/delayed.hpp"

namespace assay {
namespace {

constexpr std::array planted_shares = {0.0, 0.01, 0.03, 0.10};
constexpr std::size_t fewest_blocks_to_draw = 6;

SelftestRow row_of(double planted, const AbResult& result) {
  SelftestRow row{.planted = planted, .wall_s = result.wall_s};
  for (const VerdictRow& each : result.table.rows) {
    row.failed += each.status == Status::failed ? 1 : 0;
    row.wrong += each.status == Status::wrong ? 1 : 0;
    if (each.status != Status::ok || each.blocks == 0) continue;
    ++row.cases;
    const bool regression = each.verdict.outcome == Outcome::regression;
    row.regressions += regression ? 1 : 0;
    row.found += regression || each.verdict.slower ? 1 : 0;
  }
  return row;
}

std::vector<std::vector<double>> measured_blocks(const AbResult& result) {
  std::vector<std::vector<double>> all;
  for (const AbCase& c : result.cases) {
    std::vector<double> values = log_ratios_of(c.screen);
    for (const double value : log_ratios_of(c.confirm)) values.push_back(value);
    if (values.size() >= fewest_blocks_to_draw) all.push_back(std::move(values));
  }
  return all;
}

double noise_of(const std::vector<std::vector<double>>& cases) {
  std::vector<double> deviations;
  for (const std::vector<double>& blocks : cases) {
    const auto t = paired_t(blocks);
    if (t) deviations.push_back(t->error * std::sqrt(static_cast<double>(blocks.size())));
  }
  return deviations.empty() ? 0 : median(deviations);
}

// Half of the time screens, the other half confirms the case that is slower and those others that the
// screen flags.
double visible_in(double budget_s, const Selftest& s, std::size_t cases, const AbOptions& options) {
  ProcedureOptions procedure = options.procedure;
  const double rounds = budget_s / 2 / (s.block_s * static_cast<double>(cases));
  procedure.screen_blocks = static_cast<std::size_t>(
      std::clamp(rounds, 1.0, static_cast<double>(options.most_screen_blocks)));
  if (procedure.screen_blocks < 3) return std::numeric_limits<double>::infinity();
  const auto flagged = 1 + static_cast<std::size_t>(
                               std::ceil(procedure.screen_level * static_cast<double>(cases - 1)));
  const double each_s = s.block_s * static_cast<double>(flagged);
  const auto blocks =
      std::min(static_cast<std::size_t>(budget_s / 2 / each_s), procedure.most_blocks);
  const auto found = [&](double slowdown) {
    return combined_power(slowdown, s.noise, blocks, flagged, procedure) >= procedure.power;
  };
  double low = 0;
  double high = 1;
  if (!found(high)) return std::numeric_limits<double>::infinity();
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (found(middle) ? high : low) = middle;
  }
  return std::expm1(high);
}

void learn_from_same(const AbResult& result, const AbOptions& options, Selftest& s) {
  const auto blocks = measured_blocks(result);
  std::size_t count = 0;
  for (const AbCase& c : result.cases) count += c.screen.size() + c.confirm.size();
  if (blocks.empty() || count == 0) return;
  s.noise = noise_of(blocks);
  s.block_s = result.wall_s / static_cast<double>(count);
  const ResampleOptions resample{.rule = options.procedure.rule};
  s.resampled = resample.verdicts;
  s.resampled_alarms = resampled_false_alarms(blocks, resample);
  for (const double budget_s : {60.0, options.budget_s, 600.0, 1800.0}) {
    const bool there =
        std::ranges::any_of(s.visible, [&](const Visible& v) { return v.budget_s == budget_s; });
    if (!there) s.visible.push_back({budget_s, visible_in(budget_s, s, blocks.size(), options)});
  }
  std::ranges::sort(s.visible, {}, &Visible::budget_s);
}

}  // namespace

Selftest run_selftest(const WorkerSettings& worker, const CommonCases& cases,
                      const AbOptions& options, Observer& observer,
                      const std::atomic<bool>& interrupted) {
  Selftest s;
  const Side base = make_side("base", "", {}, worker);
  AbOptions part = options;
  part.budget_parts = planted_shares.size();
  part.budget_s = options.budget_s / part.budget_parts;
  for (const double share : planted_shares) {
    std::vector<std::string> variables;
    if (share > 0) variables.push_back(fmt::format("{}={}", delay_variable, share));
    part.seed = options.seed + s.rows.size();
    const AbResult result =
        run_ab(base, make_side("head", "", variables, worker), cases, part, observer, interrupted);
    if (result.interrupted) {
      s.interrupted = true;
      return s;
    }
    s.rows.push_back(row_of(share, result));
    const std::vector<std::string>& refused = result.table.refused;
    if (s.rows.back().cases > 0) {
      s.refused.insert(s.refused.end(), refused.begin(), refused.end());
    } else {
      std::vector<std::string> why = result.table.notes;
      why.insert(why.end(), refused.begin(), refused.end());
      for (const AbCase& c : result.cases) {
        if (!c.reason.empty()) why.push_back(case_name(c.planned.c) + ": " + c.reason);
      }
      s.refused.push_back("no case got a verdict" + (why.empty() ? "" : ": " + why.front()));
      return s;
    }
    if (share == 0) learn_from_same(result, options, s);
  }
  return s;
}

void report_selftest(const Selftest& s, std::ostream& out) {
  const auto percent = [](double share) { return fmt::format("{:.1f} %", 100 * share); };
  for (const SelftestRow& row : s.rows) {
    if (row.cases == 0) continue;
    if (row.planted == 0) {
      out << fmt::format("A/A           {} of {} cases called a regression: at most {} (95 %)\n",
                         row.regressions, row.cases,
                         percent(proportion_at_most(row.regressions, row.cases)));
    } else {
      out << fmt::format(
          "{:4.0f} % slower {} of {} cases shown to be slower: at least {} (95 %), "
          "{} called a regression\n",
          100 * row.planted, row.found, row.cases,
          percent(proportion_at_least(row.found, row.cases)), row.regressions);
    }
  }
  if (s.resampled > 0) {
    out << fmt::format(
        "resampled     {} of {} verdicts on A/A blocks are regressions: {}, at most {} "
        "(95 %)\n",
        s.resampled_alarms, s.resampled,
        fmt::format("{:.2f} %", 100 * static_cast<double>(s.resampled_alarms) /
                                    static_cast<double>(s.resampled)),
        fmt::format("{:.2f} %", 100 * proportion_at_most(s.resampled_alarms, s.resampled)));
    out << fmt::format("noise         {} per block (median over cases), {:.2f} s a block\n",
                       percent(s.noise), s.block_s);
  }
  for (const Visible& v : s.visible) {
    out << fmt::format("in {:5.0f} s    {}\n", v.budget_s,
                       std::isfinite(v.slowdown)
                           ? "a slowdown of " + percent(v.slowdown) + " is found with 95 % power"
                           : "too little time for these cases");
  }
  for (const SelftestRow& row : s.rows) {
    if (row.failed + row.wrong == 0) continue;
    out << fmt::format("{:.0f} % slower: {} cases failed, {} wrong\n", 100 * row.planted,
                       row.failed, row.wrong);
  }
  for (const std::string& reason : s.refused) out << "refused: " << printable(reason) << "\n";
}

nlohmann::json selftest_json(const Selftest& s) {
  nlohmann::json rows = nlohmann::json::array();
  for (const SelftestRow& row : s.rows) {
    const auto bounds = [&](std::int64_t count) {
      if (row.cases == 0) return nlohmann::json();
      const Estimate share = clopper_pearson(count, row.cases);
      return nlohmann::json::array({share.low, share.high});
    };
    rows.push_back({{"planted", row.planted},
                    {"cases", row.cases},
                    {"regressions", row.regressions},
                    {"regressions_95", bounds(row.regressions)},
                    {"found", row.found},
                    {"found_95", bounds(row.found)},
                    {"failed", row.failed},
                    {"wrong", row.wrong},
                    {"seconds", row.wall_s}});
  }
  nlohmann::json visible = nlohmann::json::array();
  for (const Visible& v : s.visible) {
    visible.push_back({{"budget_s", v.budget_s}, {"slowdown", v.slowdown}});
  }
  return {{"selftest_schema", 1},
          {"planted", std::move(rows)},
          {"resampled", s.resampled},
          {"resampled_alarms", s.resampled_alarms},
          {"noise", s.noise},
          {"block_s", s.block_s},
          {"visible", std::move(visible)},
          {"refused", s.refused}};
}

Exit exit_code(const Selftest& s) {
  Exit code = s.refused.empty() ? Exit::pass : Exit::refused;
  for (const SelftestRow& row : s.rows) {
    if (row.wrong > 0) code = worse(code, Exit::wrong);
    if (row.failed > 0) code = worse(code, Exit::failed);
    if (row.planted == 0 && row.cases > 0 &&
        clopper_pearson(row.regressions, row.cases, 0.998).low > 0.01) {
      code = worse(code, Exit::regression);
    }
  }
  return code;
}

}  // namespace assay
