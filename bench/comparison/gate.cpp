#include "bench/comparison/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "bench/statistics/holm.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/moderated.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

constexpr std::size_t fewest_runs = 3;

struct Judged {
  std::size_t row = 0;
  std::vector<double> runs;  // y_i
  double difference = 0;     // y - mean y_i
  double own = 0;  // variance of y by what the run's launches say, beyond what its baseline's say
  double own_freedom = 0;
};

double log_mean(std::span<const double> times) { return std::log(geometric_mean(times)); }

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - 1);
}

// Of the mean of ln(time), by the scatter of the launches; 0 where there is only one.
double variance_of_mean(std::span<const double> times) {
  if (times.size() < 2) return 0;
  std::vector<double> logs;
  for (const double time : times) logs.push_back(std::log(time));
  return variance_of(logs) / static_cast<double>(logs.size());
}

// Welch and Satterthwaite: the freedom of a sum of two variances.
double joint_freedom(double a, double a_freedom, double b, double b_freedom) {
  if (b == 0) return a_freedom;
  return (a + b) * (a + b) / (a * a / a_freedom + b * b / b_freedom);
}

std::vector<TStatistic> statistics_of(std::span<const Judged> cases, double assumed_noise) {
  std::vector<double> variances;
  std::vector<double> freedom;
  for (const Judged& j : cases) {
    if (j.runs.size() < fewest_runs) continue;
    variances.push_back(variance_of(j.runs));
    freedom.push_back(static_cast<double>(j.runs.size()) - 1);
  }
  const VariancePrior prior = fit_variance_prior(variances, freedom);
  std::vector<TStatistic> result;
  std::size_t known = 0;
  for (const Judged& j : cases) {
    double variance = assumed_noise * assumed_noise;
    double degrees = std::numeric_limits<double>::infinity();
    if (j.runs.size() >= fewest_runs) {
      variance = posterior_variance(prior, variances[known], freedom[known]);
      degrees = freedom[known];
      ++known;
    }
    const double n = static_cast<double>(j.runs.size());
    variance *= 1 + 1 / n;
    result.push_back({j.difference, std::sqrt(variance + j.own),
                      joint_freedom(variance, degrees, j.own, j.own_freedom)});
  }
  return result;
}

void judge_all(std::span<const Judged> cases, const GateOptions& options, VerdictTable& table) {
  const std::vector<TStatistic> statistics = statistics_of(cases, options.assumed_noise);
  constexpr double family = 0.01;
  std::vector<double> p;
  std::vector<double> p_faster;
  for (const TStatistic& t : statistics) {
    p.push_back(t.p_greater());
    p_faster.push_back(t.p_less());
  }
  const std::vector<HolmStep> steps = holm(p, family);
  const std::vector<HolmStep> faster = holm(p_faster, family);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    VerdictRow& row = table.rows[cases[i].row];
    const double low = statistics[i].lower_bound(steps[i].level);
    const Estimate e = {statistics[i].mean, steps[i].rejected ? low : std::min(low, 0.0),
                        statistics[i].upper_bound(0.05)};
    row.verdict = judge(e, options.rule);
    // As rarely by chance as `slower`: a run that is called faster moves a baseline.
    row.verdict.faster = row.verdict.faster && faster[i].rejected;
    row.ratio = to_ratio(e);
    row.adjusted_p = steps[i].adjusted_p;
    row.blocks = cases[i].runs.size();
    row.unit = "baseline run";
    // Found with 95 %: both bounds away from nothing.
    const TStatistic centred{0, statistics[i].error, statistics[i].freedom};
    row.outlook.visible =
        centred.upper_bound(0.01 / static_cast<double>(cases.size())) + centred.upper_bound(0.05);
  }
}

// The newest entry of a case: of its key, or else of its name, which is that of the case on another
// device.
const BaselineEntry* newest(std::span<const BaselineEntry> baseline, const ResultCase& c) {
  const BaselineEntry* found = nullptr;
  const std::string key = c.key();
  for (const BaselineEntry& entry : baseline) {
    if (entry.key == key || (entry.case_name == c.name && (!found || found->key != key))) {
      found = &entry;
    }
  }
  return found;
}

