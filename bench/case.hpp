// A case: one problem on one device, and its name. The name is case name, filter target and the
// argument that reproduces the case:
//   matmul/dtype:bf16/m:512/n:4096/k:4096@onednn:0+graph-sdpa
#pragma once

#include <string>
#include <string_view>

#include "kernels/problem.hpp"

namespace assay {

struct Case {
  Problem problem;
  std::string device;   // "onednn:0", "opencl:0.1"; empty where none is named
  std::string variant;  // without the plus sign; empty for the default implementation
};

[[nodiscard]] std::string case_name(const Case& c);
// Usage Error for a malformed name. The device's backend word is not checked here.
[[nodiscard]] Case parse_case(std::string_view name);

}  // namespace assay
