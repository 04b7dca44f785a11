#include "kernels/fill.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/parallel.hpp"
#include "kernels/random.hpp"

namespace assay {
namespace {

constexpr std::int64_t grain = 1 << 16;  // even, so that no byte of a 4-bit type is shared
constexpr std::int64_t block = 512;

// make(first, values) computes the elements [first, first + values.size()).
template <typename Make>
void fill_blocks(DType dtype, std::byte* data, std::int64_t elements, const Make& make) {
  parallel_for(elements, grain, [&](std::int64_t begin, std::int64_t end) {
    std::array<double, block> buffer;
    for (std::int64_t first = begin; first < end; first += block) {
      const std::span values(buffer.data(), static_cast<std::size_t>(std::min(block, end - first)));
      make(first, values);
      store_row(dtype, data, first, values);
    }
  });
}

// random_bits with what doesn't depend on the index computed once.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t stream) : base_(mix(seed ^ mix(stream))) {}
  [[nodiscard]] std::uint64_t operator()(std::int64_t index) const {
    return mix(base_ + static_cast<std::uint64_t>(index));
  }

 private:
  std::uint64_t base_;
};

}  // namespace

void fill_normal(DType dtype, std::span<std::byte> data, std::uint64_t seed, std::uint64_t stream,
                 double scale) {
  const Stream bits(seed, stream);
  const auto elements = static_cast<std::int64_t>(data.size() / bytes_for(dtype, 1));
  const auto factor = static_cast<float>(scale);
  fill_blocks(dtype, data.data(), elements, [&](std::int64_t first, std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] =
          static_cast<double>(factor * near_normal(bits(first + static_cast<std::int64_t>(i))));
    }
  });
}

void fill_integers(DType dtype, std::span<std::byte> data, std::uint64_t seed, std::uint64_t stream,
                   bool symmetric) {
  const Stream bits(seed, stream);
  const bool replace = symmetric && dtype == DType::s8;
  parallel_for(static_cast<std::int64_t>(data.size()), grain,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; i += 8) {
                   const std::uint64_t word = bits(i / 8);
                   std::array<std::byte, 8> bytes;
                   std::memcpy(bytes.data(), &word, 8);
                   if (replace) std::ranges::replace(bytes, std::byte{0x80}, std::byte{0x81});
                   std::memcpy(data.data() + i, bytes.data(),
                               static_cast<std::size_t>(std::min<std::int64_t>(8, end - i)));
                 }
               });
}

void fill_each(DType dtype, std::span<std::byte> data, std::int64_t elements,
               const std::function<double(std::int64_t)>& value) {
  fill_blocks(dtype, data.data(), elements, [&](std::int64_t first, std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = value(first + static_cast<std::int64_t>(i));
    }
  });
}

std::vector<std::int64_t> tile_borders(std::int64_t size) {
  std::vector<std::int64_t> found = {0, size - 1};
  for (const std::int64_t tile : {8, 16, 32, 64, 128, 256}) {
    for (const std::int64_t border : {tile, (size - 1) / tile * tile}) {
      if (border <= 0 || border >= size) continue;
      found.push_back(border - 1);
      found.push_back(border);
    }
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace assay
