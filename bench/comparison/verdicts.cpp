#include "bench/comparison/verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/comparison/compare_report.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

int rank(const VerdictRow& row) {
  if (row.status != Status::ok) return row.status == Status::wrong ? 0 : 2;
  switch (row.verdict.outcome) {
    case Outcome::regression:
      return 1;
    case Outcome::inconclusive:
      return 3;
    case Outcome::pass:
      break;
  }
  return 4;
}

bool failed(const VerdictRow& row) {
  return row.status == Status::failed || row.status == Status::wrong;
}

std::string percent(double share) {
  const double value = std::round(1000 * share) / 10;
  return fmt::format("{:.{}f} %", value, value == std::round(value) ? 0 : 1);
}

}  // namespace

void sort_rows(VerdictTable& table) {
  std::ranges::stable_sort(table.rows, [](const VerdictRow& a, const VerdictRow& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a.ratio.value > b.ratio.value;
  });
}

void withdraw_if_refused(VerdictTable& table) {
  if (table.refused.empty()) return;
  for (VerdictRow& row : table.rows) {
    if (row.status != Status::ok) continue;
    row.verdict = {};
    row.blocks = 0;
    if (row.reason.empty()) row.reason = "not judged";
  }
}

std::size_t count(const VerdictTable& table, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count_if(table.rows, [&](const VerdictRow& row) {
    return row.status == Status::ok && row.verdict.outcome == outcome;
  }));
}

std::size_t count_failed(const VerdictTable& table) {
  return static_cast<std::size_t>(std::ranges::count_if(table.rows, failed));
}

std::string headline(const VerdictTable& table) {
  if (!table.refused.empty()) return "refused: " + joined(table.refused, "; ");
  const std::size_t regressions = count(table, Outcome::regression);
  std::string text = regressions == 0
                         ? "no regression"
                         : fmt::format("{} regression{}", regressions, regressions == 1 ? "" : "s");
  const auto with = [&](Status status) {
    return std::ranges::count(table.rows, status, &VerdictRow::status);
  };
  if (const auto wrong = with(Status::wrong); wrong > 0) text += fmt::format(", {} wrong", wrong);
  if (const auto bad = with(Status::failed); bad > 0) text += fmt::format(", {} failed", bad);
  if (const std::size_t open = count(table, Outcome::inconclusive); open > 0) {
    text += fmt::format(", {} inconclusive", open);
  }
  text +=
      fmt::format(", {} of {} case{} pass (margin {})", count(table, Outcome::pass),
                  table.rows.size(), table.rows.size() == 1 ? "" : "s", percent(table.rule.margin));
  return text;
}

std::string explanation(const VerdictRow& row, const VerdictRule& rule) {
  if (row.status != Status::ok) {
    return std::string(name(row.status)) + (row.reason.empty() ? "" : ": " + row.reason);
  }
  if (row.blocks == 0) return row.reason.empty() ? "not measured" : row.reason;
  std::string text = ratio_text(row.ratio.value, row.ratio.low, row.ratio.high) +
                     fmt::format(", {} {}{}", row.blocks, row.unit, row.blocks == 1 ? "" : "s");
  if (row.verdict.slower) text += ", slower within the margin";
  if (row.verdict.faster) text += ", faster";
  if (row.verdict.outcome == Outcome::inconclusive) {
    if (std::isfinite(row.outlook.visible)) {
      text += ", could have seen " + percent(std::expm1(row.outlook.visible));
    }
    if (row.outlook.needed > 0) {
      text += fmt::format(", {} needs about {} blocks", percent(rule.margin), row.outlook.needed);
    }
  }
  return text;
}

Exit exit_code(const VerdictTable& table, bool strict) {
  Exit code = table.refused.empty() ? Exit::pass : Exit::refused;
  for (const VerdictRow& row : table.rows) {
    if (row.status == Status::wrong) code = worse(code, Exit::wrong);
    if (row.status == Status::failed) code = worse(code, Exit::failed);
  }
  if (count(table, Outcome::regression) > 0) code = worse(code, Exit::regression);
  if (strict && count(table, Outcome::inconclusive) > 0) code = worse(code, Exit::inconclusive);
  return code;
}

}  // namespace assay
