#include "bench/claims/evidence.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "bench/data_files.hpp"
#include "bench/reporters/text.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::int64_t fewest_repeats = 20;  // of a run's value

// What the context says of the device that a record was measured on; null if nothing.
const json* device_context(const json& context, const std::string& device) {
  const json::json_pointer path("/assay/devices");
  if (!context.is_object() || !context.contains(path)) return nullptr;
  const json& devices = context.at(path);
  if (!devices.is_array()) return nullptr;
  for (const json& each : devices) {
    if (each.is_object() && each.value("device", json()) == json(device)) return &each;
  }
  return nullptr;
}

double number_at(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_number() ? found->get<double>() : 0;
}

bool simulated(const json* device) {
  return device != nullptr && device->value("software", json()) == json(true);
}

bool has_label(const Record& record, std::string_view label) {
  return std::ranges::find(record.labels, label) != record.labels.end();
}

// The fraction of the ceiling that binds: measured beside the launch, of whichever roof it is closer to.
std::optional<double> paired_efficiency(const Launch& launch, const Work& work) {
  const double seconds = median(launch.samples_ns) * 1e-9;
  double result = 0;
  if (launch.ceilings.alu) {
    result = work.flops / seconds / median(launch.ceilings.alu->rates);
  }
  if (launch.ceilings.memory) {
    const double bytes = work.bytes_read + work.bytes_written;
    result = std::max(result, bytes / seconds / median(launch.ceilings.memory->rates));
  }
  return result > 0 ? std::optional(result) : std::nullopt;
}

void note_ceilings(const Launch& launch, DeviceModel& model) {
  if (launch.ceilings.alu) {
    model.alu_ceiling = std::max(model.alu_ceiling, median(launch.ceilings.alu->rates));
  }
  if (launch.ceilings.memory && launch.ceilings.memory->name == "dram") {
    model.memory_ceiling = std::max(model.memory_ceiling, median(launch.ceilings.memory->rates));
  }
}

// Runs that count: right, settled clocks, enough repeats.
void add_runs(const Record& record, Measured& into) {
  if (record.status != Status::ok) return;
  for (const Launch& launch : record.launches) {
    const auto repeats =
        static_cast<std::int64_t>(launch.samples_ns.size()) * launch.calls_per_sample;
    const bool bad = has_label(record, "throttled") || has_label(record, "above ceiling") ||
                     launch.samples_ns.empty() || repeats < fewest_repeats;
    if (bad) {
      ++into.left_out;
      continue;
    }
    into.runs_ns.push_back(median(launch.samples_ns));
    into.error = std::max(into.error, launch.error);
    if (const auto share = paired_efficiency(launch, record.work)) {
      into.efficiency.push_back(*share);
    }
  }
}

// A clock: steps of a chain of additions, one a cycle.
double chain_hertz(const Measured& m) {
  if (m.problem.kernel != "alu" || key_text(m.problem, "path") != "add" || !m.has_runs()) return 0;
  const std::string chains = key_text(m.problem, "chains");
  if (chains != "1") return 0;
  return m.work.flops / (median(m.runs_ns) * 1e-9);
}

}  // namespace

std::string vendor_name(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> known = {
      {{"NVIDIA", "NVIDIA"},
       {"AMD", "AMD"},
       {"Advanced Micro", "AMD"},
       {"Intel", "Intel"},
       {"Apple", "Apple"},
       {"QUALCOMM", "Qualcomm"},
       {"Qualcomm", "Qualcomm"},
       {"Graphcore", "Graphcore"},
       {"Amazon", "AWS"},
       {"Huawei", "Huawei"},
       {"Rebellions", "Rebellions"},
       {"FuriosaAI", "FuriosaAI"},
       {"DEEPX", "DEEPX"},
       {"Microsoft", "Microsoft"}}};
  for (const auto& [part, vendor] : known) {
    if (text.find(part) != std::string_view::npos) return std::string(vendor);
  }
  return std::string(text);
}

