#include "bench/ab/planted.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/comparison/verdict_report.hpp"
#include "bench/filter.hpp"
#include "bench/progress.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/proportion.hpp"
#include "bench/worker/delayed.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr double least_found = 0.9;

nlohmann::json names_of(const std::vector<VerdictRow>& rows) {
  nlohmann::json names = nlohmann::json::array();
  for (const VerdictRow& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace

Plant parse_plant(const std::string& text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos || text.find(';') != std::string::npos) {
    throw usage_error("--plant '" + text +
                      "' must be a share, a blank and an expression, such as '5% m:64/'");
  }
  const std::size_t pattern = text.find_first_not_of(' ', blank);
  Plant plant{parse_fraction("--plant", text.substr(0, blank)),
              pattern == std::string::npos ? "" : text.substr(pattern)};
  (void)NameFilter(plant.pattern);
  return plant;
}

Planted sort_planted(const std::vector<Plant>& plants, AbResult ab) {
  Planted result;
  for (const Plant& plant : plants) result.plants.push_back({plant, {}, {}});
  for (const VerdictRow& row : ab.table.rows) {
    const bool regression =
        row.status == Status::ok && row.blocks > 0 && row.verdict.outcome == Outcome::regression;
    const std::string problem = row.name.substr(0, row.name.find('@'));
    const auto meant = std::ranges::find_if(
        plants, [&](const Plant& plant) { return NameFilter(plant.pattern).keeps(problem); });
    if (meant != plants.end()) {
      PlantedCases& cases = result.plants[static_cast<std::size_t>(meant - plants.begin())];
      (regression ? cases.found : cases.missed).push_back(row);
      continue;
    }
    if (row.status == Status::ok && row.blocks > 0) ++result.others;
    if (regression) result.alarms.push_back(row);
  }
  result.ab = std::move(ab);
  return result;
}

Planted run_planted(const WorkerSettings& worker, const CommonCases& cases,
                    const std::vector<Plant>& plants, const AbOptions& options, Observer& observer,
                    const std::atomic<bool>& interrupted) {
  std::string delays;
  for (const Plant& plant : plants) {
    delays += fmt::format("{}{} {}", delays.empty() ? "" : ";", plant.share, plant.pattern);
  }
  const Side base = make_side("base", "", {}, worker);
  const Side head = make_side("head", "", {std::string(delay_variable) + "=" + delays}, worker);
  return sort_planted(plants, run_ab(base, head, cases, options, observer, interrupted));
}

void report_planted(const Planted& planted, std::ostream& out) {
  const VerdictRule& rule = planted.ab.table.rule;
  for (const PlantedCases& each : planted.plants) {
    const auto found = static_cast<std::int64_t>(each.found.size());
    const auto all = found + static_cast<std::int64_t>(each.missed.size());
    out << fmt::format("{:4.3g} % slower  {} of {} found", 100 * each.plant.share, found, all);
    if (all > 0) {
      out << fmt::format(": at least {:.0f} % (95 %)", 100 * proportion_at_least(found, all));
    }
    out << "\n";
    for (const VerdictRow& row : each.found) {
      out << "  found   " << printable(row.name) << "  " << explanation(row, rule) << "\n";
    }
    for (const VerdictRow& row : each.missed) {
      out << "  missed  " << printable(row.name) << "  " << explanation(row, rule) << "\n";
    }
  }
  out << fmt::format("not slower     {} of {} called a regression\n", planted.alarms.size(),
                     planted.others);
  for (const VerdictRow& row : planted.alarms) {
    out << "  alarm   " << printable(row.name) << "  " << explanation(row, rule) << "\n";
  }
  for (const std::string& note : planted.ab.table.notes) out << "note: " << note << "\n";
  out << headline(planted.ab.table) << "; " << duration_text(planted.ab.wall_s) << "\n";
}

nlohmann::json planted_json(const Planted& planted) {
  nlohmann::json plants = nlohmann::json::array();
  for (const PlantedCases& each : planted.plants) {
    plants.push_back({{"share", each.plant.share},
                      {"pattern", each.plant.pattern},
                      {"found", names_of(each.found)},
                      {"missed", names_of(each.missed)}});
  }
  nlohmann::json document = verdicts_json(planted.ab.table);
  document["planted"] = std::move(plants);
  document["alarms"] = names_of(planted.alarms);
  return document;
}

Exit exit_code(const Planted& planted) {
  VerdictTable others = planted.ab.table;  // failed and wrong cases, whatever was found
  std::erase_if(others.rows, [](const VerdictRow& row) { return row.status == Status::ok; });
  const Exit code = exit_code(others, false);
  if (!others.refused.empty()) return code;
  bool good = planted.alarms.empty();
  for (const PlantedCases& each : planted.plants) {
    const std::size_t all = each.found.size() + each.missed.size();
    if (all == 0) return worse(code, Exit::refused);
    good = good &&
           static_cast<double>(each.found.size()) >= least_found * static_cast<double>(all) - 1e-9;
  }
  return worse(code, good ? Exit::pass : Exit::regression);
}

}  // namespace assay
