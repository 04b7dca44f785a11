#include "bench/claims/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>

#include "bench/claims/possible.hpp"
#include "bench/claims/processor_name.hpp"
#include "bench/claims/processor_share.hpp"
#include "bench/claims/runs.hpp"
#include "bench/claims/vendors.hpp"
#include "bench/clock_note.hpp"
#include "bench/data_files.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using nlohmann::json;

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

void raise(double& highest, double rate) { highest = std::max(highest, rate); }

void note_ceilings(const Record& record, DeviceModel& model) {
  const std::string dtype = key_text(record.problem, "dtype");
  for (const Launch& launch : record.launches) {
    if (launch.ceilings.alu) raise(model.alu_ceilings[dtype], median(launch.ceilings.alu->rates));
    if (launch.ceilings.memory && launch.ceilings.memory->name == "dram") {
      raise(model.memory_ceiling, median(launch.ceilings.memory->rates));
    }
  }
}

// Chains of multiply-adds and streams are ceilings themselves.
void note_ceiling(const Measured& m, DeviceModel& model) {
  if (!m.has_times()) return;
  const double seconds = median(m.launches_ns) * 1e-9;
  if (m.problem.kernel == "alu" && key_text(m.problem, "path") != "add" &&
      key_text(m.problem, "loads") == "0") {
    raise(model.alu_ceilings[key_text(m.problem, "dtype")], m.work.flops / seconds);
  }
  if (m.problem.kernel == "stream" && beyond_caches(m, model)) {
    raise(model.memory_ceiling, (m.work.bytes_read + m.work.bytes_written) / seconds);
  }
}

// As the driver reports it.
double reported_hertz(const json& device) {
  return hertz_of_clock_note(text_at(device, ("/notes/" + std::string(clock_note)).c_str()));
}

// Of a CPU: steps of a chain of additions, one a cycle.
double chain_hertz(const Measured& m) {
  if (m.problem.kernel != "alu" || key_text(m.problem, "path") != "add" || !m.has_runs()) return 0;
  const std::string chains = key_text(m.problem, "chains");
  if (chains != "1") return 0;
  return m.work.flops / (median(m.runs_ns) * 1e-9);
}

void note_device(const json& device, DeviceModel& model) {
  model.memory_bytes = std::max(model.memory_bytes, number_at(device, "memory_bytes"));
  model.cache_bytes = std::max(model.cache_bytes, number_at(device, "cache_bytes"));
  model.compute_units = std::max(model.compute_units, number_at(device, "compute_units"));
  model.reported_hz = std::max(model.reported_hz, reported_hertz(device));
}

std::string share_of(const DeviceModel& model, const json& context, const FactTable& facts) {
  if (model.kind != "cpu") return {};
  const Fact* cores = model.fact.empty() ? nullptr : facts.best({model.fact, "compute_units"});
  return processor_share(context, cores == nullptr ? 0 : cores->value.value_or(0));
}

}  // namespace

std::string described(const DeviceModel& model) {
  if (model.kind.empty()) return model.name;
  std::string kind = model.kind;
  std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return std::toupper(c); });
  return model.name + " (" + kind + ")";
}

void Evidence::note_processor(const std::string& hardware, const json& context) {
  if (hardware.starts_with("cpu:")) processors_.note(hardware.substr(4), context);
}

std::string Evidence::model_name(const std::string& hardware, const std::string& device_name,
                                 const json& context) const {
  const bool cpu = hardware.starts_with("cpu:");
  const std::string driver = cpu ? hardware.substr(4) : device_name;
  const std::string fact = facts_.device_of(driver);
  if (!fact.empty()) return fact;
  constexpr std::size_t widest = 100;
  const std::string name = shortened(printable(driver), widest);
  return cpu ? name + processors_.suffix(driver, context) : name;
}

