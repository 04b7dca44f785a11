// Whether an entry of a tuning file says something that a kernel of ours could follow.
#pragma once

#include <string>
#include <string_view>

namespace assay::opencl {

// Why the variant is nothing to choose for a class of problems ("matmul packed f32 x f32 wide": kernel
// and family, then what they are); empty if it is, and for classes that aren't ours.
[[nodiscard]] std::string tuned_fault(std::string_view problems, std::string_view variant);

}  // namespace assay::opencl
