#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/claims/vendors.hpp"
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
  for (const char* key : {"dtype", "weights",      "kv_dtype", "m",    "n",     "k",     "q",
                          "kv",    "heads",        "kv_heads", "d",    "batch", "cache", "layout",
                          "units", "accumulators", "width",    "path", "op",    "bytes"}) {
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

// The highest of a device for one dtype: roofs, or what stands in for them.
struct Roofs {
  double alu = 0;
  double memory = 0;
  bool measured = false;  // nothing was seen above them
};

Roofs roofs_of(const DeviceModel& device, const std::string& dtype) {
  const auto alu = device.alu_ceilings.find(dtype);
  const Roofs own = {alu == device.alu_ceilings.end() ? 0 : alu->second, device.memory_ceiling};
  Roofs seen;
  for (const Measured& m : device.cases) {
    const bool probe = m.problem.kernel == "alu" || m.problem.kernel == "stream";
    if (!m.has_times() || probe || key_text(m.problem, "cache") == "hot") continue;
    const double seconds = median(m.launches_ns) * 1e-9;
    seen.memory = std::max(seen.memory, (m.work.bytes_read + m.work.bytes_written) / seconds);
    if (key_text(m.problem, "dtype") != dtype) continue;
    seen.alu = std::max(seen.alu, m.work.flops / seconds);
  }
  const bool measured = own.alu >= seen.alu && own.memory >= seen.memory && own.alu > 0;
  return {std::max(own.alu, seen.alu), std::max(own.memory, seen.memory), measured};
}

std::set<std::string> dtypes_of(const DeviceModel& device) {
  std::set<std::string> dtypes;
  for (const Measured& m : device.cases) {
    if (m.problem.kernel == "matmul" || m.problem.kernel == "attention") {
      dtypes.insert(key_text(m.problem, "dtype"));
    }
  }
  return dtypes;
}

// A roof for each dtype: the instructions of another reach another height.
json roofs_json(const Evidence& evidence) {
  json list = json::array();
  for (const DeviceModel& device : evidence.models()) {
    for (const std::string& dtype : dtypes_of(device)) {
      const Roofs roofs = roofs_of(device, dtype);
      if (roofs.alu == 0 || roofs.memory == 0) continue;
      list.push_back({{"device", device.name},
                      {"dtype", dtype},
                      {"gflops", rounded(roofs.alu * 1e-9)},
                      {"gbs", rounded(roofs.memory * 1e-9)},
                      {"measured", roofs.measured}});
    }
  }
  return list;
}

json sweeps_json(const Evidence& evidence) {
  json list = json::array();
  for (const RecordedSweep& sweep : evidence.sweeps()) {
    json points = json::array();
    for (const auto& [x, rate] : sweep.points) {
      points.push_back({{"x", x}, {"y", rounded(rate * 1e-9)}});
    }
    list.push_back({{"device", sweep.device},
                    {"what", sweep.what},
                    {"variable", sweep.variable},
                    {"unit", sweep.of_memory ? "GB/s" : "GFLOP/s"},
                    {"points", std::move(points)}});
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
    // What doesn't run has no efficiency; what nobody tried there is none of its faults.
    const auto refused = std::ranges::count_if(g.cases, [](const PortableCase& c) {
      return !c.reason.empty() && c.seconds == 0 && !c.device.empty();
    });
    const std::size_t end = rank + static_cast<std::size_t>(refused);
    while (rank < end) {
      list.push_back({{"platform", g.platform}, {"rank", ++rank}, {"share", 0}});
    }
  }
  return list;
}

}  // namespace

Chip chip_of(const Evidence& evidence, const Record& record, const json& context) {
  const std::size_t colon = record.hardware.find(':');
  Chip chip;
  if (colon != std::string::npos) chip.kind = record.hardware.substr(0, colon);
  chip.name = evidence.model_name(record.hardware, record.device_name, context);
  return chip;
}

json report_data(const Report& report) {
  json rows = json::array();
  json files = json::array();
  json models = json::object();
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    files.push_back(report.runs[i].path);
    for (const Record& record : report.runs[i].document.records) {
      rows.push_back(row_json(record, i));
      const Chip chip = chip_of(*report.evidence, record, report.runs[i].document.context);
      rows.back()["chip"] = chip.name;
      if (!chip.kind.empty()) rows.back()["kind"] = chip.kind;
    }
  }
  return writable({{"files", std::move(files)},
                   {"rows", std::move(rows)},
                   {"roofs", roofs_json(*report.evidence)},
                   {"sweeps", sweeps_json(*report.evidence)},
                   {"cascade", cascade_json(report.by_backend)},
                   {"cascade_devices", cascade_json(report.by_device)},
                   {"cascade_vendors",
                    report.vendors_differ() ? cascade_json(report.by_vendor) : json::array()}});
}

}  // namespace assay
