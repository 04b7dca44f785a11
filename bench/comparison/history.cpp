#include "bench/comparison/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "bench/comparison/compare_report.hpp"
#include "bench/comparison/moment.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

std::vector<std::size_t> by_date(std::span<const ResultFile> files) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](std::size_t i) { return std::pair(moment_of(files[i].date), files[i].date); });
  return order;
}

bool same_record(const ResultFile& a, const ResultFile& b) {
  return !a.date.empty() && a.date == b.date && a.host == b.host &&
         std::ranges::equal(a.cases, b.cases, [](const ResultCase& x, const ResultCase& y) {
           return x.name == y.name && x.launches_ns == y.launches_ns;
         });
}

void reject_duplicates(std::span<const ResultFile> files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (files[i].path == files[j].path) {
        throw Error(Error::Kind::file, files[i].path + " is given twice");
      }
      if (same_record(files[i], files[j])) {
        throw Error(Error::Kind::file, files[i].path + " is the same record as " + files[j].path);
      }
    }
  }
}

// A mark for each of `records` records: "." is the case's fastest, "#" its slowest, a blank one that hasn't
// measured it.
std::string sparkline(const CaseHistory& c, std::size_t records) {
  constexpr std::string_view levels = "._-=+*#";
  const auto [low, high] = std::ranges::minmax(c.points, {}, &HistoryPoint::ns);
  std::string line(records, ' ');
  for (const HistoryPoint& point : c.points) {
    const double share = high.ns > low.ns ? (point.ns - low.ns) / (high.ns - low.ns) : 0;
    line[point.file] =
        levels[static_cast<std::size_t>(share * (static_cast<double>(levels.size()) - 0.001))];
  }
  return line;
}

double median_of(const CaseHistory& c) {
  std::vector<double> values;
  for (const HistoryPoint& point : c.points) values.push_back(point.ns);
  return median(values);
}

}  // namespace

std::string HistoryRecord::label() const {
  std::string inside = date;
  if (!revision.empty()) inside += (inside.empty() ? "" : ", ") + revision.substr(0, 12);
  return inside.empty() ? path : path + " (" + inside + ")";
}

History history(std::span<const ResultFile> files, std::string_view filter, bool detect,
                const StepOptions& options) {
  reject_duplicates(files);
  History history;
  std::map<std::string, std::size_t> places;
  for (const std::size_t i : by_date(files)) {
    const ResultFile& file = files[i];
    history.records.push_back({file.path, file.date, file.revision});
    for (const ResultCase& c : file.cases) {
      if (!c.has_times() || c.name.find(filter) == std::string::npos) continue;
      const auto [place, added] = places.try_emplace(c.key() + c.options, history.cases.size());
      if (added) history.cases.push_back({c.problem, c.where(), c.options, {}, {}});
      history.cases[place->second].points.push_back(
          {history.records.size() - 1, median(c.launches_ns)});
    }
  }
  if (history.cases.empty()) {
    throw Error(Error::Kind::file,
                filter.empty() ? std::string("no measured case in these files")
                               : "no measured case has '" + std::string(filter) + "' in its name");
  }
  history.searched = detect;
  if (!detect) return history;
  for (CaseHistory& c : history.cases) {
    std::vector<double> values;
    for (const HistoryPoint& point : c.points) values.push_back(std::log(point.ns));
    c.steps = find_steps(values, options);
  }
  return history;
}

void report_history(const History& history, std::ostream& out) {
  out << fmt::format(
      "{} record{}, {} to {}\nmedian, and a mark a record from . (the case's fastest) to # (its "
      "slowest)\n\n",
      history.records.size(), history.records.size() == 1 ? "" : "s",
      printable(history.records.front().label()), printable(history.records.back().label()));
  bool any = false;
  for (const CaseHistory& c : history.cases) {
    out << fmt::format("{:>10}  {}  {}{}{}\n", time_text(median_of(c)),
                       sparkline(c, history.records.size()), printable(c.problem),
                       c.where.empty() ? "" : "  " + printable(c.where),
                       c.options.empty() ? "" : "  " + printable(c.options));
    any = any || !c.steps.empty();
    for (const Step& step : c.steps) {
      const HistoryRecord& before = history.records[c.points[step.before].file];
      const HistoryRecord& after = history.records[c.points[step.before + 1].file];
      out << fmt::format("            {} by {} (p = {:.3f}) between {} and {}\n",
                         step.change > 0 ? "slower" : "faster", ratio_text(std::exp(step.change)),
                         step.p, printable(before.label()), printable(after.label()));
      if (step.earliest == step.latest) continue;
      const auto label_at = [&](std::size_t i) {
        return printable(history.records[c.points[i].file].label());
      };
      out << fmt::format("              most likely there; with 95 % between {} and {}\n",
                         label_at(step.earliest), label_at(step.latest + 1));
    }
  }
  if (history.searched && !any) {
    out << "\nno step found: a clear one shows once 8 records lie on either side; one that was "
           "taken "
           "back, once there are 60\n";
  }
}

}  // namespace assay