// How the devices that two keys name differ.
std::vector<std::string> key_differences(const std::string& stored, const std::string& here) {
  constexpr std::array parts = {"problem", "backend", "variant",
                                "vendor",  "device",  "device.hardware"};  // as ResultCase::key
  std::vector<std::string> lines;
  std::istringstream before(stored);
  std::istringstream now(here);
  for (const char* part : parts) {
    std::string a;
    std::string b;
    std::getline(before, a);
    std::getline(now, b);
    if (a != b) lines.push_back(fmt::format("{}: baseline {}, here {}", part, a, b));
  }
  return lines;
}

void add_notes(std::span<const Judged> cases, const GateOptions& options, VerdictTable& table) {
  const auto few =
      std::ranges::count_if(cases, [](const Judged& j) { return j.runs.size() < fewest_runs; });
  if (few == 0) return;
  table.notes.push_back(fmt::format(
      "{} case{} with fewer than {} baseline runs: how much runs differ is assumed to be {:.0f} %; "
      "add runs with `assay baseline add`, or compare builds with `assay ab`",
      few, few == 1 ? " has a baseline" : "s have baselines", fewest_runs,
      100 * options.assumed_noise));
}

}  // namespace

VerdictTable gate(const ResultFile& run, std::span<const BaselineEntry> baseline,
                  const GateOptions& options) {
  VerdictTable table;
  table.base = "baseline";
  table.head = run.path;
  table.rule = options.rule;
  std::vector<Judged> cases;
  std::set<std::string> seen;
  std::set<std::string> refused;
  std::size_t of_itself = 0;
  for (const ResultCase& c : run.cases) {
    const std::string key = c.key();
    seen.insert(key);
    const BaselineEntry* last = newest(baseline, c);
    if (last == nullptr) {
      table.only_head.push_back(c.name);
      continue;
    }
    seen.insert(last->key);
    VerdictRow row;
    row.name = c.name;
    row.status = c.status;
    row.reason = c.reason;
    table.rows.push_back(std::move(row));
    if (!c.has_times()) continue;
    const Fingerprint print = fingerprint(run.context, c);
    auto entries = current_entries(baseline, key, print);
    // A run is no evidence of what it is held against.
    const BaselineEntry own_entry = baseline_entry(run, c, "");
    const auto is_own = [&](const BaselineEntry* e) { return same_measurement(*e, own_entry); };
    if (std::ranges::any_of(entries, is_own)) {
      ++of_itself;
      // Where there is no other it is what it is: the same.
      if (!std::ranges::all_of(entries, is_own)) std::erase_if(entries, is_own);
    }
    if (entries.empty()) {
      for (const std::string& line : key_differences(last->key, key)) refused.insert(line);
      for (const std::string& line : differences(last->print, print)) refused.insert(line);
      continue;
    }
    Judged j;
    j.row = table.rows.size() - 1;
    std::vector<double> base_ns;
    std::vector<double> own;
    for (const BaselineEntry* entry : entries) {
      own.push_back(variance_of_mean(entry->launches_ns));
      j.runs.push_back(log_mean(entry->launches_ns));
      base_ns.push_back(median(entry->launches_ns));
    }
    j.difference = log_mean(c.launches_ns) - mean_of(j.runs);
    // The scatter between the baseline's runs, where it is known, has theirs in it.
    const double known = entries.size() >= fewest_runs ? mean_of(own) : 0;
    j.own = std::max(variance_of_mean(c.launches_ns) - known, 0.0);
    j.own_freedom = static_cast<double>(c.launches_ns.size()) - 1;
    table.rows.back().base_ns = median(base_ns);
    table.rows.back().head_ns = median(c.launches_ns);
    cases.push_back(std::move(j));
  }
  for (const BaselineEntry& entry : baseline) {
    if (seen.insert(entry.key).second) table.only_base.push_back(entry.case_name);
  }
  table.refused.assign(refused.begin(), refused.end());
  if (table.rows.empty()) {
    table.refused.emplace_back("no case of the run is in the baseline");
  } else if (cases.empty() && table.refused.empty()) {
    table.refused.emplace_back("no case of the run was measured");
  }
  if (of_itself > 0) {
    table.notes.emplace_back(
        "this run is in the baseline too: held against the others, where there are any");
  }
  if (table.refused.empty()) {
    judge_all(cases, options, table);
    add_notes(cases, options, table);
  }
  withdraw_if_refused(table);
  sort_rows(table);
  return table;
}

}  // namespace assay
