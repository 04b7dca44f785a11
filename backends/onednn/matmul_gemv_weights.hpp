// The weights of a product as the vector code reads them: as stored, or packed by bind().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/matmul_gemv_block.hpp"

namespace assay::onednn {

class GemvWeights {
 public:
  // Packs with `threads` threads, each the columns that it will compute.
  GemvWeights(const Problem& problem, const GemvShape& shape, int threads,
              std::span<Buffer* const> buffers);

  // Memory that a call reads beyond that of the problem's tensors; negative counts as none.
  [[nodiscard]] std::size_t extra_bytes() const { return extra_bytes_; }

  // Points a block at column `place`, counted over all batch elements.
  void place(std::int64_t place, GemvBlock& block) const;

 private:
  struct Sources {
    const std::byte* b;
    const std::uint16_t* scale;
    const std::byte* zero;
  };
  void pack_columns(const Sources& from, std::int64_t begin, std::int64_t end);
  void pack_column(const std::byte* b, std::int64_t column, std::byte* to) const;
  void pack_zero_points(const std::byte* from, std::int64_t column);

  const GemvShape& shape_;
  const std::byte* b_ = nullptr;
  const std::uint16_t* scale_ = nullptr;
  const std::uint8_t* zero_ = nullptr;
  std::unique_ptr<HostBuffer> packed_b_, packed_scale_, packed_zero_;
  std::size_t extra_bytes_ = 0;
};

}  // namespace assay::onednn
