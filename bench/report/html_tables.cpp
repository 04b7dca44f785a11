#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/portability/portability_report.hpp"
#include "bench/report/html_parts.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"
#include "bench/summary.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string share(const std::optional<EfficiencySummary>& s) {
  if (!s) return "<td>-<td>-";
  return fmt::format("<td class=\"n\">{}<td class=\"n\">{}", mean_text(*s), share_text(s->minimum));
}

std::string plain(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return fmt::format("{:.10g}", value.get<double>());
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void fact_row(const char* title, const json& from, const char* key, std::ostream& out) {
  const auto found = from.find(key);
  if (found == from.end() || found->is_null()) return;
  out << "<tr><th>" << title << "<td>" << xml_text(plain(*found)) << "</tr>";
}

void device_rows(const json& devices, std::ostream& out) {
  out << "<div class=\"wide\"><table><thead><tr><th>device<th>name<th>vendor<th>platform<th>driver"
         "<th>instruction set<th class=\"n\">compute units<th "
         "class=\"n\">memory</tr></thead><tbody>";
  for (const json& d : devices) {
    if (!d.is_object()) continue;
    out << "<tr>";
    for (const char* key : {"device", "name", "vendor", "platform", "driver", "isa"}) {
      out << "<td>" << xml_text(plain(d.value(key, json("-"))));
    }
    out << "<td class=\"n\">" << xml_text(plain(d.value("compute_units", json("-"))));
    const json memory = d.value("memory_bytes", json("-"));
    out << "<td class=\"n\">"
        << (memory.is_number() ? fmt::format("{:.3g} GiB", memory.get<double>() / (1U << 30U))
                               : xml_text(plain(memory)));
    out << "</tr>";
  }
  out << "</tbody></table></div>\n";
}

const std::vector<std::pair<const char*, std::vector<const char*>>> environment_facts = {
    {"processor",
     {"model", "core", "microcode", "logical_processors", "physical_processors", "governor",
      "clock_mhz", "virtual_machine", "isa"}},
    {"limits", {"cpu_quota", "cpuset"}},
    {"load", {"load_average", "steal_fraction", "pressure"}},
    {"kernel", {"system", "release", "architecture", "glibc"}},
    {"build", {"version", "source_revision", "compiler", "flags", "build_type"}}};

void run_section(const ReportRun& run, std::ostream& out) {
  out << "<h3>" << xml_text(run.path) << "</h3>\n<p class=\"quiet\">"
      << xml_text(machine_line(run.document.context)) << "</p>\n";
  const json& context = run.document.context;
  const json ours = context.is_object() ? context.value("assay", json::object()) : json::object();
  if (!ours.is_object()) return;
  const json devices = ours.value("devices", json::array());
  if (devices.is_array() && !devices.empty()) device_rows(devices, out);
  out << "<details><summary>environment</summary><div class=\"wide\"><table "
         "class=\"facts\"><tbody>";
  for (const auto& [group, keys] : environment_facts) {
    const json part = ours.value(group, json::object());
    if (!part.is_object()) continue;
    for (const char* key : keys) fact_row(key, part, key, out);
  }
  fact_row("environment variables", ours, "variables", out);
  out << "</tbody></table></div></details>\n";
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// `file`: where several files may hold the same case; else null.
void case_row(const Record& record, const Chip& chip, const std::string* file, std::ostream& out) {
  out << "<tr class=\"" << name(record.status) << "\"><td class=\"long\">"
      << xml_text(short_problem(record)) << "<td>"
      << xml_text(record.backend + (record.variant.empty() ? "" : "+" + record.variant))
      << "<td title=\"" << xml_text(record.device_name) << "\">" << xml_text(chip.name)
      << (chip.kind.empty() ? "" : " (" + xml_text(upper(chip.kind)) + ")") << "<td class=\"long\">"
      << xml_text(record.implementation);
  if (has_summary(record)) {
    const Summary s = summarise(record);
    const auto precision = s.precision();
    // Sorted by the number, shown with its unit.
    out << fmt::format(
        "<td class=\"n\" data-v=\"{:.6g}\">{}<td class=\"n\">{}<td class=\"n\">{}<td "
        "class=\"n\">{}",
        s.median_ns, time_text(s.median_ns),
        precision ? fmt::format("{:.1f}", 100 * *precision) : "",
        four_digits(s.flops_per_second * 1e-9), four_digits(s.bytes_per_second * 1e-9));
  } else {
    out << "<td colspan=\"4\" class=\"why\">" << xml_text(outcome(record));
  }
  out << "<td>" << xml_text(check_word(record)) << "<td>" << xml_text(joined(record.labels, " "))
      << "<td><code>" << xml_text(record.repro) << "</code>";
  if (file != nullptr) out << "<td>" << xml_text(*file);
  out << "</tr>\n";
}

void portability_table(std::span<const PortabilityGroup> groups, const char* what,
                       std::ostream& out) {
  out << "<div class=\"wide\"><table><thead><tr><th>" << what
      << "<th>measured on<th class=\"n\">runs and verifies<th class=\"n\">of best known: harmonic "
         "mean<th "
         "class=\"n\">minimum<th class=\"n\">of own ceilings: harmonic mean<th "
         "class=\"n\">minimum</tr></thead><tbody>";
  for (const PortabilityGroup& g : groups) {
    out << "<tr><td>" << xml_text(g.platform) << "<td>"
        << xml_text(joined({g.chips.begin(), g.chips.end()}, ", ")) << "<td class=\"n\">" << g.right
        << " of " << g.tried << (g.absent > 0 ? fmt::format(" ({} not tried)", g.absent) : "")
        << share(g.of_best) << share(g.of_ceiling) << "</tr>";
  }
  out << "</tbody></table></div>\n";
}

}  // namespace

void html_portability(const Report& report, std::ostream& out) {
  out << "<section id=\"portability\"><h2>Portability</h2>\n<p>How much of the suite each backend "
         "runs right, and how near it comes to the best known on the same chip and to the "
         "chip's own ceilings; of several devices each is held against the best of all, on the "
         "problems that "
         "more than one of them ran. A mean alone would hide what isn't run and what is "
         "slow.</p>\n";
  portability_table(report.by_backend, "backend", out);
  if (report.by_device.size() > 1) portability_table(report.by_device, "device", out);
  if (report.vendors_differ()) portability_table(report.by_vendor, "vendor", out);
  out << "<div class=\"charts\" id=\"chart-cascade\"></div></section>\n";
}

void html_devices(const Report& report, std::ostream& out) {
  out << "<section id=\"devices\"><h2>Devices and environment</h2>\n";
  for (const ReportRun& run : report.runs) run_section(run, out);
  out << "</section>\n";
}

void html_cases(const Report& report, std::ostream& out) {
  const bool several = report.runs.size() > 1;
  out << "<section id=\"cases\"><h2>All cases</h2>\n<p class=\"tools\"></p>\n"
         "<div class=\"wide\"><table id=\"table\"><thead><tr><th>problem<th>backend<th>chip<th>"
         "implementation<th class=\"n\">time<th class=\"n\">&plusmn; %<th class=\"n\">GFLOP/s<th "
         "class=\"n\">GB/s<th>checked<th>labels<th>command"
      << (several ? "<th>file" : "") << "</tr></thead>\n<tbody>\n";
  for (const ReportRun& run : report.runs) {
    for (const Record& record : run.document.records) {
      const std::string file = std::filesystem::path(run.path).filename().string();
      case_row(record, chip_of(*report.evidence, record, run.document.context),
               several ? &file : nullptr, out);
    }
  }
  out << "</tbody></table></div>\n<p class=\"quiet\">time: median over launches, ± half of the 95 "
         "% "
         "interval over launches; GFLOP/s and GB/s count the least work that the problem "
         "needs.</p></section>\n";
}

}  // namespace assay
