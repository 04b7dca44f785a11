// Splitting work over the host's threads: for what is outside every timed region (making inputs,
// computing the reference, checking).
#pragma once

#include <cstdint>
#include <functional>

namespace assay {

// Calls body(begin, end) for consecutive ranges of at most `grain` that cover [0, count), on up to
// std::thread::hardware_concurrency() threads, the calling one among them. The ranges depend on
// `count` and `grain` alone, so a body that writes only what its range owns gives the same result
// with any number of threads. An exception of a body is thrown again here.
void parallel_for(std::int64_t count, std::int64_t grain,
                  const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace assay
