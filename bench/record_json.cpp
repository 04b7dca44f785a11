#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "bench/json_text.hpp"
#include "bench/record.hpp"
#include "bench/run_document.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using nlohmann::json;

// Where a record stands in Google Benchmark's order: a family is a problem, its instances are the
// devices.
struct Place {
  std::int64_t family = 0;
  std::int64_t instance = 0;
};

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

// Times that Google Benchmark's readers can take: every launch has some, all finite and positive.
bool has_times(const Record& record) {
  const auto good = [](double value) { return std::isfinite(value) && value > 0; };
  return record.has_numbers() && std::ranges::all_of(record.launches, [&](const Launch& launch) {
           return !launch.samples_ns.empty() && std::ranges::all_of(launch.samples_ns, good) &&
                  std::isfinite(launch.cpu_ns);
         });
}

json ceiling_json(const PairedCeiling& ceiling) {
  json j = {{"name", ceiling.name}, {"device", ceiling.device}, {"rates", ceiling.rates}};
  if (ceiling.bytes > 0) j["bytes"] = ceiling.bytes;
  if (ceiling.disturbed) j["disturbed"] = true;
  return j;
}

json ceilings_json(const PairedCeilings& ceilings) {
  json j = json::object();
  if (ceilings.alu) j["alu"] = ceiling_json(*ceilings.alu);
  if (ceilings.memory) j["memory"] = ceiling_json(*ceilings.memory);
  if (ceilings.copy) j["copy"] = ceiling_json(*ceilings.copy);
  if (!ceilings.missing.empty()) j["missing"] = ceilings.missing;
  return j;
}

json energy_json(const Energy& energy) {
  if (!energy.known()) return {{"missing", energy.missing}};
  return {{"joules", energy.joules}, {"watts", energy.watts}, {"source", energy.source}};
}

json launch_json(const Launch& launch) {
  json j = {{"launch", launch.index},
            {"seed", std::to_string(launch.seed)},
            {"clock", "steady"},
            {"samples_ns", launch.samples_ns},
            {"calls_per_sample", launch.calls_per_sample},
            {"cpu_ns", launch.cpu_ns},
            {"compile_ms", launch.compile_ms},
            {"pack_ms", launch.pack_ms},
            {"first_call_ms", launch.first_call_ms},
            {"ring", launch.ring},
            {"checked", launch.checked},
            {"error", launch.error},
            {"absolute_error", launch.max_abs_error}};
  if (launch.device_ns) j["device_ns"] = *launch.device_ns;
  if (launch.host_call_ns) j["host_call_ns"] = *launch.host_call_ns;
  if (json ceilings = ceilings_json(launch.ceilings); !ceilings.empty()) {
    j["ceilings"] = std::move(ceilings);
  }
  if (launch.energy) j["energy"] = energy_json(*launch.energy);
  return j;
}

json parameters_json(const Problem& problem) {
  json j = json::object();
  for (const auto& [key, value] : problem.integers) j[key] = value;
  for (const auto& [key, value] : problem.words) j[key] = value;
  return j;
}

json record_json(const Record& record) {
  json j = {{"case", record.name},
            {"kernel", record.problem.kernel},
            {"parameters", parameters_json(record.problem)},
            {"backend", record.backend},
            {"device", record.device},
            {"device_name", record.device_name},
            {"vendor", record.vendor},
            {"hardware", record.hardware},
            {"variant", record.variant},
            {"implementation", record.implementation},
            {"status", name(record.status)},
            {"reason", record.reason},
            {"detail", record.detail},
            {"labels", record.labels},
            {"work",
             {{"flops", record.work.flops},
              {"bytes_read", record.work.bytes_read},
              {"bytes_written", record.work.bytes_written}}},
            {"repro", record.repro}};
  if (const Kernel* kernel = find_kernel(record.problem.kernel);
      kernel != nullptr && !record.problem.tensors.empty()) {
    const Tolerance t = kernel->tolerance(record.problem);
    j["tolerance"] = {{"output", t.output},
                      {"accumulation", t.accumulation},
                      {"sensitivity", t.sensitivity},
                      {"absolute", t.absolute}};
  }
  return j;
}

void set_counters(json& entry, const Work& work, double ns) {
  entry["flops_per_second"] = work.flops / (ns * 1e-9);
  entry["bytes_per_second"] = (work.bytes_read + work.bytes_written) / (ns * 1e-9);
}

// Of one launch: its rate as a fraction of the ceiling beside it, and the ceiling that allows less.
void set_efficiencies(json& entry, const PairedCeilings& ceilings) {
  if (ceilings.alu) {
    entry["alu_efficiency"] = entry["flops_per_second"].get<double>() / median(ceilings.alu->rates);
  }
  if (ceilings.memory) {
    entry["bandwidth_efficiency"] =
        entry["bytes_per_second"].get<double>() / median(ceilings.memory->rates);
  }
}

