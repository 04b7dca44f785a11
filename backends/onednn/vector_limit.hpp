// Our own vector code keeps within the instruction set that oneDNN is limited to.
#pragma once

namespace assay::onednn {

// Takes instruction sets above that of ONEDNN_MAX_CPU_ISA from Highway's choice, for the process.
void limit_vectors();

}  // namespace assay::onednn
