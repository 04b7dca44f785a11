// Result files made up for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/comparison/result_file.hpp"

namespace assay {

inline ResultCase made_case(const std::string& problem, std::vector<double> launches_ns,
                            const std::string& backend = "onednn",
                            const std::string& device = "Processor 9000") {
  ResultCase c;
  c.problem = problem;
  c.name = problem + "@" + backend + ":0";
  c.kernel = problem.substr(0, problem.find('/'));
  c.dtype = problem.find("bf16") != std::string::npos ? "bf16" : "f32";
  c.backend = backend;
  c.device = backend + ":0";
  c.device_name = device;
  c.vendor = "Vendor";
  c.hardware = "cpu:" + device;
  c.launches_ns = std::move(launches_ns);
  for (std::size_t i = 0; i < c.launches_ns.size(); ++i) {
    c.launch_numbers.push_back(static_cast<std::int64_t>(i));
  }
  return c;
}

inline ResultFile made_file(const std::string& path, const std::string& date,
                            std::vector<ResultCase> cases) {
  ResultFile file;
  file.path = path;
  file.date = date;
  file.host = "host";
  file.revision = "0123456789abcdef";
  file.cases = std::move(cases);
  return file;
}

}  // namespace assay
