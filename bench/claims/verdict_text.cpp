#include "bench/claims/verdict_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "bench/claims/crossover.hpp"
#include "bench/claims/units.hpp"

namespace assay {
namespace {

std::string condition_text(const Condition& c) {
  constexpr std::array<std::string_view, 3> ends = {"low", "high", "value"};
  constexpr std::array<std::string_view, 4> relations = {">=", ">", "<=", "<"};
  return fmt::format("{} {} {:g}", ends[static_cast<std::size_t>(c.end)],
                     relations[static_cast<std::size_t>(c.relation)], c.threshold);
}

std::string three(double value) { return fmt::format("{:.3g}", value); }

std::string ratio_of_facts(const DatasheetRatio& ratio, const FactTable& facts) {
  const Fact* over = facts.best(ratio.over);
  const Fact* under = facts.best(ratio.under);
  return fmt::format("{}: {} ({} {} / {} {}; {} / {})", ratio.name,
                     three(over->value.value_or(0) / under->value.value_or(0)), over->text,
                     over->value_unit, under->text, under->value_unit, over->status, under->status);
}

// "up to m:16", "from m:512 on", "at m:48".
std::string range_text(const std::string& key, double first, double last, bool begins, bool ends) {
  if (begins) return fmt::format("up to {}:{:g}", key, last);
  if (ends) return fmt::format("from {}:{:g} on", key, first);
  return first == last ? fmt::format("at {}:{:g}", key, first)
                       : fmt::format("from {}:{:g} to {}:{:g}", key, first, key, last);
}

std::string runs_text(int runs) { return fmt::format("{} run{}", runs, runs == 1 ? "" : "s"); }

struct Point {
  double at = 0;
  Ruling ruling = Ruling::missing;
};

std::string series_text(const std::string& key, std::span<const Point> points) {
  std::string text;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end + 1 < points.size() && points[end + 1].ruling == points[i].ruling) ++end;
    text += (text.empty() ? "" : ", ") + std::string(name(points[i].ruling)) + " " +
            range_text(key, points[i].at, points[end].at, i == 0, end + 1 == points.size());
    i = end + 1;
  }
  return text;
}

// One test on one device or pair over the sizes that it is split by.
struct Series {
  const ClaimTest* test = nullptr;
  std::string key;
  bool widened = false;
  std::vector<Point> points;
  std::vector<SizedRatio> ratios;
};

// "; passes 1x at m = 48 [31, 70]": the size where the ruling turns, between those measured.
std::string turn_text(const Series& series) {
  if (!series.test->support) return {};
  const double threshold = series.test->support->threshold;
  const auto found = crossover(series.ratios, threshold, series.widened ? one_board : 1);
  if (!found) return {};
  return fmt::format(
      "; passes {:g}x at {} (95 %, between the sizes measured{})", threshold,
      crossover_text(*found, series.key, series.points.front().at, series.points.back().at),
      series.widened ? ", one board: +-5 %" : "");
}

}  // namespace

std::string_view name(VerdictWord word) {
  constexpr std::array<std::string_view, verdict_words> names = {
      "SUPPORTED", "REFUTED", "CONDITIONAL", "INCONCLUSIVE", "NOT MEASURABLE HERE", "OUT OF SCOPE"};
  return names[static_cast<std::size_t>(word)];
}

std::string_view name(Grade grade) {
  constexpr std::array<std::string_view, 6> names = {"measured here",  "arithmetic",
                                                     "driver's label", "published measurement",
                                                     "datasheet",      "news"};
  return names[static_cast<std::size_t>(grade)];
}

std::string margins_text(const ClaimTest& test) {
  if (test.inside) {
    return fmt::format("support: inside [{}, {}]; refute: outside", three(test.inside->bottom),
                       three(test.inside->top));
  }
  return "support: " + condition_text(*test.support) + "; refute: " + condition_text(*test.refute);
}

std::string seen_text(const ClaimTest& test, const Estimate& e) {
  if (!(e.value > 0) || !(e.low > 0)) return "the interval has no bound";
  const double down = e.value / e.low;
  const double up = e.high / e.value;
  if (test.inside) {
    const double least = test.inside->bottom * down;
    const double most = test.inside->top / up;
    if (least > most) return "with this spread no value would have supported it";
    return fmt::format("with this spread only values from {} to {} would have supported it",
                       three(least), three(most));
  }
  const auto needed = [&](const Condition& c) {
    const bool rising =
        c.relation == Condition::Relation::at_least || c.relation == Condition::Relation::above;
    const double slack = c.end == Condition::End::low    ? down
                         : c.end == Condition::End::high ? 1 / up
                                                         : 1;
    return fmt::format("{} or {}", three(c.threshold * slack), rising ? "more" : "less");
  };
  return "with this spread " + needed(*test.support) + " would have supported it, " +
         needed(*test.refute) + " refuted it";
}

