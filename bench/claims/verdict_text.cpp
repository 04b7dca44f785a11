#include "bench/claims/verdict_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

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
                     three(*over->value / *under->value), over->text, over->value_unit, under->text,
                     under->value_unit, over->status, under->status);
}

// "up to m:16", "from m:512 on", "at m:48".
std::string range_text(const std::string& key, double first, double last, bool begins, bool ends) {
  if (begins) return fmt::format("up to {}:{:g}", key, last);
  if (ends) return fmt::format("from {}:{:g} on", key, first);
  return first == last ? fmt::format("at {}:{:g}", key, first)
                       : fmt::format("from {}:{:g} to {}:{:g}", key, first, key, last);
}

struct Point {
  double at = 0;
  Ruling ruling = Ruling::missing;
};

std::string series_text(const std::string& key, std::vector<Point> points) {
  std::ranges::sort(points, {}, &Point::at);
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

}  // namespace

std::string margins_text(const ClaimTest& test) {
  if (test.times > 0) {
    return fmt::format("support: inside [{}, {}]; refute: outside", three(test.times / test.band),
                       three(test.times * test.band));
  }
  return "support: " + condition_text(*test.support) + "; refute: " + condition_text(*test.refute);
}

std::string seen_text(const ClaimTest& test, const Estimate& e) {
  if (!(e.value > 0) || !(e.low > 0)) return "the interval has no bound";
  const double down = e.value / e.low;
  const double up = e.high / e.value;
  if (test.times > 0) {
    return fmt::format("with this spread only values from {} to {} would have supported it",
                       three(test.times / test.band * down), three(test.times * test.band / up));
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

std::vector<std::string> boundary_lines(std::span<const ClaimFinding> findings) {
  struct Series {
    std::string title;
    std::string key;
    std::vector<Point> points;
  };
  std::map<std::string, Series> all;
  for (const ClaimFinding& f : findings) {
    if (f.reading.split == 0) continue;
    // The split is the condition's last part.
    const std::size_t comma = f.reading.condition.rfind(", ");
    const std::string rest =
        comma == std::string::npos ? std::string() : f.reading.condition.substr(0, comma);
    const std::string last =
        comma == std::string::npos ? f.reading.condition : f.reading.condition.substr(comma + 2);
    std::string title = f.test + (rest.empty() ? "" : ", " + rest) + ", " + f.reading.subject;
    Series& series = all[title];
    series.title = title;
    series.key = last.substr(0, last.find(':'));
    series.points.push_back({f.reading.split, f.ruling});
  }
  std::vector<std::string> lines;
  for (const auto& [title, series] : all) {
    lines.push_back(title + ": " + series_text(series.key, series.points));
  }
  return lines;
}

std::string finding_text(const ClaimFinding& f) {
  std::string text = three(f.reading.value.value);
  if (f.interval.low != f.interval.high) {
    text += fmt::format(" [{}, {}]", three(f.interval.low), three(f.interval.high));
  }
  if (f.reading.measured) {
    text += fmt::format(", {} runs{}", f.reading.least_runs, f.widened ? ", one board: +-5 %" : "");
  }
  if (f.reading.left_out > 0) text += fmt::format(", {} runs left out", f.reading.left_out);
  if (!f.reading.note.empty()) text += ", " + f.reading.note;
  if (!f.reading.disputed.empty()) text += ", " + f.reading.disputed;
  if (!f.reading.unlike.empty()) text += ", not alike: " + f.reading.unlike;
  return text;
}

std::string verdict_counts(std::span<const ClaimVerdict> verdicts) {
  std::string text = fmt::format("{} claims", verdicts.size());
  const char* separator = ": ";
  for (std::size_t w = 0; w < verdict_words; ++w) {
    const auto count =
        std::ranges::count(verdicts, static_cast<VerdictWord>(w), &ClaimVerdict::word);
    if (count == 0) continue;
    text += separator + fmt::format("{} {}", count, name(static_cast<VerdictWord>(w)));
    separator = ", ";
  }
  return text;
}

}  // namespace assay
