#include "bench/comparison/compare_report.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "bench/json_text.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string interval_text(const ComparedCase& c) {
  return c.interval ? ratio_text(c.ratio, c.interval->low, c.interval->high) : ratio_text(c.ratio);
}

std::string group_name(const ComparedGroup& group) {
  if (group.kernel.empty()) return "all";
  return printable(group.kernel + (group.dtype.empty() ? "" : " " + group.dtype));
}

std::string count_text(std::size_t count) {
  return fmt::format("{} case{}", count, count == 1 ? "" : "s");
}

void list_one_sided(const char* side, const std::vector<std::string>& names, std::ostream& out) {
  if (names.empty()) return;
  out << "only in " << side << ": " << printable(joined(names, ", ")) << "\n";
}

// Where every row has the same device, it stands above the table.
bool one_device(const ComparedPair& pair) {
  for (const ComparedCase& c : pair.cases) {
    if (c.where != pair.cases.front().where || c.base_where != c.where) return false;
  }
  return true;
}

void console_pair(const ComparedPair& pair, std::ostream& out) {
  out << "base  " << printable(pair.base) << "\nother " << printable(pair.other) << "\n";
  if (!pair.cases.empty() && one_device(pair) && !pair.cases.front().where.empty()) {
    out << "on    " << printable(pair.cases.front().where) << "\n";
  }
  out << "\n"
      << fmt::format("{:8} {:>10} {:>10}  {:22} {}\n", "", "base", "other", "other / base [95 %]",
                     "case");
  const bool device = !one_device(pair);
  for (const ComparedCase& c : pair.cases) {
    out << fmt::format("{:8} {:>10} {:>10}  {:22} {}", name(c.relation), time_text(c.base_ns),
                       time_text(c.ns), interval_text(c), printable(c.problem));
    if (device) out << "  " << printable(c.where);
    out << "\n";
  }
  out << (pair.cases.empty() ? "no measured case in common\n" : "\ngeometric mean\n");
  for (const ComparedGroup& group : pair.groups) {
    out << fmt::format("  {:<8} {} ({})\n", ratio_text(group.ratio), group_name(group),
                       count_text(group.cases));
  }
  if (pair.groups.size() > 1) {
    out << fmt::format("  {:<8} all ({})\n", ratio_text(pair.ratio), count_text(pair.cases.size()));
  }
  list_one_sided("base", pair.only_base, out);
  list_one_sided("other", pair.only_other, out);
  for (const std::string& each : pair.without) out << "not compared: " << printable(each) << "\n";
}

void report_console(const Comparison& comparison, std::ostream& out) {
  for (const ComparedPair& pair : comparison.pairs) {
    console_pair(pair, out);
    out << "\n";
  }
  for (const std::string& caution : comparison.cautions) {
    out << "note: " << printable(caution) << "\n";
  }
}

void list_one_sided_markdown(const ComparedPair& pair, std::ostream& out) {
  for (const auto& [side, names] :
       {std::pair("base", &pair.only_base), std::pair("other", &pair.only_other)}) {
    if (names->empty()) continue;
    out << "Only in " << side << ": " << markdown_cell(joined(*names, ", ")) << "\n\n";
  }
  for (const std::string& each : pair.without) {
    out << "Not compared: " << markdown_cell(each) << "\n\n";
  }
}

void report_markdown(const Comparison& comparison, std::ostream& out) {
  for (const ComparedPair& pair : comparison.pairs) {
    out << "**" << markdown_cell(pair.other) << "** against **" << markdown_cell(pair.base)
        << "**: ";
    if (pair.cases.empty()) {
      out << "no measured case in common\n\n";
      list_one_sided_markdown(pair, out);
      continue;
    }
    out << "geometric mean " << ratio_text(pair.ratio) << " over " << count_text(pair.cases.size())
        << " (above 1 is slower)\n\n"
        << "| verdict | base | other | other / base [95 %] | case | device |\n"
        << "|:--|--:|--:|:--|:--|:--|\n";
    for (const ComparedCase& c : pair.cases) {
      out << fmt::format("| {} | {} | {} | {} | {} | {} |\n", name(c.relation),
                         time_text(c.base_ns), time_text(c.ns), markdown_cell(interval_text(c)),
                         markdown_cell(c.problem), markdown_cell(c.where));
    }
    out << "\n| geometric mean | cases | of |\n|--:|--:|:--|\n";
    for (const ComparedGroup& group : pair.groups) {
      out << fmt::format("| {} | {} | {} |\n", ratio_text(group.ratio), group.cases,
                         markdown_cell(group_name(group)));
    }
    out << "\n";
    list_one_sided_markdown(pair, out);
  }
  for (const std::string& caution : comparison.cautions) {
    out << "> " << markdown_cell(caution) << "\n";
  }
}

