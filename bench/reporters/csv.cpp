#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "bench/reporters/escape.hpp"
#include "bench/reporters/formats.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"

namespace assay {
namespace {

constexpr std::string_view header =
    "case,kernel,backend,device,device_name,vendor,hardware,variant,implementation,status,reason,"
    "labels,checked,median_ns,low_ns,high_ns,min_ns,p10_ns,p90_ns,launches,samples,"
    "flops_per_second,bytes_per_second,intensity,alu_efficiency,alu_efficiency_low,"
    "alu_efficiency_high,alu_ceiling,bandwidth_efficiency,bandwidth_efficiency_low,"
    "bandwidth_efficiency_high,memory_ceiling,roof,joules_per_call,watts,flops,bytes_read,bytes_"
    "written,repro";

// Numbers have 12 digits: more than any clock, fewer than where libraries begin to differ.
class Line {
 public:
  void text(std::string_view value) {
    separate();
    line_ += csv_field(value);
  }
  void number(double value) {
    separate();
    if (std::isfinite(value)) line_ += fmt::format("{:.12g}", value);
  }
  void count(std::int64_t value) {
    separate();
    line_ += fmt::format("{}", value);
  }
  [[nodiscard]] const std::string& str() const { return line_; }

 private:
  void separate() {
    if (!first_) line_ += ',';
    first_ = false;
  }

  std::string line_;
  bool first_ = true;
};

void add_efficiency(const std::optional<Efficiency>& efficiency, const std::string& ceiling,
                    Line& line) {
  if (!efficiency) {
    for (int column = 0; column < 4; ++column) line.text("");
    return;
  }
  line.number(efficiency->median);
  if (efficiency->interval) {
    line.number(efficiency->interval->low);
    line.number(efficiency->interval->high);
  } else {
    line.text("");
    line.text("");
  }
  line.text(ceiling);
}

// The first launch's: all launches take the same path.
std::string ceiling_name(const Record& record,
                         std::optional<PairedCeiling> PairedCeilings::* which) {
  for (const Launch& launch : record.launches) {
    if (const auto& ceiling = launch.ceilings.*which) return ceiling->name;
  }
  return {};
}

void add_numbers(const Record& record, Line& line) {
  if (!has_summary(record)) {
    for (int column = 0; column < 22; ++column) line.text("");
    return;
  }
  const Summary summary = summarise(record);
  line.number(summary.median_ns);
  for (const bool high : {false, true}) {
    if (!summary.interval) {
      line.text("");
    } else {
      line.number(high ? summary.interval->high : summary.interval->low);
    }
  }
  line.number(summary.min_ns);
  line.number(summary.p10_ns);
  line.number(summary.p90_ns);
  line.count(summary.launches);
  line.count(summary.samples);
  line.number(summary.flops_per_second);
  line.number(summary.bytes_per_second);
  line.number(summary.intensity);
  add_efficiency(summary.alu_efficiency, ceiling_name(record, &PairedCeilings::alu), line);
  add_efficiency(summary.bandwidth_efficiency, ceiling_name(record, &PairedCeilings::memory), line);
  line.text(summary.roof);
  if (summary.energy) {
    line.number(summary.energy->joules);
    line.number(summary.energy->watts);
  } else {
    line.text("");
    line.text("");
  }
}

}  // namespace

void report_csv(const RunDocument& document, std::ostream& out) {
  out << header << "\r\n";
  for (const Record& record : document.records) {
    Line line;
    for (const std::string& value :
         {record.name, record.problem.kernel, record.backend, record.device, record.device_name,
          record.vendor, record.hardware, record.variant, record.implementation}) {
      line.text(value);
    }
    line.text(name(record.status));
    line.text(record.reason);
    line.text(joined(record.labels, " "));
    line.text(check_word(record));
    add_numbers(record, line);
    line.number(record.work.flops);
    line.number(record.work.bytes_read);
    line.number(record.work.bytes_written);
    line.text(record.repro);
    out << line.str() << "\r\n";
  }
}

}  // namespace assay
