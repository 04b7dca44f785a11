// The key of a tuning file's entry for a class of problems on one device.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "backends/opencl/session.hpp"
#include "backends/opencl/sources.hpp"

namespace assay::opencl {

// The class, the device, its driver and a hash of the kernels' sources: what was chosen holds for
// these only.
[[nodiscard]] std::string tuning_key(const Session& session, std::string_view problems,
                                     std::initializer_list<const Source*> sources);

}  // namespace assay::opencl