void report_csv(const Comparison& comparison, std::ostream& out) {
  out << "base,other,verdict,problem,kernel,dtype,base_where,where,base_ns,other_ns,ratio,low,"
         "high\n";
  for (const ComparedPair& pair : comparison.pairs) {
    for (const ComparedCase& c : pair.cases) {
      for (const std::string& text : {pair.base, pair.other, std::string(name(c.relation)),
                                      c.problem, c.kernel, c.dtype, c.base_where, c.where}) {
        out << csv_field(text) << ",";
      }
      out << fmt::format("{:.9g},{:.9g},{:.9g},", c.base_ns, c.ns, c.ratio);
      out << (c.interval ? fmt::format("{:.9g},{:.9g}\n", c.interval->low, c.interval->high)
                         : ",\n");
    }
  }
}

// Nine digits: more than any clock, fewer than where versions of libraries begin to differ.
double nine_digits(double value) {
  const std::string text = fmt::format("{:.9g}", value);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

json case_json(const ComparedCase& c) {
  json j = {{"problem", c.problem},       {"kernel", c.kernel},
            {"dtype", c.dtype},           {"where", c.where},
            {"base_where", c.base_where}, {"base_ns", c.base_ns},
            {"other_ns", c.ns},           {"ratio", nine_digits(c.ratio)},
            {"verdict", name(c.relation)}};
  if (c.interval) j["interval"] = {nine_digits(c.interval->low), nine_digits(c.interval->high)};
  return j;
}

void report_json(const Comparison& comparison, std::ostream& out) {
  json pairs = json::array();
  for (const ComparedPair& pair : comparison.pairs) {
    json cases = json::array();
    for (const ComparedCase& c : pair.cases) cases.push_back(case_json(c));
    json groups = json::array();
    for (const ComparedGroup& group : pair.groups) {
      groups.push_back({{"kernel", group.kernel},
                        {"dtype", group.dtype},
                        {"cases", group.cases},
                        {"ratio", nine_digits(group.ratio)}});
    }
    json j = {{"base", pair.base},
              {"other", pair.other},
              {"paired", pair.paired},
              {"cases", cases},
              {"groups", groups},
              {"only_base", pair.only_base},
              {"only_other", pair.only_other},
              {"without", pair.without}};
    if (!pair.cases.empty()) j["ratio"] = nine_digits(pair.ratio);
    pairs.push_back(std::move(j));
  }
  out << pretty(writable({{"comparison_schema", 1},
                          {"margin", comparison.margin},
                          {"pairs", std::move(pairs)},
                          {"cautions", comparison.cautions}}));
}

}  // namespace

std::string ratio_text(double ratio) { return fmt::format("{:.3f}", ratio); }

std::string ratio_text(double ratio, double low, double high) {
  const auto end = [](double bound) {
    return std::isfinite(bound) && bound > 0 ? fmt::format("{:.3f}", bound) : std::string("..");
  };
  return fmt::format("{:.3f} [{}, {}]", ratio, end(low), end(high));
}

void report_comparison(Format format, const Comparison& comparison, std::ostream& out) {
  switch (format) {
    case Format::console:
      return report_console(comparison, out);
    case Format::markdown:
      return report_markdown(comparison, out);
    case Format::csv:
      return report_csv(comparison, out);
    case Format::json:
      return report_json(comparison, out);
    case Format::junit:
      break;
  }
  throw usage_error("assay compare writes console, json, csv or markdown; junit is for gates");
}

}  // namespace assay
