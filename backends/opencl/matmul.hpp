// matmul on an OpenCL device.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/session.hpp"
#include "kernels/matmul.hpp"

namespace assay::opencl {

[[nodiscard]] Support supports_matmul(const Session& session, const Problem& problem,
                                      std::string_view variant);
[[nodiscard]] std::unique_ptr<Prepared> prepare_matmul(const Session& session,
                                                       const Problem& problem,
                                                       std::string_view variant);

// The families. Sizes of scratch and packed copies, and the kernels' shapes, are theirs.
[[nodiscard]] std::string packed_matmul_problem(const Session& session, const MatmulShape& shape,
                                                std::string_view variant);
[[nodiscard]] std::unique_ptr<Prepared> prepare_packed_matmul(const Session& session,
                                                              const Problem& problem,
                                                              std::string_view variant);
[[nodiscard]] std::string tiled_matmul_problem(const Session& session, const MatmulShape& shape,
                                               std::string_view variant);
[[nodiscard]] std::unique_ptr<Prepared> prepare_tiled_matmul(const Session& session,
                                                             const Problem& problem,
                                                             std::string_view variant);
// Matrix instructions; `path` is null for the same tiles without one, which only checks them.
[[nodiscard]] std::string fragment_matmul_problem(const Session& session, const MatmulShape& shape,
                                                  std::string_view variant);
[[nodiscard]] const InstructionPath* fragment_path(const Session& session,
                                                   const MatmulShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_fragment_matmul(const Session& session,
                                                                const Problem& problem,
                                                                const InstructionPath* path,
                                                                std::string_view variant);

// Definitions that both families' kernels take: epilogue, weights, arithmetic.
[[nodiscard]] Options matmul_options(const Session& session, const MatmulShape& shape);

// The buffers of a problem's tensors by role in the product; those that it doesn't have are stood
// in for by a, which the kernel then doesn't read.
struct MatmulBuffers {
  cl_mem a, b, a_scale, b_scale, group_scale, group_zero, bias, out;
};
[[nodiscard]] MatmulBuffers matmul_buffers(const Problem& problem,
                                           std::span<Buffer* const> tensors);

}  // namespace assay::opencl
