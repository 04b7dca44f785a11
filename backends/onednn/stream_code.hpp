// The inner loops of stream.
#pragma once

#include <cstdint>

namespace assay::onednn {

// n floats of each array, all 64-byte aligned.
[[nodiscard]] float stream_sum(const float* in, std::int64_t n);
// Sums of stream_places times `n` elements, `distance` apart, read side by side; asks for what comes
// after those (harmless behind the end).
inline constexpr std::int64_t stream_places = 4;
void stream_sums(const float* in, std::int64_t distance, std::int64_t n, float* out);
// As stream_sums, of as many places and in vectors of as many elements as asked for: null where there is
// no such code. `n` is a multiple of 16.
using StreamRead = void (*)(const float* in, std::int64_t distance, std::int64_t n, float* out);
[[nodiscard]] StreamRead find_stream_read(std::int64_t places, std::int64_t width);
// Elements of the widest vectors.
[[nodiscard]] std::int64_t stream_width();
void stream_copy(const float* in, float* out, std::int64_t n);
void stream_triad(const float* in, const float* in2, float* out, std::int64_t n, bool past_caches);

}  // namespace assay::onednn
