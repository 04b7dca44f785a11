// Results as comparisons read them: one time per launch, and who it belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/record.hpp"

namespace assay {

struct RunDocument;

struct ResultCase {
  std::string name;     // case name; of other programs the benchmark's name
  std::string problem;  // the name's first half
  std::string kernel;   // empty for other programs, as are all of these
  std::string dtype;
  std::string backend;
  std::string variant;
  std::string device;       // "opencl:0.1": means something in this file only
  std::string device_name;  // with `device` behind it where the file has several such devices
  std::string vendor;
  std::string hardware;
  std::string implementation;
  Status status = Status::ok;
  std::string reason;
  std::string options;              // of the run, where they change what is measured: "--threads 2"
  std::vector<double> launches_ns;  // median of each launch; of other programs each repetition
  std::vector<std::int64_t>
      launch_numbers;  // of launches_ns: equal ones were measured side by side

  [[nodiscard]] bool has_times() const { return status == Status::ok && !launches_ns.empty(); }
  // What stays the same from run to run: problem, backend, variant, vendor, device name, hardware.
  [[nodiscard]] std::string key() const;
  // "onednn+variant on <device name>": the same without the problem.
  [[nodiscard]] std::string where() const;
};

struct ResultFile {
  std::string path;
  std::string date;  // ISO 8601; empty if unknown
  std::string host;
  std::string revision;  // of the source that was built; empty if unknown
  // Google Benchmark's JSON of another program: all repetitions are of one process, nothing was
  // checked, and nothing is known of the device.
  bool foreign = false;
  nlohmann::json context = nlohmann::json::object();
  std::vector<ResultCase> cases;
};

// Error(file) "PATH: …" for what is missing, empty, truncated, no result, of a newer schema, larger
// than 1 GiB, or holds a case, launch or repetition twice, or a time that no clock measures.
[[nodiscard]] ResultFile read_result_file(const std::string& path);

// The same from memory; `path` only names it.
[[nodiscard]] ResultFile parse_result_file(const std::string& path, std::string_view text);

// Whether a time in nanoseconds can have been measured: from 1e-6 to 1e18, which is 32 years.
[[nodiscard]] bool is_measurable(double ns);

// From records that are in memory.
[[nodiscard]] ResultFile result_of(const std::string& path, const RunDocument& document);

}  // namespace assay
