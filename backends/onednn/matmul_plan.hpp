// How oneDNN is asked for a matmul: memory descriptors, attributes, and the choice between one
// primitive for a whole batch and one for each of its elements.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/matmul.hpp"

namespace assay::onednn {

struct MatmulPlan {
  dnnl::matmul::primitive_desc primitive;  // empty: oneDNN has no implementation
  dnnl::memory::desc stored_weights;       // b as the problem stores it
  dnnl::memory::desc turned_weights;       // the same as [k, n]
  std::int64_t calls = 1;                  // executions per call: 1, or one per batch element
  std::int64_t elements = 1;               // batch elements of one execution

  [[nodiscard]] bool found() const { return static_cast<bool>(primitive); }
};

[[nodiscard]] MatmulPlan plan_matmul(const MatmulShape& shape, const dnnl::engine& engine);

// Whether it is oneDNN's slow reference implementation.
[[nodiscard]] bool is_reference(const MatmulPlan& plan);

// True for s8 and u8 with out f32 or bf16: a_scale and b_scale are there.
[[nodiscard]] bool has_output_scales(const MatmulShape& shape);
[[nodiscard]] dnnl::memory::data_type data_type(DType dtype);

}  // namespace assay::onednn
