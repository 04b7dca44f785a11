// A comparator: CLBlast, the tuned OpenCL BLAS, on the devices that the backend opencl finds, under
// the same ordinals. libclblast.so.1 is opened at run time.
//
// matmul in f32, and in f16 where the device has cl_khr_fp16; any layout and batch, no epilogue, the
// output in the inputs' dtype. A single row is a GEMV. CLBlast has no attention. It keeps no packed
// weights, and what it transposes or pads it does in every call. HGEMM sums in half precision: with
// a k beyond a few hundred its rows fail the check of an f16 product.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_clblast();
}
