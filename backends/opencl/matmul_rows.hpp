// How few rows of a product are cut on devices whose work-items are lanes: see matmul_rows.cl.
#pragma once

#include <cstdint>

#include "backends/opencl/matmul.hpp"

namespace assay::opencl {

struct RowsConfig {
  int rows = 1;     // the kernel's: a power of two
  int columns = 1;  // of an item
  int lanes = 32, slices = 8;
  int depth = 4;           // units on their way to an item
  std::int64_t chunk = 0;  // units whose activations are in local memory
  int unit = 4;            // steps of k in 16 bytes
  bool dot = false;        // four steps a number in local memory
  [[nodiscard]] int width() const { return lanes * columns; }
  [[nodiscard]] int items() const { return lanes * slices; }
  [[nodiscard]] std::int64_t local_bytes() const;
};

constexpr std::int64_t most_rows = 16;

// `unit` steps of k take 16 bytes; `dot`: they are multiplied four at a time.
[[nodiscard]] RowsConfig choose_rows(const Session& session, const MatmulShape& shape, int unit,
                                     bool dot);
// Whether the device can run it.
[[nodiscard]] bool fits_rows(const Session& session, const RowsConfig& config);

}  // namespace assay::opencl
