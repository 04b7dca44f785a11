// Records as claims see them: devices by model, and the runs of each problem on each.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/claims/claim.hpp"
#include "bench/claims/processor_name.hpp"
#include "bench/facts/facts.hpp"
#include "bench/record.hpp"

namespace assay {

struct RunDocument;

// The least runs a side that decide anything.
inline constexpr int least_runs = 10;

// A launch that only one of the two roofs was measured beside.
struct OneRoof {
  bool memory = false;  // that roof: memory's, else the arithmetic units'
  double share = 0;     // of it that was reached
  double seconds = 0;
};

// One problem on one backend of a device: the launches of all files together.
struct Measured {
  Problem problem;
  Work work;
  std::string name;  // problem's half of the case's name
  std::string backend;
  std::string variant;
  std::string build;  // sources, driver: runs of different builds are no runs of one case
  std::string repro;
  // The worst of its files: what failed verification once isn't right because it was right before.
  Status status = Status::ok;
  std::string reason;
  std::vector<double> launches_ns;  // median of each launch: what a table may show
  std::vector<double> runs_ns;      // of each launch that counts: what a claim may rest on
  // Speed of each launch's second half over its first, whether it counts or not.
  std::vector<double> steadiness;
  // Of each launch with both ceilings beside it: the higher share. Those with one are in `one_roof`,
  // which efficiency_of() judges.
  std::vector<double> efficiency;
  std::vector<OneRoof> one_roof;
  double error = 0;      // worst deviation as a fraction of what is allowed
  int left_out = 0;      // launches that throttled, or whose repeats are too few
  std::string invalid;   // why its speed is physically impossible; empty where it isn't
  std::string disputed;  // the ceiling it was held against, where sources disagree on it
  std::set<std::string> files;
  std::set<std::string> boards;  // that its runs are from
  // Of launches: a file and its copy are one file.
  std::set<std::string> seen;

  [[nodiscard]] bool has_times() const { return status == Status::ok && !launches_ns.empty(); }
  [[nodiscard]] bool has_runs() const { return status == Status::ok && !runs_ns.empty(); }
  // It was run too few times, whatever came of it: not that enough were made and some don't count.
  [[nodiscard]] bool few_runs() const {
    return static_cast<int>(runs_ns.size()) + left_out < least_runs;
  }
};

// One model of a device, over all its boards and backends.
struct DeviceModel {
  std::string name;         // of the table of facts where it is known, else the driver's
  std::string kind;         // "cpu", "gpu", "npu"; empty: unknown
  std::string vendor;       // "NVIDIA", "AMD", "Intel", else the driver's word
  std::string fact;         // its name in the table of facts; empty: not there
  double memory_bytes = 0;  // 0: unknown
  double cache_bytes = 0;   // last-level cache as the driver says; 0: unknown
  // Of a CPU: measured by a chain of additions, one a cycle. An addition of a GPU takes several
  // cycles, so there only the reported clock will do. 0: unknown.
  double clock_hz = 0;
  double reported_hz = 0;
  double compute_units = 0;
  // Of a CPU that some processors were had of: "2 processors of a virtual machine".
  // Empty where they are all of its package.
  std::string share;
  // Highest of the ceilings that were measured, beside the cases or by themselves: FLOP/s by the
  // cases' dtype, bytes/s from memory; nothing where none was.
  std::map<std::string, double> alu_ceilings;
  double memory_ceiling = 0;
  double verified_bytes = 0;  // written and read back at the same time, by `assay capacity`
  std::set<std::string> capacity_files;
  std::optional<double> watts;  // as the user says, of the device at work
  std::optional<double> price;  // as the user says, in any one currency
  std::list<Measured> cases;

