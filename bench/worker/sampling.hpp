// Timing calls of a ring.
#pragma once

#include <cstdint>

#include "backends/backend.hpp"
#include "bench/worker/protocol.hpp"
#include "bench/worker/ring.hpp"

namespace assay {

// Processor time of all threads of this process.
[[nodiscard]] double process_cpu_ns();

// Nanoseconds between the nearest two different readings of the steady clock.
[[nodiscard]] double timer_resolution_ns();

// Calls until they no longer get faster: the quickest of the last three windows of several
// milliseconds isn't 2 % below the quickest of the three before. Bounded by `max_s`, but at least
// one call. Then a few single calls for host_call_ns.
[[nodiscard]] protocol::WarmUp::Reply warm_up(Ring& ring, Queue& queue,
                                              const protocol::WarmUp& request);

// Copies to the device and back, the quickest of a few; device Error where other bytes come back.
[[nodiscard]] protocol::Transfer::Reply time_transfers(Device& device, std::size_t bytes);

// Takes the samples as the iterations of one Google Benchmark run with manual time.
[[nodiscard]] protocol::Sample::Reply take_samples(Ring& ring, Queue& queue,
                                                   const protocol::Sample& request);

}  // namespace assay
