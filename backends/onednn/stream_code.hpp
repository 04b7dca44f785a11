// The inner loops of stream.
#pragma once

#include <cstdint>

namespace assay::onednn {

// n floats of each array, all 64-byte aligned.
[[nodiscard]] float stream_sum(const float* in, std::int64_t n);
void stream_copy(const float* in, float* out, std::int64_t n);
void stream_triad(const float* in, const float* in2, float* out, std::int64_t n, bool past_caches);

}  // namespace assay::onednn
