// A comparator: OpenBLAS, what many programs multiply f32 matrices with on a processor.
//
// sgemm, and sgemv for one row; f32 without epilogue, of every layout. The library is opened at run
// time by the first enumerate() or open(), so that where it is missing there is a reason to show and
// not a program that fails to start. ASSAY_OPENBLAS=/path/to/libopenblas.so names another one.
// Weights are used as stored: BLAS has no prepacked form, so each call packs them, as it does for any
// caller.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_openblas();
}
