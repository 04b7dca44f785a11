#include "backends/onednn/matmul_gemv_weights.hpp"

#include <algorithm>
#include <cstring>

#include "backends/onednn/matmul_nibbles.hpp"
#include "backends/onednn/threads.hpp"

namespace assay::onednn {
namespace {

std::int64_t size_of(DType dtype) { return static_cast<std::int64_t>(bytes_for(dtype, 1)); }

bool unpacks(const MatmulShape& s) { return bits(s.weights) == 4; }

std::unique_ptr<HostBuffer> make_buffer(std::int64_t bytes) {
  return std::make_unique<HostBuffer>(static_cast<std::size_t>(bytes));
}

// Element `index` of packed 4-bit integers.
unsigned nibble(const std::byte* data, std::int64_t index) {
  const auto pair = std::to_integer<unsigned>(data[index / 2]);
  return (index % 2 == 0 ? pair : pair >> 4U) & 15U;
}

}  // namespace

GemvWeights::GemvWeights(const Problem& problem, const GemvShape& shape, int threads,
                         std::span<Buffer* const> buffers)
    : shape_(shape) {
  const auto data = [&](std::string_view tensor) -> const std::byte* {
    if (problem.find(tensor) == nullptr) return nullptr;
    return host_data(*buffers[problem.index(tensor)]);
  };
  const MatmulShape& s = shape.matmul;
  const std::int64_t columns = s.batch * s.n;
  b_ = data("b");
  const bool pack_b = !s.b_transposed || unpacks(s);
  if (pack_b) packed_b_ = make_buffer(columns * shape.b_stride);
  Sources from{b_, nullptr, nullptr};
  if (s.group != 0) {
    from.scale = scale_ = reinterpret_cast<const std::uint16_t*>(data("b_scale"));
    from.zero = data("b_zero_point");
    zero_ = reinterpret_cast<const std::uint8_t*>(from.zero);
    const bool padded = shape.groups != s.k / s.group;
    if (padded) packed_scale_ = make_buffer(columns * shape.groups * 2);
    if (zero_ != nullptr && (padded || s.zero_points == DType::u4)) {
      packed_zero_ = make_buffer(columns * shape.groups);
    }
  }
  for_each_thread(threads, [&](int thread) {
    const Range part = share_of(columns, gemv_tile, thread, threads);
    pack_columns(from, part.begin, part.end);
  });
  std::int64_t extra = 0;
  const auto use = [&extra](const HostBuffer& packed, std::size_t stored) {
    extra += static_cast<std::int64_t>(packed.size()) - static_cast<std::int64_t>(stored);
  };
  const auto bytes = [&](std::string_view tensor) {
    return problem.tensors[problem.index(tensor)].bytes();
  };
  if (packed_b_) {
    b_ = packed_b_->data();
    use(*packed_b_, bytes("b"));
  }
  if (packed_scale_) {
    scale_ = reinterpret_cast<const std::uint16_t*>(packed_scale_->data());
    use(*packed_scale_, bytes("b_scale"));
  }
  if (packed_zero_) {
    zero_ = reinterpret_cast<const std::uint8_t*>(packed_zero_->data());
    use(*packed_zero_, bytes("b_zero_point"));
  }
  extra_bytes_ = static_cast<std::size_t>(std::max<std::int64_t>(0, extra));
}

void GemvWeights::place(std::int64_t place, GemvBlock& block) const {
  block.b = b_ + place * shape_.b_stride;
  if (scale_ != nullptr) block.b_scale = scale_ + place * shape_.groups;
  if (zero_ != nullptr) block.b_zero_point = zero_ + place * shape_.groups;
}

void GemvWeights::pack_columns(const Sources& from, std::int64_t begin, std::int64_t end) {
  const MatmulShape& s = shape_.matmul;
  for (std::int64_t column = begin; column < end; ++column) {
    if (packed_b_) pack_column(from.b, column, packed_b_->data() + column * shape_.b_stride);
    if (packed_scale_) {
      auto* const to =
          reinterpret_cast<std::uint16_t*>(packed_scale_->data()) + column * shape_.groups;
      const std::int64_t groups = s.k / s.group;
      std::copy_n(from.scale + column * groups, groups, to);
      std::fill(to + groups, to + shape_.groups, std::uint16_t{0});
    }
    if (packed_zero_) pack_zero_points(from.zero, column);
  }
}

// Column `column` of all batch elements: 4-bit weights as chunks or bytes, others transposed.
void GemvWeights::pack_column(const std::byte* b, std::int64_t column, std::byte* to) const {
  const MatmulShape& s = shape_.matmul;
  if (unpacks(s)) {
    const std::byte* const row = b + column * (s.k / 2);
    const bool is_signed = s.weights == DType::s4;
    if (shape_.format == GemvFormat::nibbles) {
      pack_nibbles(row, s.k, is_signed, nibbles_as_bf16(s.dtype) ? nibble_pair_lanes : nibble_lanes,
                   to);
      return;
    }
    for (std::int64_t l = 0; l < s.k; ++l) {
      const int value = static_cast<int>(nibble(row, l));
      to[l] = static_cast<std::byte>(is_signed && value > 7 ? value - 16 : value);
    }
    return;
  }
  const std::int64_t size = size_of(s.weights);
  const std::byte* const from = b + ((column / s.n) * s.k * s.n + column % s.n) * size;
  for (std::int64_t l = 0; l < s.k; ++l) {
    std::memcpy(to + l * size, from + l * s.n * size, static_cast<std::size_t>(size));
  }
}

void GemvWeights::pack_zero_points(const std::byte* from, std::int64_t column) {
  const MatmulShape& s = shape_.matmul;
  const std::int64_t groups = s.k / s.group;
  std::byte* const to = packed_zero_->data() + column * shape_.groups;
  for (std::int64_t g = 0; g < groups; ++g) {
    const std::int64_t index = column * groups + g;
    to[g] = s.zero_points == DType::u4 ? static_cast<std::byte>(nibble(from, index)) : from[index];
  }
  std::fill(to + groups, to + shape_.groups, std::byte{0});
}

}  // namespace assay::onednn
