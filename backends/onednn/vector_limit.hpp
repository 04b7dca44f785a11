// Our own vector code keeps within the instruction set that oneDNN is limited to.
#pragma once

#include <cstdint>

namespace assay::onednn {

// Takes instruction sets above that of ONEDNN_MAX_CPU_ISA from Highway's choice, for the process.
// Whether the processor has any of them.
bool limit_vectors();

// Highway's targets that may be used here, as bits, the better ones lower. To be called instead of
// hwy::SupportedTargets(), which leaves Highway's choice without the limit.
[[nodiscard]] std::int64_t usable_targets();

}  // namespace assay::onednn
