#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/build_info.hpp"
#include "bench/claims/verdict_text.hpp"
#include "bench/data_files.hpp"
#include "bench/report/html_parts.hpp"
#include "bench/report/report.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

// Inside <script>: nothing may look like the end of it.
std::string script_text(std::string text) {
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos; at += 6) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

std::string_view asset(std::string_view path) { return built_in_file(path).text; }

constexpr std::array<std::pair<const char*, const char*>, 9> sections = {
    {{"summary", "Summary"},
     {"claims", "Claims"},
     {"rooflines", "Rooflines"},
     {"sizes", "Throughput"},
     {"decode", "Decode"},
     {"parallelism", "Parallelism"},
     {"portability", "Portability"},
     {"devices", "Devices"},
     {"cases", "All cases"}}};

// Where it was measured: the one machine, or how many.
std::string machines(const Report& report) {
  std::set<std::string> lines;
  std::set<std::string> processors;
  for (const ReportRun& run : report.runs) {
    lines.insert(machine_line(run.document.context));
    const nlohmann::json& context = run.document.context;
    const nlohmann::json::json_pointer model("/assay/processor/model");
    if (context.is_object() && context.contains(model) && context.at(model).is_string()) {
      processors.insert(context.at(model).get<std::string>());
    }
  }
  if (lines.size() < 2) return lines.empty() ? std::string() : *lines.begin();
  return fmt::format("{} result files from machines with {}", report.runs.size(),
                     joined({processors.begin(), processors.end()}, ", "));
}

void head(const Report& report, std::ostream& out) {
  const std::string machine = machines(report);
  out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      << "<meta name=\"color-scheme\" content=\"light dark\">\n"
      << "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      << "style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: "
         "blob:\">\n"
      << "<link rel=\"icon\" href=\"data:,\">\n<title>assay: " << xml_text(machine)
      << "</title>\n<style>\n"
      << asset("report/report.css")
      << "</style>\n</head>\n<body>\n<header>\n<h1>assay report</h1>\n"
      << "<p class=\"machine\">" << xml_text(machine) << "</p>\n<nav>";
  for (const auto& [id, title] : sections) {
    // Without verdicts that section isn't written.
    if (report.verdicts.empty() && std::string_view(id) == "claims") continue;
    out << "<a href=\"#" << id << "\">" << title << "</a>";
  }
  out << "</nav>\n</header>\n<main>\n";
}

void summary(const Report& report, std::ostream& out) {
  out << "<section id=\"summary\"><h2>Summary</h2>\n<ul class=\"plain\">\n";
  for (const std::string& line : plain_words(report)) out << "<li>" << xml_text(line) << "</li>\n";
  out << "</ul></section>\n";
}

void chart(const char* id, const char* title, const char* text, std::ostream& out,
           const char* without = "the table below has its numbers") {
  out << "<section id=\"" << id << "\"><h2>" << title << "</h2>\n<p>" << text
      << "</p>\n<div class=\"charts\" id=\"chart-" << id << "\"></div>\n"
      << "<noscript><p class=\"quiet\">The chart needs scripts; " << without
      << ".</p></noscript></section>\n";
}

void charts(std::ostream& out) {
  chart("rooflines", "Rooflines",
        "Arithmetic per byte against arithmetic per second, both axes logarithmic. The slanted "
        "roof is "
        "the memory's, the flat one the arithmetic units'. A point near a roof uses what the "
        "hardware has. Where no ceilings were measured the roofs are the best cases' own rates.",
        out);
  chart("sizes", "Throughput by size",
        "Matrix multiplication by rows (tokens at once): few rows are bound by memory, many by "
        "arithmetic. Bars are 95 % intervals over launches.",
        out);
  chart("decode", "Decode: latency and bandwidth",
        "One query against a cache of growing length, and products with one row. Lower is better "
        "for a latency, higher for a bandwidth.",
        out);
  chart("parallelism", "Parallelism",
        "What more threads, work-groups, accumulators or wider vectors bring: those of "
        "<code>assay parallelism</code>, or of the kernels alu and stream over units.",
        out, "its numbers are in the records of <code>assay parallelism --out</code>");
}

void scripts(const Report& report, std::ostream& out) {
  out << "</main>\n<footer>written by assay " << xml_text(std::string(build_info().version))
      << "; charts by Vega 5.33.0, Vega-Lite 5.23.0, vega-embed 6.29.0 (BSD 3-Clause)</footer>\n"
      << "<script type=\"application/json\" id=\"data\">" << script_text(report_data(report).dump())
      << "</script>\n";
  for (const char* file :
       {"report/vendor/vega.min.js", "report/vendor/vega-lite.min.js",
        "report/vendor/vega-embed.min.js", "report/report_charts.js", "report/report_table.js"}) {
    out << "<script>" << asset(file) << "</script>\n";
  }
  out << "</body>\n</html>\n";
}

}  // namespace

void write_html(const Report& report, std::ostream& out) {
  head(report, out);
  summary(report, out);
  html_verdicts(report.verdicts, out);
  charts(out);
  html_portability(report, out);
  html_devices(report, out);
  html_cases(report, out);
  scripts(report, out);
}

}  // namespace assay
