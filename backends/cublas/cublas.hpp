// A comparator: cuBLASLt, NVIDIA's own library, on NVIDIA's GPUs. The driver (libcuda.so.1) and the
// library (libcublasLt.so) are opened at run time, so a build with it runs anywhere and says where
// they are missing.
//
// matmul in f32 (never TF32), f16, bf16 and s8 (sums in s32; where the output isn't s32, a kernel of
// ours scales them), any layout that the library has for it, batches; no epilogues and no weight-only
// formats. The algorithm is the first of the library's own heuristics, with 32 MiB of workspace, and
// partial sums are only added in the compute type. cuBLASLt has no attention.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_cublas();
}
