#include "bench/comparison/compare.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "bench/comparison/sides.hpp"
#include "bench/statistics/holm.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using Table = std::map<std::string, const ResultCase*>;

Table timed(const ComparedSide& side, bool across) {
  Table table;
  for (const ResultCase* c : side.cases) {
    if (!c->has_times()) continue;
    const auto [place, added] = table.try_emplace(across ? c->problem : c->key(), c);
    if (!added) {
      throw Error(Error::Kind::file, side.file->path + ": '" + place->second->name + "' and '" +
                                         c->name + "' can't be told apart");
    }
  }
  return table;
}

std::string shown_options(const ResultCase& c) {
  return c.options.empty() ? "the defaults" : c.options;
}

struct Tests {
  std::vector<TStatistic> statistics;
  std::vector<std::size_t> rows;
};

// The words of all rows at once: Holm runs over the table.
void judge_rows(const Tests& tests, double margin, std::vector<ComparedCase>& cases) {
  std::vector<double> slower;
  std::vector<double> faster;
  for (const TStatistic& t : tests.statistics) {
    slower.push_back(t.p_greater());
    faster.push_back(t.p_less());
  }
  const std::vector<HolmStep> slower_steps = holm(slower, 0.01);
  const std::vector<HolmStep> faster_steps = holm(faster, 0.01);
  const double least = std::log1p(0.01);
  for (std::size_t i = 0; i < tests.rows.size(); ++i) {
    ComparedCase& c = cases[tests.rows[i]];
    const TStatistic& t = tests.statistics[i];
    const bool within =
        t.upper_bound(0.05) < std::log1p(margin) && t.lower_bound(0.05) > -std::log1p(margin);
    if (within) {
      c.relation = Relation::same;
    } else if (slower_steps[i].rejected && t.mean >= least) {
      c.relation = Relation::slower;
    } else if (faster_steps[i].rejected && -t.mean >= least) {
      c.relation = Relation::faster;
    } else {
      c.relation = Relation::unclear;
    }
  }
}

// Times of the launches that count, of both sides.
struct Launches {
  std::vector<double> base;
  std::vector<double> other;
};

// Of one run: the launches that both have, in pairs. They needn't have as many, a noisy case gets more.
Launches common_launches(const ResultCase& base, const ResultCase& other) {
  std::map<std::int64_t, double> times;
  for (std::size_t i = 0; i < base.launches_ns.size(); ++i) {
    times[base.launch_numbers.at(i)] = base.launches_ns[i];
  }
  Launches common;
  for (std::size_t i = 0; i < other.launches_ns.size(); ++i) {
    const auto found = times.find(other.launch_numbers.at(i));
    if (found == times.end()) continue;
    common.base.push_back(found->second);
    common.other.push_back(other.launches_ns[i]);
  }
  return common;
}

ComparedCase compared(const ResultCase& base, const ResultCase& other, const Launches& launches) {
  ComparedCase c;
  c.problem = other.problem;
  c.kernel = other.kernel;
  c.dtype = other.dtype;
  c.where = other.where();
  c.base_where = base.where();
  c.base_ns = median(launches.base);
  c.ns = median(launches.other);
  c.ratio = geometric_mean(launches.other) / geometric_mean(launches.base);
  return c;
}

void add_groups(ComparedPair& pair) {
  std::map<std::pair<std::string, std::string>, std::vector<double>> ratios;
  std::vector<double> all;
  for (const ComparedCase& c : pair.cases) {
    ratios[{c.kernel, c.dtype}].push_back(c.ratio);
    all.push_back(c.ratio);
  }
  for (const auto& [group, values] : ratios) {
    pair.groups.push_back({group.first, group.second, values.size(), geometric_mean(values)});
  }
  if (!all.empty()) pair.ratio = geometric_mean(all);
}

// A case with times on one side: the other may hold it too, without an answer.
void note_one_sided(const ResultCase& c, const ComparedSide& missing, const char* side, bool across,
                    std::vector<std::string>& only, std::vector<std::string>& without) {
  const auto same = [&](const ResultCase* o) {
    return across ? o->problem == c.problem : o->key() == c.key();
  };
  const auto found = std::ranges::find_if(missing.cases, same);
  if (found == missing.cases.end()) {
    only.push_back(c.name);
    return;
  }
  without.push_back(c.name + ": " + std::string(name((*found)->status)) + " in " + side +
                    ((*found)->reason.empty() ? "" : ": " + (*found)->reason));
}

// Cases that gave no right answer on either side.
void note_broken(const ComparedSide& base, const ComparedSide& other, bool across,
                 std::vector<std::string>& without) {
  const auto broken = [](const ResultCase& c) {
    return c.status == Status::wrong || c.status == Status::failed;
  };
  for (const ResultCase* b : base.cases) {
    if (b->has_times()) continue;
    const auto found = std::ranges::find_if(other.cases, [&](const ResultCase* o) {
      return across ? o->problem == b->problem : o->key() == b->key();
    });
    if (found == other.cases.end() || (*found)->has_times()) continue;
    if (!broken(*b) && !broken(**found)) continue;
    without.push_back(b->name + ": " + std::string(name(b->status)) + " in base, " +
                      std::string(name((*found)->status)) + " in other" +
                      ((*found)->reason.empty() ? "" : ": " + (*found)->reason));
  }
}

