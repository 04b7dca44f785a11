// How much of a device's memory holds what is written there.
#pragma once

#include "backends/backend.hpp"
#include "bench/worker/protocol.hpp"

namespace assay {

// Fills buffers of at most `request.block` bytes until they are `request.bytes` together or the device
// gives no more, halving the size of a buffer before it gives up. Every buffer has other contents, and
// all are written before the first is read back. Nothing is held on the host but one buffer's worth and
// what is read back.
[[nodiscard]] protocol::Capacity::Reply fill_memory(Device& device,
                                                    const protocol::Capacity& request);

}  // namespace assay
