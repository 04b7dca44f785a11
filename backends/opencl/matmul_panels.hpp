// Products over weights packed in panels: what the kernels of both families share. A plan says which
// kernel runs how; the rest - packing weights at bind or in every call, adding up splits of k - is the
// same for all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backends/opencl/matmul.hpp"
#include "backends/opencl/queue.hpp"

namespace assay::opencl {

// How weights are packed: see matmul_weights.cl and, for few rows on lanes, matmul_row_units.cl.
struct WeightLayout {
  std::int64_t panel_width = 0;
  std::int64_t panels = 0;  // ceil(n / panel_width)
  int unit = 1;             // steps of k side by side
  bool nibbles = false;     // 8 steps in a uint; 4-bit weights are bytes otherwise
  int nibble_words = 1;     // such uints side by side; if more than one, steps lie in order in them
  bool column_sums = false;  // 128 is added to a, and taken away again through these

  // Bytes of all packed weights; elements of all packed scales.
  [[nodiscard]] std::int64_t weight_bytes(const MatmulShape& shape) const;
  [[nodiscard]] std::int64_t scales(const MatmulShape& shape) const;
};

struct PanelPlan {
  const Source* source = nullptr;
  const char* kernel = nullptr;
  Options options;  // all but what the layout and matmul_options() define
  WeightLayout layout;
  bool lanes = false;  // the device's work-items are lanes: how weights are packed
  Sizes global{};      // the third without splits
  Sizes local{};
  std::int64_t row_block = 0, column_block = 0;  // what CPUs' kernels compute at a time
  std::int64_t splits = 1, k_part = 0;
  std::string implementation;
  std::vector<std::string> labels;
  const InstructionPath* path = nullptr;  // null: plain
};

// Parts of k for a product that has fewer work-groups than the device wants: {splits, k of each, a
// multiple of `multiple`}.
struct Splits {
  std::int64_t count = 1, k_part = 0;
};
[[nodiscard]] Splits split_k(std::int64_t k, std::int64_t groups, std::int64_t wanted,
                             std::int64_t multiple);

[[nodiscard]] std::unique_ptr<Prepared> prepare_panels(const Session& session,
                                                       const Problem& problem, PanelPlan plan);

// A launch of the kernel that adds up partial sums, and their memory: shared by all families.
class SplitSums {
 public:
  SplitSums(const Session& session, const MatmulShape& shape, std::int64_t splits);
  [[nodiscard]] cl_mem partial() const { return partial_.get(); }
  [[nodiscard]] Launch finish(const MatmulBuffers& buffers) const;

 private:
  const Session& session_;
  MatmulShape shape_;
  std::int64_t splits_;
  bool threads_;  // work-items are threads rather than lanes
  Handle<cl_program> program_;
  Memory partial_;
};

}  // namespace assay::opencl
