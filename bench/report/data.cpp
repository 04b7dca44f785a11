#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/json_text.hpp"
#include "bench/report/report.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/summary.hpp"

namespace assay {
namespace {

using nlohmann::json;

// As many digits as anything here is worth.
double rounded(double value) {
  const std::string text = four_digits(value);
  try {
    return std::stod(text);
  } catch (const std::exception&) {
    return value;
  }
}

json row_json(const Record& record, std::size_t file) {
  json row = {{"file", file},
              {"case", record.name},
              {"kernel", record.problem.kernel},
              {"problem", short_problem(record)},
              {"backend", record.backend},
              {"variant", record.variant},
              {"device", record.device_name},
              {"vendor", vendor_name(record.vendor)},
              {"implementation", record.implementation},
              {"status", name(record.status)},
              {"labels", joined(record.labels, " ")},
              {"repro", record.repro}};
  for (const char* key : {"dtype", "weights", "m", "n", "k", "q", "kv", "batch", "cache", "units",
                          "accumulators", "width", "path", "op", "bytes"}) {
    const std::string value = key_text(record.problem, key);
    if (value.empty()) continue;
    const bool number = std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    row[key] = number ? json(std::stod(value)) : json(value);
  }
  if (!has_summary(record)) {
    row["reason"] = outcome(record);
    return row;
  }
  const Summary s = summarise(record);
  row["ns"] = rounded(s.median_ns);
  row["p10"] = rounded(s.p10_ns);
  row["p90"] = rounded(s.p90_ns);
  if (s.interval) {
    row["low"] = rounded(s.interval->low);
    row["high"] = rounded(s.interval->high);
  }
  row["gflops"] = rounded(s.flops_per_second * 1e-9);
  row["gbs"] = rounded(s.bytes_per_second * 1e-9);
  const double bytes = record.work.bytes_read + record.work.bytes_written;
  if (bytes > 0) row["intensity"] = rounded(record.work.flops / bytes);
  row["launches"] = s.launches;
  row["checked"] = check_word(record);
  return row;
}

// The highest that was seen of a device: roofs, or what stands in for them.
struct Roofs {
  double alu = 0;
  double memory = 0;
  bool measured_alu = false;
  bool measured_memory = false;
};

Roofs roofs_of(const DeviceModel& device) {
  Roofs own;
  own.alu = device.alu_ceiling;
  own.memory = device.memory_ceiling;
  Roofs seen;
  for (const Measured& m : device.cases) {
    if (!m.has_runs() || key_text(m.problem, "cache") == "hot") continue;
    const double seconds = median(m.runs_ns) * 1e-9;
    const double flops = m.work.flops / seconds;
    const double bytes = (m.work.bytes_read + m.work.bytes_written) / seconds;
    if (m.problem.kernel == "alu") {
      own.alu = std::max(own.alu, flops);
    } else if (m.problem.kernel == "stream") {
      own.memory = std::max(own.memory, bytes);
    } else {
      seen.alu = std::max(seen.alu, flops);
      seen.memory = std::max(seen.memory, bytes);
    }
  }
  own.measured_alu = own.alu >= seen.alu && own.alu > 0;
  own.measured_memory = own.memory >= seen.memory && own.memory > 0;
  own.alu = std::max(own.alu, seen.alu);
  own.memory = std::max(own.memory, seen.memory);
  return own;
}

json roofs_json(const Evidence& evidence) {
  json list = json::array();
  for (const DeviceModel& device : evidence.models()) {
    const Roofs roofs = roofs_of(device);
    if (roofs.alu == 0 || roofs.memory == 0) continue;
    list.push_back({{"device", device.name},
                    {"gflops", rounded(roofs.alu * 1e-9)},
                    {"gbs", rounded(roofs.memory * 1e-9)},
                    {"measured", roofs.measured_alu && roofs.measured_memory}});
  }
  return list;
}

json cascade_json(const std::vector<PortabilityGroup>& groups) {
  json list = json::array();
  for (const PortabilityGroup& g : groups) {
    if (!g.of_best) continue;
    std::size_t rank = 0;
    for (const double share : g.of_best->cascade) {
      list.push_back({{"platform", g.platform}, {"rank", ++rank}, {"share", rounded(share)}});
    }
    // What isn't run has no efficiency.
    for (; rank < g.tried;) {
      list.push_back({{"platform", g.platform}, {"rank", ++rank}, {"share", 0}});
    }
  }
  return list;
}

}  // namespace

json report_data(const Report& report) {
  json rows = json::array();
  json files = json::array();
  json models = json::object();
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    files.push_back(report.runs[i].path);
    for (const Record& record : report.runs[i].document.records) {
      rows.push_back(row_json(record, i));
      // PoCL and oneDNN are two devices of one chip, which has one roofline.
      const bool cpu = record.hardware.starts_with("cpu:");
      const std::string driver = cpu ? record.hardware.substr(4) : record.device_name;
      const std::string fact = report.evidence->facts().device_of(driver);
      rows.back()["chip"] = fact.empty() ? driver : fact;
    }
  }
  return writable({{"files", std::move(files)},
                   {"rows", std::move(rows)},
                   {"roofs", roofs_json(*report.evidence)},
                   {"cascade", cascade_json(report.by_backend)}});
}

}  // namespace assay
