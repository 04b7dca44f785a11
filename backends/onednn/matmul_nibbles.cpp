#include "backends/onednn/matmul_nibbles.hpp"

#include <algorithm>

#include "kernels/dtype.hpp"

namespace assay::onednn {
namespace {

constexpr int values = 16;
constexpr int zero_points = 256 + static_cast<int>(signed_bias);

}  // namespace

void pack_nibbles(const std::byte* row, std::int64_t k, bool is_signed, std::int64_t plane,
                  std::byte* to) {
  const std::int64_t bytes = nibble_chunk / 2;
  const std::int64_t lane_bytes = bytes / plane;
  const unsigned flip = is_signed ? static_cast<unsigned>(signed_bias) : 0U;
  std::fill_n(to, (k + nibble_chunk - 1) / nibble_chunk * bytes, std::byte{0});
  for (std::int64_t l = 0; l < k; ++l) {
    const auto pair = std::to_integer<unsigned>(row[l / 2]);
    const unsigned nibble = ((l % 2 == 0 ? pair : pair >> 4U) & 15U) ^ flip;
    const std::int64_t element = l % nibble_chunk;
    const std::int64_t place = element / plane;  // nibble of the lane
    std::byte& target = to[l / nibble_chunk * bytes + element % plane * lane_bytes + place / 2];
    target |= static_cast<std::byte>(place % 2 == 0 ? nibble : nibble << 4U);
  }
}

std::vector<float> make_float_tables() {
  std::vector<float> tables;
  for (int zero = 0; zero < zero_points; ++zero) {
    for (int i = 0; i < values; ++i) tables.push_back(static_cast<float>(i - zero));
  }
  return tables;
}

std::vector<std::uint16_t> make_bf16_tables() {
  std::vector<std::uint16_t> tables;
  for (int zero = 0; zero < zero_points; ++zero) {
    for (int i = 0; i < 2 * values; ++i) {
      tables.push_back(to_bf16(static_cast<float>(i % values - zero)));
    }
  }
  return tables;
}

}  // namespace assay::onednn
