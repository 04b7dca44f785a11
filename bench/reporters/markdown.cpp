#include "bench/reporters/escape.hpp"
#include "bench/reporters/formats.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"

namespace assay {
namespace {

std::string row(const Record& record) {
  std::string line = "| " + markdown_cell(record.name) + " | " + markdown_cell(record.device_name) +
                     " | " + markdown_cell(record.implementation) + " | ";
  if (!has_summary(record)) {
    line += markdown_cell(outcome(record)) + " | | | | | | | ";
  } else {
    const Summary summary = summarise(record);
    line += time_text(summary.median_ns) + " | " + precision_text(summary.precision(), true) +
            " | " + four_digits(summary.flops_per_second / 1e9) + " | " +
            four_digits(summary.bytes_per_second / 1e9) + " | " + intensity_text(record) + " | " +
            markdown_cell(roof_text(summary, record)) + " | " + markdown_cell(check_word(record)) +
            " | ";
  }
  std::vector<std::string> words = record.labels;
  if (const std::string energy = energy_text(record); !energy.empty()) words.push_back(energy);
  return line + markdown_cell(joined(words, ", ")) + " |\n";
}

}  // namespace

void report_markdown(const RunDocument& document, std::ostream& out) {
  out << markdown_cell(machine_line(document.context)) << "\n\n"
      << "| case | device | implementation | time | 95 % | GFLOP/s | GB/s | FLOP/byte | "
         "of roof | checked | labels |\n"
      << "|:--|:--|:--|--:|--:|--:|--:|--:|:--|:--|:--|\n";
  for (const Record& record : document.records) out << row(record);
  out << "\n" << counts_line(document.records) << "\n";
}

}  // namespace assay
