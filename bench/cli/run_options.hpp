// What the user asked `assay run` for: the command line, over BENCHMARK_* variables, over the
// suites' own settings, over the defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "bench/cli/cli.hpp"
#include "bench/plan.hpp"
#include "bench/reporters.hpp"

namespace assay {

struct OutFile {
  std::string path;
  Format format = Format::json;
};

struct RunOptions {
  PlanRequest request;
  std::vector<std::string> required_devices;  // selectors
  Measure measure;
  std::string tuning;  // the file of --tuning
  Format format = Format::console;
  std::vector<OutFile> out_files;
  std::vector<std::pair<std::string, std::string>> context;  // to be added to the result's
  bool list = false;                                         // names only
};

// Nothing where --help was written. Suites and cases are read, words checked: what can be wrong
// without asking a driver is a usage Error here.
[[nodiscard]] std::optional<RunOptions> parse_run_options(Arguments arguments, std::ostream& out);

// "a.md" is markdown, .csv, .xml (JUnit), .txt (console) likewise; anything else JSON.
[[nodiscard]] Format format_of_path(const std::string& path);

}  // namespace assay
