// The backend as a plugin, for builds that ask for that.
#include "backends/opencl/opencl.hpp"
#include "backends/plugin/export.hpp"

ASSAY_EXPORT_BACKEND("opencl", assay::make_opencl,
                     "any vendor's devices through OpenCL, found at run time", ASSAY_VERSION)