DeviceModel& Evidence::model_of(const Record& record, const std::string& host) {
  const bool cpu = record.hardware.starts_with("cpu:");
  const std::string driver = cpu ? record.hardware.substr(4) : record.device_name;
  const std::string fact = facts_.device_of(driver);
  const std::string name = fact.empty() ? driver : fact;
  auto found = std::ranges::find(models_, name, &DeviceModel::name);
  if (found == models_.end()) {
    DeviceModel model;
    model.name = name;
    model.kind = cpu ? "cpu" : record.hardware.starts_with("gpu:") ? "gpu" : "";
    model.vendor = vendor_name(record.vendor);
    model.fact = fact;
    found = models_.insert(models_.end(), std::move(model));
  }
  found->boards.insert(host + " " + record.hardware);
  return *found;
}

void Evidence::add(const std::string& file, const RunDocument& document) {
  files_.push_back(file);
  const json host =
      document.context.is_object() ? document.context.value("host_name", json()) : json();
  for (const Record& record : document.records) {
    const json* device = device_context(document.context, record.device);
    // A row that was skipped because there is no such device says nothing of any.
    if (record.hardware.empty() || simulated(device)) continue;
    DeviceModel& model = model_of(record, host.is_string() ? host.get<std::string>() : "");
    if (device != nullptr) {
      model.memory_bytes = std::max(model.memory_bytes, number_at(*device, "memory_bytes"));
      model.compute_units = std::max(model.compute_units, number_at(*device, "compute_units"));
    }
    const std::string half = problem_half(record);
    const auto same = [&](const Measured& m) {
      return m.name == half && m.backend == record.backend && m.variant == record.variant;
    };
    auto found = std::ranges::find_if(model.cases, same);
    if (found == model.cases.end()) {
      found = model.cases.insert(model.cases.end(), Measured());
      found->problem = record.problem;
      found->work = record.work;
      found->name = half;
      found->backend = record.backend;
      found->variant = record.variant;
      found->repro = record.repro;
      found->status = record.status;
      found->reason = record.reason;
    } else if (record.status == Status::ok || found->status == Status::skipped) {
      found->status = record.status;  // what one file skipped another measured
    }
    add_runs(record, *found);
    for (const Launch& launch : record.launches) note_ceilings(launch, model);
    found->files.insert(file);
    model.clock_hz = std::max(model.clock_hz, chain_hertz(*found));
  }
}

std::vector<const DeviceModel*> Evidence::find(const ClaimSide& side) const {
  const auto among = [](const std::vector<std::string>& list, const std::string& word) {
    return std::ranges::find(list, word) != list.end();
  };
  std::vector<const DeviceModel*> result;
  for (const DeviceModel& model : models_) {
    if (!side.kind.empty() && model.kind != side.kind) continue;
    if (!side.vendors.empty() && !among(side.vendors, model.vendor)) continue;
    if (among(side.not_vendors, model.vendor)) continue;
    if (!side.devices.empty() && !among(side.devices, model.fact)) continue;
    result.push_back(&model);
  }
  return result;
}

void read_evidence(const std::string& path, Evidence& into) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code code;
  if (fs::is_directory(path, code)) {
    for (const auto& entry : fs::recursive_directory_iterator(path, code)) {
      if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json") {
        paths.push_back(entry.path().string());
      }
    }
    if (paths.empty()) throw Error(Error::Kind::file, path + ": no result files (*.json) in it");
    std::ranges::sort(paths);
  } else {
    paths.push_back(path);
  }
  const bool folder = paths.size() != 1 || paths.front() != path;
  for (const std::string& each : paths) {
    const std::string text = read_data_file(each);
    // A folder may hold other JSON besides.
    if (folder && text.find("\"assay_schema\"") == std::string::npos) continue;
    try {
      into.add(each, parse_run_document(text));
    } catch (const Error& error) {
      throw Error(Error::Kind::file, each + ": " + error.what());
    }
  }
  if (into.files().empty()) throw Error(Error::Kind::file, path + ": no result files in it");
}

}  // namespace assay
