// How many threads a parallel region of this process gets.
#pragma once

namespace assay::onednn {
// As OMP_NUM_THREADS says. Counted: omp.h comes with one compiler, and tools that read the code with
// another don't find it.
[[nodiscard]] int count_threads();
}  // namespace assay::onednn
