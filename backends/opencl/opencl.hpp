// Any OpenCL device of any vendor, through the loader found at run time or a driver opened
// directly.
//
// Parts are platforms ("0", "1", …; without any, one empty part whose enumeration says why);
// ordinals are "platform.device". Variants "packed" and "tiled" name the family of kernels
// (family.hpp), "fragment" attention by matrix instructions. Environment: ASSAY_OPENCL_DRIVERS lists
// driver files (colon-separated) to open besides the registered ones; XDG_CACHE_HOME moves the cache
// of compiled programs.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_opencl();
}
