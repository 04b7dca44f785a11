#include "bench/ab/case_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/case.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

using nlohmann::json;

double seven_digits(double value) {
  return std::strtod(fmt::format("{:.7g}", value).c_str(), nullptr);
}

json stage_json(std::span<const Block> blocks) {
  json base = json::array();
  json head = json::array();
  std::string first;
  json dropped = json::object();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    base.push_back(seven_digits(blocks[i].base_ns));
    head.push_back(seven_digits(blocks[i].head_ns));
    first += blocks[i].head_first ? 'h' : 'b';
    if (!blocks[i].dropped.empty()) dropped[std::to_string(i)] = blocks[i].dropped;
  }
  json stage = {{"base_ns", std::move(base)}, {"head_ns", std::move(head)}, {"first", first}};
  if (!dropped.empty()) stage["dropped"] = std::move(dropped);
  return stage;
}

}  // namespace

std::size_t kept(std::span<const Block> blocks) {
  return static_cast<std::size_t>(
      std::ranges::count_if(blocks, [](const Block& b) { return b.dropped.empty(); }));
}

std::vector<double> log_ratios_of(std::span<const Block> blocks) {
  std::vector<double> values;
  for (const Block& b : blocks) {
    if (b.dropped.empty()) values.push_back(std::log(b.head_ns / b.base_ns));
  }
  return values;
}

VerdictRow judged_row(const AbCase& c, const Procedure& procedure, std::size_t index) {
  const CaseVerdict& verdict = procedure.verdicts()[index];
  VerdictRow row;
  row.name = case_name(c.planned.c);
  row.flagged = verdict.flagged;
  if (!verdict.measured) {
    row.reason = "not measured: too few blocks";
    return row;
  }
  row.verdict = verdict.verdict;
  row.ratio = to_ratio(verdict.log_ratio);
  row.adjusted_p = verdict.adjusted_p;
  row.blocks = verdict.blocks;
  row.outlook = procedure.outlook(verdict);
  std::vector<double> base;
  std::vector<double> head;
  for (const Block& b : verdict.flagged ? c.confirm : c.screen) {
    if (!b.dropped.empty()) continue;
    base.push_back(b.base_ns);
    head.push_back(b.head_ns);
  }
  row.base_ns = median(base);
  row.head_ns = median(head);
  return row;
}

json blocks_json(std::span<const AbCase> cases) {
  json all = json::array();
  for (const AbCase& c : cases) {
    json entry = {{"case", case_name(c.planned.c)}};
    if (!c.screen.empty()) entry["screen"] = stage_json(c.screen);
    if (!c.confirm.empty()) entry["confirm"] = stage_json(c.confirm);
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace assay
