#include "bench/comparison/verdict_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "bench/comparison/compare_report.hpp"
#include "bench/json_text.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> format_words = {"console",  "json",  "csv",
                                                          "markdown", "junit", "github"};
constexpr std::size_t most_markdown_rows = 10;

std::string word(const VerdictRow& row) {
  return std::string(row.status == Status::ok ? name(row.verdict.outcome) : name(row.status));
}

bool matters(const VerdictRow& row) {
  return row.status != Status::ok || row.verdict.outcome != Outcome::pass || row.verdict.slower ||
         row.verdict.faster;
}

// "only in base" and the cases, for each side that has some.
std::vector<std::pair<std::string, const std::vector<std::string>*>> one_sided(
    const VerdictTable& table) {
  std::vector<std::pair<std::string, const std::vector<std::string>*>> sides;
  if (!table.only_base.empty()) sides.emplace_back("only in base", &table.only_base);
  if (!table.only_head.empty()) sides.emplace_back("only in head", &table.only_head);
  return sides;
}

// For places with room for a line: how many, and the first of them.
std::string in_short(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 5;
  std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size())));
  return fmt::format("{} case{}: {}{}", names.size(), names.size() == 1 ? "" : "s",
                     joined(first, ", "), names.size() > shown ? ", .." : "");
}

void report_console(const VerdictTable& table, std::ostream& out) {
  out << "base " << printable(table.base) << "\nhead " << printable(table.head) << "\n\n";
  for (const VerdictRow& row : table.rows) {
    out << fmt::format("{:12} {}  {}\n", word(row), printable(row.name),
                       printable(explanation(row, table.rule)));
  }
  if (!table.rows.empty()) out << "\n";
  for (const auto& [where, names] : one_sided(table)) {
    for (const std::string& each : *names) out << where << ": " << printable(each) << "\n";
  }
  for (const std::string& note : table.notes) out << "note: " << printable(note) << "\n";
  out << printable(headline(table)) << "\n";
}

json row_json(const VerdictRow& row) {
  json j = {{"case", row.name}, {"status", name(row.status)}};
  if (!row.reason.empty()) j["reason"] = row.reason;
  if (row.status != Status::ok || row.blocks == 0) return j;
  const auto bound = [](double value) {
    return std::isfinite(value) && value > 0 ? json(value) : json(nullptr);
  };
  j.update({{"verdict", name(row.verdict.outcome)},
            {"slower", row.verdict.slower},
            {"faster", row.verdict.faster},
            {"ratio", row.ratio.value},
            {"low", bound(row.ratio.low)},
            {"high", bound(row.ratio.high)},
            {"base_ns", row.base_ns},
            {"head_ns", row.head_ns},
            {"blocks", row.blocks},
            {"flagged", row.flagged},
            {"adjusted_p", row.adjusted_p},
            {"visible", bound(std::exp(row.outlook.visible))}});
  if (row.outlook.needed > 0) {
    j["power"] = row.outlook.power;
    j["blocks_needed"] = row.outlook.needed;
  }
  return j;
}

json table_json(const VerdictTable& table) {
  json rows = json::array();
  for (const VerdictRow& row : table.rows) rows.push_back(row_json(row));
  json document = {
      {"verdict_schema", 1},      {"headline", headline(table)},  {"base", table.base},
      {"head", table.head},       {"margin", table.rule.margin},  {"flagged", table.flagged},
      {"cases", std::move(rows)}, {"only_base", table.only_base}, {"only_head", table.only_head},
      {"refused", table.refused}, {"notes", table.notes}};
  document.update(table.details);
  return document;
}

void report_csv(const VerdictTable& table, std::ostream& out) {
  out << "case,status,verdict,ratio,low,high,base_ns,head_ns,blocks,flagged,adjusted_p,reason\n";
  const auto number = [](double value) {
    return std::isfinite(value) && value > 0 ? fmt::format("{:.12g}", value) : std::string();
  };
  for (const VerdictRow& row : table.rows) {
    out << csv_field(row.name) << "," << name(row.status) << ",";
    if (row.status != Status::ok || row.blocks == 0) {
      out << ",,,,,,,,,";
    } else {
      out << fmt::format("{},{},{},{},{},{},{},{},{:.6g},", name(row.verdict.outcome),
                         number(row.ratio.value), number(row.ratio.low), number(row.ratio.high),
                         number(row.base_ns), number(row.head_ns), row.blocks, row.flagged ? 1 : 0,
                         row.adjusted_p);
    }
    out << csv_field(row.reason) << "\n";
  }
  for (const std::string& reason : table.refused) {
    out << ",refused,,,,,,,,,," << csv_field(reason) << "\n";
  }
  for (const auto& [where, names] : one_sided(table)) {
    for (const std::string& each : *names) {
      out << csv_field(each) << ",skipped,,,,,,,,,," << where << "\n";
    }
  }
}

void report_markdown(const VerdictTable& table, std::ostream& out) {
  out << "**assay**: " << markdown_cell(headline(table)) << "\n";
  if (!table.base.empty() || !table.head.empty()) {
    out << "\nBase: " << markdown_cell(table.base) << ", head: " << markdown_cell(table.head)
        << "\n";
  }
  std::size_t shown = 0;
  std::size_t hidden = 0;
  for (const VerdictRow& row : table.rows) {
    if (!matters(row)) continue;
    if (shown == most_markdown_rows) {
      ++hidden;
      continue;
    }
    if (shown++ == 0) out << "\n| verdict | case | head / base |\n|:--|:--|:--|\n";
    out << "| " << word(row) << " | " << markdown_cell(row.name) << " | "
        << markdown_cell(explanation(row, table.rule)) << " |\n";
  }
  if (hidden > 0) out << fmt::format("\n{} more.\n", hidden);
  for (const auto& [where, names] : one_sided(table)) {
    out << "\n> " << where << ", " << markdown_cell(in_short(*names)) << "\n";
  }
  for (const std::string& note : table.notes) out << "\n> " << markdown_cell(note) << "\n";
}

