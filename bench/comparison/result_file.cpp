#include "bench/comparison/result_file.hpp"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>

#include "bench/comparison/foreign.hpp"
#include "bench/data_files.hpp"
#include "bench/reporters/text.hpp"
#include "bench/run_document.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string text_at(const json& context, const char* pointer) {
  const json::json_pointer path(pointer);
  if (!context.is_object() || !context.contains(path)) return {};
  const json& value = context.at(path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

double launch_time(const Record& record, const Launch& launch) {
  if (launch.samples_ns.empty()) {
    throw Error(Error::Kind::file, "'" + record.name + "' has a launch without samples");
  }
  for (const double sample : launch.samples_ns) {
    if (!is_measurable(sample)) {
      throw Error(Error::Kind::file, "'" + record.name + "' has a time that is not positive, or " +
                                         "that no clock measures");
    }
  }
  return median(launch.samples_ns);
}

ResultCase result_case(const Record& record) {
  ResultCase result;
  result.name = record.name;
  result.problem = problem_half(record);
  result.kernel = record.problem.kernel;
  for (const auto& [key, value] : record.problem.words) {
    if (key == "dtype") result.dtype = value;
  }
  result.backend = record.backend;
  result.variant = record.variant;
  result.device = record.device;
  result.device_name = record.device_name;
  result.vendor = record.vendor;
  result.hardware = record.hardware;
  result.implementation = record.implementation;
  result.status = record.status;
  result.reason = record.reason;
  if (const std::size_t quote = record.repro.rfind("' "); quote != std::string::npos) {
    result.options = record.repro.substr(quote + 2);
  }
  if (record.status != Status::ok) return result;
  std::set<std::int64_t> seen;
  for (const Launch& launch : record.launches) {
    if (!seen.insert(launch.index).second) {
      throw Error(Error::Kind::file,
                  "'" + record.name + "' has launch " + std::to_string(launch.index) + " twice");
    }
    result.launches_ns.push_back(launch_time(record, launch));
    result.launch_numbers.push_back(launch.index);
  }
  return result;
}

void reject_duplicates(const ResultFile& file) {
  std::set<std::string> names;
  for (const ResultCase& each : file.cases) {
    if (!names.insert(each.name).second) {
      throw Error(Error::Kind::file, "'" + each.name + "' is there twice");
    }
  }
}

// Devices that nothing but their place tells apart get it as a part of their name.
void name_twins(ResultFile& file) {
  std::map<std::string, std::vector<ResultCase*>> by_key;
  for (ResultCase& each : file.cases) by_key[each.key()].push_back(&each);
  std::set<std::string> twins;
  for (const auto& [key, cases] : by_key) {
    if (cases.size() < 2) continue;
    for (const ResultCase* each : cases) twins.insert(each->device);
  }
  for (ResultCase& each : file.cases) {
    if (twins.contains(each.device)) each.device_name += " (" + each.device + ")";
  }
}

}  // namespace

std::string ResultCase::key() const {
  std::string text;
  for (const std::string* part : {&problem, &backend, &variant, &vendor, &device_name, &hardware}) {
    text += *part + '\n';
  }
  return text;
}

std::string ResultCase::where() const {
  std::string text = backend;
  if (!variant.empty()) text += "+" + variant;
  if (!device_name.empty()) text += (text.empty() ? "" : " on ") + device_name;
  return text;
}

ResultFile result_of(const std::string& path, const RunDocument& document) {
  ResultFile file;
  file.path = path;
  file.context = document.context;
  file.date = text_at(document.context, "/date");
  file.host = text_at(document.context, "/host_name");
  file.revision = text_at(document.context, "/assay/build/source_revision");
  for (const Record& record : document.records) file.cases.push_back(result_case(record));
  reject_duplicates(file);
  name_twins(file);
  return file;
}

bool is_measurable(double ns) { return ns >= 1e-6 && ns <= 1e18; }

ResultFile parse_result_file(const std::string& path, std::string_view text) {
  try {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      throw Error(Error::Kind::file, "is empty");
    }
    if (auto foreign = parse_foreign(text)) {
      foreign->path = path;
      return std::move(*foreign);
    }
    return result_of(path, parse_run_document(text));
  } catch (const Error& error) {
    throw Error(Error::Kind::file, path + ": " + error.what());
  }
}

ResultFile read_result_file(const std::string& path) {
  return parse_result_file(path, read_data_file(path));
}

}  // namespace assay
