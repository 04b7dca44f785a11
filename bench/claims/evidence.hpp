// Records as claims see them: devices by model, and the runs of each problem on each.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/facts/facts.hpp"
#include "bench/record.hpp"

namespace assay {

// One problem on one backend of a device: the launches of all files together.
struct Measured {
  Problem problem;
  Work work;
  std::string name;  // problem's half of the case's name
  std::string backend;
  std::string variant;
  std::string repro;
  Status status = Status::ok;
  std::string reason;
  std::vector<double> runs_ns;  // median of each launch that counts
  std::vector<double>
      efficiency;    // of each run against the higher of its paired ceilings; may be empty
  double error = 0;  // worst deviation as a fraction of what is allowed
  int left_out = 0;  // launches that throttled, or whose repeats are too few
  std::set<std::string> files;

  [[nodiscard]] bool has_runs() const { return status == Status::ok && !runs_ns.empty(); }
};

// One model of a device, over all its boards and backends.
struct DeviceModel {
  std::string name;    // of the table of facts where it is known, else the driver's
  std::string kind;    // "cpu", "gpu"; empty: unknown
  std::string vendor;  // "NVIDIA", "AMD", "Intel", else the driver's word
  std::string fact;    // its name in the table of facts; empty: not there
  std::set<std::string> boards;
  double memory_bytes = 0;  // 0: unknown
  double clock_hz = 0;      // measured by a chain of additions, else as reported; 0: unknown
  double compute_units = 0;
  // Highest of the ceilings that were measured beside the cases: FLOP/s, bytes/s from memory; 0: none.
  double alu_ceiling = 0;
  double memory_ceiling = 0;
  std::list<Measured> cases;
};

// What the driver says -> the vendor's usual name.
[[nodiscard]] std::string vendor_name(std::string_view text);

class Evidence {
 public:
  explicit Evidence(const FactTable& facts) : facts_(facts) {}

  void add(const std::string& file, const RunDocument& document);

  [[nodiscard]] const FactTable& facts() const { return facts_; }
  [[nodiscard]] std::span<const std::string> files() const { return files_; }
  [[nodiscard]] const std::list<DeviceModel>& models() const { return models_; }
  [[nodiscard]] std::vector<const DeviceModel*> find(const ClaimSide& side) const;

 private:
  DeviceModel& model_of(const Record& record, const std::string& host);

  const FactTable& facts_;
  std::vector<std::string> files_;
  std::list<DeviceModel> models_;
};

// Result files, and all *.json of folders. Error(file) for what is none, or of another schema.
void read_evidence(const std::string& path, Evidence& into);

}  // namespace assay