// For places without a heading that says what the ratio is.
std::string sentence(const VerdictRow& row, const VerdictRule& rule) {
  const bool judged = row.status == Status::ok && row.blocks > 0;
  return (judged ? "head / base " : "") + explanation(row, rule);
}

std::string junit_element(const VerdictRow& row, const VerdictRule& rule) {
  const auto element = [&](const char* tag) {
    return fmt::format("      <{} message=\"{}\"/>\n", tag, xml_text(sentence(row, rule)));
  };
  if (row.status == Status::failed || row.status == Status::wrong) return element("error");
  if (row.status != Status::ok) return element("skipped");
  switch (row.verdict.outcome) {
    case Outcome::regression:
      return element("failure");
    case Outcome::inconclusive:
      return element("skipped");
    case Outcome::pass:
      break;
  }
  return fmt::format("      <system-out>{}</system-out>\n", xml_text(sentence(row, rule)));
}

void report_junit(const VerdictTable& table, std::ostream& out) {
  const std::size_t failures = count(table, Outcome::regression);
  const std::size_t errors = count_failed(table);
  const std::size_t lonely = table.only_base.size() + table.only_head.size();
  const std::size_t skipped =
      table.rows.size() - failures - errors - count(table, Outcome::pass) + lonely;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      << fmt::format(
             "  <testsuite name=\"assay\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
             "skipped=\"{}\">\n",
             table.rows.size() + table.refused.size() + lonely, failures,
             errors + table.refused.size(), skipped)
      << fmt::format(
             "    <properties>\n      <property name=\"base\" value=\"{}\"/>\n"
             "      <property name=\"head\" value=\"{}\"/>\n    </properties>\n",
             xml_text(table.base), xml_text(table.head));
  for (const std::string& reason : table.refused) {
    out << fmt::format(
        "    <testcase classname=\"assay\" name=\"refused\">\n      <error message=\"{}\"/>\n"
        "    </testcase>\n",
        xml_text(reason));
  }
  for (const VerdictRow& row : table.rows) {
    out << fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n",
                       xml_text(row.name.substr(0, row.name.find('/'))), xml_text(row.name))
        << junit_element(row, table.rule) << "    </testcase>\n";
  }
  for (const auto& [where, names] : one_sided(table)) {
    for (const std::string& each : *names) {
      out << fmt::format(
          "    <testcase classname=\"{}\" name=\"{}\">\n      <skipped message=\"{}\"/>\n"
          "    </testcase>\n",
          xml_text(each.substr(0, each.find('/'))), xml_text(each), where);
    }
  }
  out << "  </testsuite>\n</testsuites>\n";
}

// Workflow commands end at a line's end; properties also at commas and colons.
std::string command_text(std::string_view text, bool property) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '%') {
      result += "%25";
    } else if (property && (c == ',' || c == ':')) {
      result += c == ',' ? "%2C" : "%3A";
    } else {
      result += c;
    }
  }
  return result;
}

void report_github(const VerdictTable& table, std::ostream& out) {
  const auto annotate = [&](const char* level, const std::string& title, const std::string& text) {
    out << "::" << level << " title=" << command_text(title, true)
        << "::" << command_text(text, false) << "\n";
  };
  for (const std::string& reason : table.refused) annotate("error", "assay refused", reason);
  for (const VerdictRow& row : table.rows) {
    const std::string text = row.name + ": " + sentence(row, table.rule);
    if (row.status == Status::failed || row.status == Status::wrong) {
      annotate("error", "assay " + word(row), text);
    } else if (row.status == Status::ok && row.verdict.outcome == Outcome::regression) {
      annotate("error", "assay regression", text);
    } else if (row.status == Status::ok && row.verdict.outcome == Outcome::inconclusive &&
               table.refused.empty()) {
      annotate("warning", "assay inconclusive", text);
    } else if (row.status != Status::ok) {
      annotate("warning", "assay " + word(row), text);
    }
  }
  for (const auto& [where, names] : one_sided(table)) {
    annotate("warning", "assay " + where, in_short(*names));
  }
  annotate("notice", "assay", headline(table));
}

}  // namespace

json verdicts_json(const VerdictTable& table) { return table_json(table); }

std::span<const std::string_view> verdict_format_names() { return format_words; }

VerdictFormat parse_verdict_format(std::string_view text) {
  const auto found = std::ranges::find(format_words, text);
  if (found == format_words.end()) throw usage_error(unknown_word("format", text, format_words));
  return static_cast<VerdictFormat>(found - format_words.begin());
}

VerdictFormat verdict_format_of_path(std::string_view path) {
  if (path.ends_with(".md")) return VerdictFormat::markdown;
  if (path.ends_with(".xml")) return VerdictFormat::junit;
  if (path.ends_with(".csv")) return VerdictFormat::csv;
  if (path.ends_with(".txt")) return VerdictFormat::console;
  return VerdictFormat::json;
}

void report_verdicts(VerdictFormat format, const VerdictTable& table, std::ostream& out) {
  switch (format) {
    case VerdictFormat::console:
      return report_console(table, out);
    case VerdictFormat::json:
      out << pretty(writable(verdicts_json(table)));
      return;
    case VerdictFormat::csv:
      return report_csv(table, out);
    case VerdictFormat::markdown:
      return report_markdown(table, out);
    case VerdictFormat::junit:
      return report_junit(table, out);
    case VerdictFormat::github:
      return report_github(table, out);
  }
}

}  // namespace assay