DeviceModel& Evidence::model_of(const Record& record, const json& context) {
  const std::string kind = record.hardware.substr(0, record.hardware.find(':'));
  note_processor(record.hardware, context);
  const std::string name = model_name(record.hardware, record.device_name, context);
  auto found = std::ranges::find(models_, name, &DeviceModel::name);
  if (found == models_.end()) {
    DeviceModel model;
    model.name = name;
    model.kind = kind == record.hardware ? "" : kind;
    model.vendor = vendor_name(record.vendor);
    model.fact = facts_.has_device(name) ? name : std::string();
    raise_ceilings(ceilings_[name], model);
    raise_capacity(capacities_[name], model);
    found = models_.insert(models_.end(), std::move(model));
  }
  return *found;
}

void Evidence::add(const std::string& file, const RunDocument& document) {
  files_.push_back(file);
  for (const Record& record : document.records) {
    const json* device = device_context(document.context, record.device);
    // A row that was skipped because there is no such device says nothing of any.
    if (record.hardware.empty() || simulated(device)) continue;
    DeviceModel& model = model_of(record, document.context);
    if (device != nullptr) note_device(*device, model);
    if (const std::string share = share_of(model, document.context, facts_); !share.empty()) {
      model.share = share;
    }
    const std::string half = problem_half(record);
    const std::string build = build_of(document.context, device);
    const auto same = [&](const Measured& m) {
      return m.name == half && m.backend == record.backend && m.variant == record.variant &&
             m.build == build;
    };
    auto found = std::ranges::find_if(model.cases, same);
    if (found == model.cases.end()) {
      found = model.cases.insert(model.cases.end(), Measured());
      found->problem = record.problem;
      found->work = record.work;
      found->name = half;
      found->backend = record.backend;
      found->variant = record.variant;
      found->build = build;
      found->repro = record.repro;
      found->status = record.status;
      found->reason = record.reason;
    } else if (weight(record.status) > weight(found->status)) {
      found->status = record.status;
      found->reason = record.reason;
    }
    add_runs(record, *found);
    note_ceilings(record, model);
    note_ceiling(*found, model);
    found->files.insert(file);
    if (model.kind == "cpu") model.clock_hz = std::max(model.clock_hz, chain_hertz(*found));
    hold_against_facts(*found, model, facts_);
  }
}

std::set<std::string> Evidence::problems(const CaseQuery& query) const {
  std::set<std::string> names;
  for (const DeviceModel& model : models_) {
    for (const Measured& m : model.cases) {
      if (m.status != Status::skipped && m.backend != "reference" && query.matches(m.problem)) {
        names.insert(m.name);
      }
    }
  }
  return names;
}

std::vector<const DeviceModel*> Evidence::find(const ClaimSide& side) const {
  const auto among = [](const std::vector<std::string>& list, const std::string& word) {
    return std::ranges::find(list, word) != list.end();
  };
  std::vector<const DeviceModel*> result;
  for (const DeviceModel& model : models_) {
    const bool kind = side.kind.empty() || model.kind == side.kind ||
                      (side.kind == "accelerator" && model.accelerator());
    if (!kind) continue;
    if (side.matrix_units && !has_matrix_units(model, facts_)) continue;
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
  const auto instrument = [](const std::string& file, const std::string& text) {
    json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) throw Error(Error::Kind::file, file + ": this is no JSON");
    return document;
  };
  for (const std::string& each : paths) {
    const std::string text = read_data_file(each);
    const auto is = [&](std::string_view key) { return text.find(key) != std::string::npos; };
    if (is("\"assay_ceilings\"") || is("\"assay_parallelism\"")) {
      into.add_instruments(instrument(each, text));
      continue;
    }
    if (is("\"assay_capacity\"")) {
      into.add_capacities(each, instrument(each, text));
      continue;
    }
    if (is("\"assay_split\"")) {
      into.add_splits(each, instrument(each, text));
      continue;
    }
    // A folder may hold other JSON besides.
    if (folder && !is("\"assay_schema\"")) {
      if (!json::accept(text)) into.add_broken(each);
      continue;
    }
    try {
      into.add(each, parse_run_document(text));
    } catch (const Error& error) {
      throw Error(Error::Kind::file, each + ": " + error.what());
    }
  }
}

}  // namespace assay
