#include <fmt/format.h>

#include <algorithm>

#include "bench/reporters/escape.hpp"
#include "bench/reporters/formats.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"

namespace assay {
namespace {

// XML has no way to write most control characters; lines stay lines.
std::string body(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += xml_text(text.substr(0, end));
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

// What the samples took, in seconds.
double measured_seconds(const Record& record) {
  double ns = 0;
  for (const Launch& launch : record.launches) {
    for (const double sample : launch.samples_ns) {
      ns += sample * static_cast<double>(launch.calls_per_sample);
    }
  }
  return ns * 1e-9;
}

std::string outcome_element(const Record& record) {
  const auto element = [&](const char* tag) {
    return fmt::format("      <{} message=\"{}\">{}</{}>\n", tag, xml_text(outcome(record)),
                       body(record.detail), tag);
  };
  switch (record.status) {
    case Status::wrong:
      return element("failure");
    case Status::failed:
      return element("error");
    case Status::unsupported:
    case Status::skipped:
      return fmt::format("      <skipped message=\"{}\"/>\n", xml_text(outcome(record)));
    case Status::ok:
      break;
  }
  return {};
}

std::string numbers_element(const Record& record) {
  if (!has_summary(record)) return {};
  const Summary summary = summarise(record);
  const std::string labels = joined(record.labels, ", ");
  const std::string precision = precision_text(summary.precision(), false);
  return fmt::format("      <system-out>{}{}, {} GFLOP/s, {} GB/s, {}, checked {}{}</system-out>\n",
                     time_text(summary.median_ns), precision.empty() ? "" : " " + precision,
                     four_digits(summary.flops_per_second / 1e9),
                     four_digits(summary.bytes_per_second / 1e9), body(record.implementation),
                     body(check_word(record)), labels.empty() ? "" : ", " + body(labels));
}

}  // namespace

void report_junit(const RunDocument& document, std::ostream& out) {
  const std::vector<Record>& records = document.records;
  const auto count = [&](Status status) {
    return std::ranges::count(records, status, &Record::status);
  };
  double total = 0;
  for (const Record& record : records) total += measured_seconds(record);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      << fmt::format(
             "  <testsuite name=\"assay\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
             "skipped=\"{}\" time=\"{:.6f}\">\n",
             records.size(), count(Status::wrong), count(Status::failed),
             count(Status::unsupported) + count(Status::skipped), total)
      << fmt::format(
             "    <properties>\n      <property name=\"machine\" value=\"{}\"/>\n"
             "    </properties>\n",
             xml_text(machine_line(document.context)));
  for (const Record& record : records) {
    const std::string inner = outcome_element(record) + numbers_element(record);
    out << fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"",
                       xml_text(record.problem.kernel), xml_text(record.name),
                       measured_seconds(record))
        << (inner.empty() ? "/>\n" : ">\n" + inner + "    </testcase>\n");
  }
  out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace assay
