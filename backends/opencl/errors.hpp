// OpenCL status codes as errors, and owners of its objects.
#pragma once

#include <CL/cl_icd.h>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace assay::opencl {

// "CL_OUT_OF_RESOURCES (-5)".
[[nodiscard]] std::string error_name(cl_int code);

// Throws "CL_OUT_OF_RESOURCES (-5) in clFinish" unless the code is CL_SUCCESS: Kind::memory for
// failed allocations, else Kind::device.
void check(cl_int code, std::string_view function);

// Releases an object with the function of the table that it came from.
template <typename T>
struct Releaser {
  cl_int (*release)(T) = nullptr;
  void operator()(T object) const { release(object); }
};
template <typename T>
using Handle = std::unique_ptr<std::remove_pointer_t<T>, Releaser<T>>;

}  // namespace assay::opencl
