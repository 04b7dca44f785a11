// Every device that is here supports what support.matrix says its backend must.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "backends/list.hpp"
#include "bench/suite.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

struct Line {
  std::string backend, needs, suite;
};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<Line> matrix() {
  std::vector<Line> lines;
  std::ifstream file(ASSAY_SUPPORT_MATRIX);
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text.front() == '#') continue;
    std::istringstream fields(text);
    Line line;
    std::getline(fields, line.backend, '|');
    std::getline(fields, line.needs, '|');
    std::getline(fields, line.suite);
    lines.push_back({trimmed(line.backend), trimmed(line.needs), trimmed(line.suite)});
  }
  return lines;
}

bool processor_has(const std::string& flags) {
  std::ifstream file("/proc/cpuinfo");
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  std::istringstream alternatives(flags);
  for (std::string flag; std::getline(alternatives, flag, '/');) {
    if (flag == "-" || text.find(" " + flag + " ") != std::string::npos) return true;
  }
  return false;
}

// The devices of a backend that are here; none where it isn't available.
std::vector<std::unique_ptr<Device>> devices_of(Backend& backend) {
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& part : backend.parts()) {
    for (const DeviceInfo& info : backend.enumerate(part).devices) {
      devices.push_back(backend.open(info.ordinal));
    }
  }
  return devices;
}

// What bench/setup.sh calls the thing that brings a backend's device; null where nothing has to be
// brought: such a device is always here.
const char* thing_of(const std::string& backend) {
  if (backend == "opencl") return "pocl";
  if (backend == "clblast" || backend == "openblas")
    return backend == "clblast" ? "clblast" : "openblas";
  return backend == "cublas" ? "cuda-device" : nullptr;
}

class SupportMatrix : public testing::TestWithParam<const char*> {};

TEST_P(SupportMatrix, IsWhatDevicesSupport) {
  const std::string name = GetParam();
  const BackendEntry* entry = find_backend(name);
  ASSERT_NE(entry, nullptr);
  const char* const thing = thing_of(name);
  if (entry->make == nullptr) {
    ASSERT_NE(thing, nullptr) << name << ": " << entry->missing;
    ASSAY_MISSING(thing, name + ": " + std::string(entry->missing));
  }
  const std::unique_ptr<Backend> backend = entry->make();
  const auto devices = devices_of(*backend);
  if (devices.empty()) {
    ASSERT_NE(thing, nullptr) << name << " has no device";
    ASSAY_MISSING(thing, name + " has no device here");
  }
  std::size_t asked = 0;
  for (const Line& line : matrix()) {
    if (line.backend != name || !processor_has(line.needs)) continue;
    for (const Case& c : parse_suite("support.matrix", line.suite).cases) {
      for (const auto& device : devices) {
        const Support support = device->supports(c.problem, "");
        EXPECT_TRUE(support.supported)
            << case_name(c) << " on " << device->info().name << ": " << support.reason;
        ++asked;
      }
    }
  }
  EXPECT_GT(asked, 0U) << "the matrix has no line for " << name << " on this processor";
}

INSTANTIATE_TEST_SUITE_P(BuiltIn, SupportMatrix,
                         testing::Values("onednn", "opencl", "clblast", "cublas", "openblas",
                                         "reference"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace assay