ComparedPair compare_sides(const ComparedSide& base, const ComparedSide& other,
                           const CompareOptions& options) {
  ComparedPair pair;
  pair.base = base.label;
  pair.other = other.label;
  pair.paired = base.file == other.file;
  const Table left = timed(base, options.across);
  const Table right = timed(other, options.across);
  const bool one_process = base.file->foreign || other.file->foreign;
  Tests tests;
  for (const auto& [key, b] : left) {
    const auto found = right.find(key);
    if (found == right.end()) {
      note_one_sided(*b, other, "other", options.across, pair.only_base, pair.without);
      continue;
    }
    const ResultCase& c = *found->second;
    Launches launches{b->launches_ns, c.launches_ns};
    bool in_pairs = false;
    if (pair.paired && !one_process) {
      Launches common = common_launches(*b, c);
      in_pairs = !common.base.empty();
      if (in_pairs) launches = std::move(common);
    }
    pair.cases.push_back(compared(*b, c, launches));
    if (b->options != c.options) {
      pair.settings.insert({shown_options(*b), shown_options(c)});
    }
    if (one_process || (pair.paired && !in_pairs)) continue;
    const auto t = in_pairs ? paired_t(log_ratios(launches.base, launches.other))
                            : welch_t(launches.base, launches.other);
    if (!t) continue;
    pair.cases.back().interval = to_ratio({t->mean, t->lower_bound(0.025), t->upper_bound(0.025)});
    tests.statistics.push_back(*t);
    tests.rows.push_back(pair.cases.size() - 1);
  }
  for (const auto& [key, c] : right) {
    if (left.contains(key)) continue;
    note_one_sided(*c, base, "base", options.across, pair.only_other, pair.without);
  }
  note_broken(base, other, options.across, pair.without);
  judge_rows(tests, options.margin, pair.cases);
  std::ranges::stable_sort(pair.cases, std::ranges::greater(), &ComparedCase::ratio);
  add_groups(pair);
  return pair;
}

std::string devices_of(const ResultFile& file) {
  std::set<std::string> names;
  for (const ResultCase& c : file.cases) names.insert(c.where());
  std::string text;
  for (const std::string& each : names) text += (text.empty() ? "" : ", ") + each;
  return text.empty() ? "no device" : text;
}

// Why two files have nothing in common, and what to do.
[[noreturn]] void refuse(const ResultFile& a, const ResultFile& b, bool across,
                         std::span<const std::string> without) {
  std::set<std::string> problems;
  for (const ResultCase& c : a.cases) problems.insert(c.problem);
  const bool same_problem = std::ranges::any_of(
      b.cases, [&](const ResultCase& c) { return problems.contains(c.problem); });
  std::string message = a.path + " and " + b.path + " have no measured case in common";
  if (!without.empty()) {
    message += ": " + without.front();
    if (without.size() > 1) message += ", and " + std::to_string(without.size() - 1) + " more";
  } else if (same_problem && !across && devices_of(a) != devices_of(b)) {
    message += ": the devices differ (" + devices_of(a) + " / " + devices_of(b) +
               "); --across compares devices";
  }
  throw Error(Error::Kind::file, message);
}

std::vector<std::string> cautions(const Comparison& comparison, std::span<const ResultFile> files) {
  std::vector<std::string> lines;
  if (std::ranges::any_of(comparison.pairs, [](const ComparedPair& p) { return !p.paired; })) {
    lines.emplace_back(
        "these are different runs: what the machine did between them is part of each ratio; "
        "`assay ab` measures two builds side by side");
  }
  std::set<std::pair<std::string, std::string>> settings;
  for (const ComparedPair& pair : comparison.pairs) {
    settings.insert(pair.settings.begin(), pair.settings.end());
  }
  for (const auto& [base, other] : settings) {
    lines.push_back("measured with different settings: base " + base + ", other " + other);
  }
  for (const ResultFile& file : files) {
    if (!file.foreign) continue;
    lines.push_back(
        file.path +
        " is of another program: its repetitions are of one process, so that they can't "
        "tell how much runs differ; no intervals, no check of answers, no device");
  }
  return lines;
}

}  // namespace

std::string_view name(Relation relation) {
  switch (relation) {
    case Relation::same:
      return "same";
    case Relation::slower:
      return "slower";
    case Relation::faster:
      return "faster";
    case Relation::unclear:
      return "unclear";
    case Relation::unknown:
      break;
  }
  return "unknown";
}

Comparison compare(std::span<const ResultFile> files, const CompareOptions& options) {
  if (files.empty() || (files.size() == 1 && !options.across)) {
    throw usage_error("assay compare needs two result files, or one with --across");
  }
  if (!options.base.empty() && !options.across) throw usage_error("--base needs --across");
  std::vector<ComparedSide> sides = sides_of(files, options.across);
  std::vector<std::string> empty;
  if (options.across) empty = drop_empty(sides);
  choose_base(sides, options.base);
  if (sides.size() < 2) {
    throw Error(Error::Kind::file, files.front().path + " has one device only: nothing to compare");
  }
  Comparison comparison;
  comparison.margin = options.margin;
  bool any = false;
  for (std::size_t i = 1; i < sides.size(); ++i) {
    comparison.pairs.push_back(compare_sides(sides.front(), sides[i], options));
    any = any || !comparison.pairs.back().cases.empty();
    if (!options.across && comparison.pairs.back().cases.empty()) {
      refuse(*sides.front().file, *sides[i].file, false, comparison.pairs.back().without);
    }
  }
  if (!any) refuse(files.front(), files.back(), options.across, {});
  comparison.cautions = cautions(comparison, files);
  for (const std::string& each : empty) comparison.cautions.push_back(each + ": nothing measured");
  return comparison;
}

}  // namespace assay
