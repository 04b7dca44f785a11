// The tiny product that tells whether a special instruction computes what it should.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/program.hpp"

namespace assay::opencl {

// Small whole numbers, so that every sum is exact, with both ends of a byte's range among them.
struct ProbeMatrix {
  int rows = 0;
  int columns = 0;
  std::vector<int> values;
  [[nodiscard]] int at(int row, int column) const {
    const auto width = static_cast<std::size_t>(columns);
    return values[static_cast<std::size_t>(row) * width + static_cast<std::size_t>(column)];
  }
};

// What the probe's kernel is given and gives back.
struct ProbeTrial {
  const Source* source = nullptr;
  const char* kernel = nullptr;
  Options options;
  ProbeMatrix a, b;  // c = a b^T
  std::vector<std::byte> a_bytes, b_bytes;
  int argument = 0;
  std::size_t work_items = 1;
  DType sums = DType::f32;  // f32, f16 or s32
};

[[nodiscard]] ProbeTrial make_trial(const InstructionPath& path);
// Every sum against the exact one; `sums`: what the kernel wrote, of the trial's type.
[[nodiscard]] ProbeAnswer answer_of(const ProbeTrial& trial, std::span<const std::byte> sums);

}  // namespace assay::opencl