// Both efficiencies are fractions of the same time: the larger one's ceiling. Empty unless both are
// there.
std::string nearer_roof(const json& entry, const PairedCeilings& ceilings) {
  if (!ceilings.alu || !ceilings.memory) return {};
  const bool alu =
      entry["alu_efficiency"].get<double>() >= entry["bandwidth_efficiency"].get<double>();
  return alu ? ceilings.alu->name : ceilings.memory->name;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

json entry_base(const Record& record, Place place) {
  json entry = {{"run_name", record.name},
                {"family_index", place.family},
                {"per_family_instance_index", place.instance},
                {"repetitions", record.launches.size()},
                {"threads", 1}};
  if (!record.labels.empty()) entry["label"] = joined(record.labels);
  return entry;
}

json iteration_entry(const Record& record, const Launch& launch, Place place) {
  json entry = entry_base(record, place);
  const double ns = median(launch.samples_ns);
  entry["name"] = record.name;
  entry["run_type"] = "iteration";
  entry["repetition_index"] = launch.index;
  entry["iterations"] =
      static_cast<std::int64_t>(launch.samples_ns.size()) * launch.calls_per_sample;
  entry["real_time"] = ns;
  entry["cpu_time"] = launch.cpu_ns;
  entry["time_unit"] = "ns";
  set_counters(entry, record.work, ns);
  if (const double bytes = record.work.bytes_read + record.work.bytes_written; bytes > 0) {
    entry["arithmetic_intensity"] = record.work.flops / bytes;
  }
  set_efficiencies(entry, launch.ceilings);
  entry["assay"] = record_json(record);
  entry["assay"].update(launch_json(launch));
  if (std::string roof = nearer_roof(entry, launch.ceilings); !roof.empty()) {
    entry["assay"]["roof"] = std::move(roof);
  }
  return entry;
}

// Google Benchmark's compare.py reads times and units of every entry that isn't an aggregate, and
// of every entry whose name is also in the other file. So a case without a result is an aggregate
// over no repetitions, named after its status.
json error_entry(const Record& record, Place place) {
  json entry = entry_base(record, place);
  const std::string status(record.status == Status::ok ? "unmeasured" : name(record.status));
  entry["name"] = record.name + "_" + status;
  entry["run_type"] = "aggregate";
  entry["aggregate_name"] = status;
  entry["error_occurred"] = true;
  entry["error_message"] = record.reason.empty() ? status : status + ": " + record.reason;
  entry["assay"] = record_json(record);
  entry["assay"]["launches"] = json::array();
  for (const Launch& launch : record.launches) {
    entry["assay"]["launches"].push_back(launch_json(launch));
  }
  return entry;
}

void append_aggregates(const Record& record, Place place, json& entries) {
  if (record.launches.size() < 2) return;
  std::vector<double> real;
  std::vector<double> cpu;
  std::vector<double> flops;
  std::vector<double> bytes;
  for (const Launch& launch : record.launches) {
    real.push_back(median(launch.samples_ns));
    cpu.push_back(launch.cpu_ns);
    flops.push_back(record.work.flops / (real.back() * 1e-9));
    bytes.push_back((record.work.bytes_read + record.work.bytes_written) / (real.back() * 1e-9));
  }
  using Statistic = double (*)(const std::vector<double>&);
  const std::array<std::pair<const char*, Statistic>, 4> statistics = {{
      {"mean", mean},
      {"median", [](const std::vector<double>& values) { return median(values); }},
      {"stddev", standard_deviation},
      {"cv",
       [](const std::vector<double>& values) {
         const double center = mean(values);
         return center == 0 ? 0 : standard_deviation(values) / center;
       }},
  }};
  for (const auto& [word, statistic] : statistics) {
    json entry = entry_base(record, place);
    entry["name"] = record.name + "_" + word;
    entry["run_type"] = "aggregate";
    entry["aggregate_name"] = word;
    entry["aggregate_unit"] = std::string_view(word) == "cv" ? "percentage" : "time";
    entry["iterations"] = record.launches.size();
    entry["real_time"] = statistic(real);
    entry["cpu_time"] = statistic(cpu);
    entry["time_unit"] = "ns";
    entry["flops_per_second"] = statistic(flops);
    entry["bytes_per_second"] = statistic(bytes);
    entries.push_back(std::move(entry));
  }
}

}  // namespace

json to_json(const RunDocument& document) {
  json entries = json::array();
  std::map<std::string, Place> families;
  for (const Record& record : document.records) {
    const std::string problem = record.name.substr(0, record.name.find('@'));
    const auto [found, added] =
        families.try_emplace(problem, Place{static_cast<std::int64_t>(families.size()), 0});
    const Place place = found->second;
    ++found->second.instance;
    if (!has_times(record)) {
      entries.push_back(error_entry(record, place));
      continue;
    }
    for (const Launch& launch : record.launches) {
      entries.push_back(iteration_entry(record, launch, place));
    }
    append_aggregates(record, place, entries);
  }
  json context = document.context.is_object() ? document.context : json::object();
  return writable({{"context", std::move(context)},
                   {"assay_schema", schema_version},
                   {"benchmarks", std::move(entries)}});
}

}  // namespace assay