std::vector<std::string> paper_lines(const Claim& claim, const FactTable& facts) {
  std::vector<std::string> lines;
  for (const DatasheetRatio& ratio : claim.datasheet) {
    lines.push_back("datasheet ratio, " + ratio_of_facts(ratio, facts));
  }
  if (!lines.empty()) lines.emplace_back("a datasheet ratio is not a measurement");
  for (const Published& p : claim.published) {
    lines.push_back(fmt::format(
        "{}, {}{}: {} ({}, {})", p.measurement ? "published measurement" : "published", p.name,
        p.verdict.empty() ? "" : " [" + p.verdict + "]", p.text, p.source, p.date));
  }
  return lines;
}

std::vector<std::string> boundary_lines(const Claim& claim,
                                        std::span<const ClaimFinding> findings) {
  std::map<std::string, Series> all;
  for (const ClaimFinding& f : findings) {
    if (f.reading.split == 0 || f.left_out) continue;
    // The split is the condition's last part.
    const std::size_t comma = f.reading.condition.rfind(", ");
    const std::string rest =
        comma == std::string::npos ? std::string() : f.reading.condition.substr(0, comma);
    const std::string last =
        comma == std::string::npos ? f.reading.condition : f.reading.condition.substr(comma + 2);
    const std::string title = f.test + (rest.empty() ? "" : ", " + rest) + ", " + f.reading.subject;
    Series& series = all[title];
    series.test = &*std::ranges::find(claim.tests, f.test, &ClaimTest::name);
    series.key = last.substr(0, last.find(':'));
    series.widened = series.widened || f.widened;
    series.points.push_back({f.reading.split, f.ruling});
    series.ratios.push_back({f.reading.split, f.reading.value.value, f.reading.drawn});
  }
  std::vector<std::string> lines;
  // Those that turn from one side to the other first.
  std::vector<std::string> others;
  for (auto& [title, series] : all) {
    const auto some = [&](Ruling r) {
      return std::ranges::find(series.points, r, &Point::ruling) != series.points.end();
    };
    if (series.points.size() < 2) continue;
    std::ranges::sort(series.points, {}, &Point::at);
    (some(Ruling::supported) && some(Ruling::refuted) ? lines : others)
        .push_back(title + ": " + series_text(series.key, series.points) + turn_text(series));
  }
  lines.insert(lines.end(), others.begin(), others.end());
  return lines;
}

bool has_interval(const Reading& reading) {
  return !reading.measured || reading.least_runs >= fewest_for_interval;
}

std::string place_text(const ClaimFinding& f) {
  std::string text = f.reading.subject;
  if (!f.reading.condition.empty()) text += (text.empty() ? "" : ", ") + f.reading.condition;
  return text;
}

std::string_view ruling_text(const ClaimFinding& f) {
  return f.left_out ? std::string_view("left out") : name(f.ruling);
}

std::string finding_text(const ClaimFinding& f) {
  if (!f.reading.refused.empty()) return "refused: " + f.reading.refused;
  std::string text = has_interval(f.reading)
                         ? value_text(f.reading.value, f.interval, f.reading.unit)
                         : value_text(f.reading.value.value, f.reading.unit);
  if (f.reading.measured) {
    text += ", " + runs_text(f.reading.least_runs) + (f.widened ? ", one board: +-5 %" : "");
  }
  if (f.reading.left_out > 0) text += ", " + runs_text(f.reading.left_out) + " left out";
  if (!f.reading.note.empty()) text += ", " + f.reading.note;
  if (!f.reading.disputed.empty()) text += ", " + f.reading.disputed;
  if (!f.reading.given.empty()) text += ", with " + f.reading.given + " as the user says";
  if (!f.reading.unlike.empty()) text += ", not alike: " + f.reading.unlike;
  return text;
}

std::string verdict_counts(std::span<const ClaimVerdict> verdicts) {
  std::string text = fmt::format("{} claim{}", verdicts.size(), verdicts.size() == 1 ? "" : "s");
  const char* separator = ": ";
  for (std::size_t w = 0; w < verdict_words; ++w) {
    const auto count =
        std::ranges::count(verdicts, static_cast<VerdictWord>(w), &ClaimVerdict::word);
    if (count == 0) continue;
    text += separator + fmt::format("{} {}", count, name(static_cast<VerdictWord>(w)));
    const auto paper = std::ranges::count_if(verdicts, [&](const ClaimVerdict& v) {
      return v.word == static_cast<VerdictWord>(w) && v.on_paper;
    });
    if (paper > 0) text += paper == count ? " (on paper)" : fmt::format(" ({} on paper)", paper);
    separator = ", ";
  }
  return text;
}

}  // namespace assay
