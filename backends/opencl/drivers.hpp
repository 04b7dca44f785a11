// Drivers that no loader told us about. Containers often have the driver's library, mounted from
// the host, but not the file in /etc/OpenCL/vendors that names it.
#pragma once

#include <string>
#include <vector>

#include "backends/opencl/loader.hpp"

namespace assay::opencl {

// Files and sonames where vendors put their drivers.
[[nodiscard]] std::vector<std::string> usual_drivers();

// The files named in ASSAY_OPENCL_DRIVERS.
[[nodiscard]] std::vector<std::string> asked_drivers();

// Where loaders look for registered vendors; a file, if OCL_ICD_VENDORS names one.
[[nodiscard]] std::string vendor_folder();

// Registered vendors whose library doesn't open, each with its file and the reason.
[[nodiscard]] std::vector<std::string> broken_vendors();

// The drivers' platforms that aren't among the `registered` ones. Adds a reason for each of `asked`
// that fails; the others may be absent.
[[nodiscard]] std::vector<Platform> open_drivers(const Search& search,
                                                 const std::vector<Platform>& registered,
                                                 std::vector<std::string>& unavailable);

}  // namespace assay::opencl
