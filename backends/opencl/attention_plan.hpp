// What the kernels of attention share on the host's side.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/instruction_path.hpp"
#include "backends/opencl/program.hpp"
#include "backends/opencl/queue.hpp"
#include "kernels/attention.hpp"

namespace assay::opencl {

[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t x, std::int64_t y) {
  return (x + y - 1) / y;
}

// Rows of one key/value head: the queries of all query heads that share it.
[[nodiscard]] std::int64_t rows_of(const AttentionShape& shape);

// Definitions that every kernel of attention takes: dtypes, mask, D.
[[nodiscard]] Options attention_options(const Session& session, const AttentionShape& shape);

// What scores are multiplied by: the softmax runs in powers of two.
[[nodiscard]] cl_float attention_scale(const AttentionShape& shape);

// The instruction that multiplies pairs of bf16 into f32, null where there is none, on devices whose
// work-items are threads with vector registers.
[[nodiscard]] const InstructionPath* pair_instruction(const Session& session, DType dtype);

// A problem's tensors as a kernel's arguments. Scales are q where there are none.
struct AttentionBuffers {
  AttentionBuffers(const Problem& problem, std::span<Buffer* const> tensors);
  cl_mem q, k, v, k_scale, v_scale, out;
};

// Each family's way. Reasons are empty where there is none.
//   packed  blocks of queries over packed keys and values          attention_packed.cl
//   decode  few rows over keys and values as they are, in runs     attention_decode.cl
//   tiled   work-groups with tiles in local memory                 attention_tiled.cl
//   fragment  blocks of queries by matrix instructions, where the device has one whose file tells
//           which sums an item holds, else without                 attention_fragment.cl
//   lanes   few rows of the tiled family, in runs of keys          attention_lanes.cl
[[nodiscard]] std::string packed_attention_problem(const Session& session,
                                                   const AttentionShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_packed_attention(const Session& session,
                                                                 const Problem& problem);
// Whether the rows are few enough to take keys and values as they are.
[[nodiscard]] bool few_rows(const AttentionShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_decode_attention(const Session& session,
                                                                 const Problem& problem);
[[nodiscard]] bool fits_lanes(const Session& session, const AttentionShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_lanes_attention(const Session& session,
                                                                const Problem& problem);
[[nodiscard]] std::string fragment_attention_problem(const Session& session,
                                                     const AttentionShape& shape,
                                                     std::string_view variant);
// Whether that is the device's best.
[[nodiscard]] bool has_attention_instruction(const Session& session, const AttentionShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_fragment_attention(const Session& session,
                                                                   const Problem& problem,
                                                                   std::string_view variant);
// A tuning file's key, empty where nothing is to be chosen, and what to try: as matmul_tuning.hpp.
[[nodiscard]] std::string attention_tuning_key(const Session& session, const AttentionShape& shape);
[[nodiscard]] std::vector<std::string> attention_candidates(const Session& session,
                                                            const AttentionShape& shape,
                                                            std::string_view best);
[[nodiscard]] std::string tiled_attention_problem(const Session& session,
                                                  const AttentionShape& shape);
[[nodiscard]] std::unique_ptr<Prepared> prepare_tiled_attention(const Session& session,
                                                                const Problem& problem);

}  // namespace assay::opencl