  // What takes work from a host: anything but its processor.
  [[nodiscard]] bool accelerator() const { return !kind.empty() && kind != "cpu"; }
  [[nodiscard]] double clock() const { return clock_hz > 0 ? clock_hz : reported_hz; }
};

// "AMD EPYC (CPU)": a processor that OpenCL shows is no GPU.
[[nodiscard]] std::string described(const DeviceModel& model);

// Throughput over one way of being parallel, from `assay parallelism`.
struct RecordedSweep {
  std::string device;      // "AMD EPYC (onednn)"
  std::string what;        // "f32.fma in registers"
  std::string variable;    // "units"
  bool of_memory = false;  // bytes/s, else FLOP/s
  std::vector<std::pair<double, double>> points;
};

// One problem over several devices at once, from `assay split`.
struct SplitRuns {
  Problem problem;
  std::string devices;  // "AMD Instinct MI300X + NVIDIA H100 SXM"
  std::set<std::string> vendors;
  std::vector<double> efficiency;  // of each launch that counts: together over the sum of alone
  int left_out = 0;
  [[nodiscard]] bool few_runs() const {
    return static_cast<int>(efficiency.size()) + left_out < least_runs;
  }
  std::set<std::string> files;
  std::set<std::string> seen;  // launches: a file and its copy are one file
};

// What the user says of devices whose names hold a part: "H200=700".
struct SaidOfDevice {
  std::string part;
  double value = 0;
};
// Usage Error for what isn't PART=NUMBER, with a number above 0.
[[nodiscard]] SaidOfDevice parse_said(std::string_view flag, const std::string& word);

class Evidence {
 public:
  explicit Evidence(const FactTable& facts) : facts_(facts) {}

  void add(const std::string& file, const RunDocument& document);
  // A document of `assay ceilings` or `assay parallelism`: roofs and curves, of devices that have
  // cases too. What it doesn't know is ignored.
  void add_instruments(const nlohmann::json& document);
  // One of `assay split`. Only accelerators, each a chip of its own, make a platform. Error(file) for
  // a case that is no problem.
  void add_splits(const std::string& file, const nlohmann::json& document);

  // One of `assay capacity`: what was written and read back right on each device, of those that have
  // cases too.
  void add_capacities(const std::string& file, const nlohmann::json& document);
  // What the user says, as parse_said() reads it. Usage Error for a part that no device here has, too.
  void set_watts(std::span<const std::string> words);
  void set_prices(std::span<const std::string> words);

  [[nodiscard]] const FactTable& facts() const { return facts_; }
  // The model's name of what a file with that context calls so. Processors whose makers' names say little
  // ("AMD EPYC") are one model only where their core, instruction sets and number are the same: see
  // ProcessorNames.
  [[nodiscard]] std::string model_name(const std::string& hardware, const std::string& device_name,
                                       const nlohmann::json& context) const;
  [[nodiscard]] std::span<const std::string> files() const { return files_; }
  // Files of folders that are *.json by name and no JSON inside: cut short, perhaps.
  [[nodiscard]] std::span<const std::string> broken() const { return broken_; }
  void add_broken(const std::string& file) { broken_.push_back(file); }
  [[nodiscard]] const std::list<DeviceModel>& models() const { return models_; }
  [[nodiscard]] std::span<const RecordedSweep> sweeps() const { return sweeps_; }
  [[nodiscard]] const std::list<SplitRuns>& splits() const { return splits_; }
  [[nodiscard]] std::vector<const DeviceModel*> find(const ClaimSide& side) const;
  // Names of the query's problems that any device ran or refused: the suite that coverage is a share
  // of.
  [[nodiscard]] std::set<std::string> problems(const CaseQuery& query) const;

 private:
  struct Ceilings {
    std::map<std::string, double> alu;  // by dtype
    double memory = 0;
  };
  struct Capacity {
    double bytes = 0;
    std::set<std::string> files;
  };
  static void raise_ceilings(const Ceilings& from, DeviceModel& model);
  static void raise_capacity(const Capacity& from, DeviceModel& model);
  void set_given(std::span<const std::string> words, const char* flag,
                 std::optional<double> DeviceModel::* into);
  // Tells processors of one name apart, before anything of theirs is added.
  void note_processor(const std::string& hardware, const nlohmann::json& context);
  DeviceModel& model_of(const Record& record, const nlohmann::json& context);

  const FactTable& facts_;
  std::vector<std::string> files_;
  std::vector<std::string> broken_;
  std::list<DeviceModel> models_;
  std::map<std::string, Ceilings> ceilings_;    // by model, measured by themselves
  std::map<std::string, Capacity> capacities_;  // by model
  ProcessorNames processors_;
  std::vector<RecordedSweep> sweeps_;
  std::list<SplitRuns> splits_;
};

// Result files and those of other verbs, and all *.json of folders. Error(file) for what is none, or of
// another schema; what is no JSON in a folder is noted as broken.
void read_evidence(const std::string& path, Evidence& into);

}  // namespace assay
