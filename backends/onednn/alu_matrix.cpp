#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/isa.hpp"

#if defined(__x86_64__)

#include <hwy/base.h>

namespace assay::onednn {
namespace {

// A tile of factors or of sums (Intel, Architectures Software Developer's Manual, volume 1, 18).
constexpr std::size_t tile_rows = 16;
constexpr std::size_t tile_row_bytes = 64;
constexpr int chains_per_tile = tile_rows * tile_row_bytes / 4;
// Tiles 0 to 5 are sums, 6 and 7 the factors.
constexpr int most_tiles = 6;

struct alignas(64) TileConfig {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> row_bytes{};
  std::array<std::uint8_t, 16> rows{};
};

using Tile = std::array<std::byte, tile_rows * tile_row_bytes>;

// One instruction multiplies over 64 bytes: two steps, the factors of the first and of the second.
// Every row of a is the same, and every column of b: four bytes of factors a row.
struct alignas(64) Factors {
  Tile a, b;
};

Factors factors_of(const AluBlock& block) {
  Factors f;
  for (std::size_t row = 0; row < tile_rows; ++row) {
    std::memcpy(f.a.data() + tile_row_bytes * row, block.a, tile_row_bytes);
    for (std::size_t column = 0; column < tile_row_bytes; column += 4) {
      std::memcpy(f.b.data() + tile_row_bytes * row + column, block.b + 4 * row, 4);
    }
  }
  return f;
}

}  // namespace
}  // namespace assay::onednn

// Compilers know no tiles: nothing but these instructions touches them. The oldest assemblers that we
// build with lack tdpfp16ps, so that its bytes are written out.
HWY_PUSH_ATTRIBUTES("amx-tile,amx-bf16,amx-int8")
namespace assay::onednn {
namespace {
namespace amx {

struct Bf16 {
  template <int kTile>
  static HWY_INLINE void step() {
    __asm__ volatile("tdpbf16ps %%tmm7, %%tmm6, %%tmm%c0" : : "i"(kTile));
  }
};
struct Int8 {
  template <int kTile>
  static HWY_INLINE void step() {
    __asm__ volatile("tdpbssd %%tmm7, %%tmm6, %%tmm%c0" : : "i"(kTile));
  }
};
struct Half {
  template <int kTile>
  static HWY_INLINE void step() {
    __asm__ volatile(".byte 0xc4, 0xe2, 0x43, 0x5c, %c0" : : "i"(0xc6 + 8 * kTile));
  }
};

template <int kTile>
HWY_INLINE void load(const std::byte* from) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2"
                   :
                   : "r"(from), "r"(std::int64_t{tile_row_bytes}), "i"(kTile)
                   : "memory");
}
template <int kTile>
HWY_INLINE void store(std::byte* to) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)"
                   :
                   : "r"(to), "r"(std::int64_t{tile_row_bytes}), "i"(kTile)
                   : "memory");
}

template <class Operation, int... kTile>
HWY_INLINE void advance(const AluBlock& block, std::integer_sequence<int, kTile...>) {
  (load<kTile>(block.x + sizeof(Tile) * kTile), ...);
  for (std::int64_t t = 0; t < block.steps; t += 2) (Operation::template step<kTile>(), ...);
  (store<kTile>(block.out + sizeof(Tile) * kTile), ...);
}

template <class Operation, int kTiles>
void run_tiles(const AluBlock& block) {
  TileConfig config;
  config.row_bytes.fill(0);
  for (std::size_t tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = tile_row_bytes;
    config.rows[tile] = tile_rows;
  }
  const Factors factors = factors_of(block);
  __asm__ volatile("ldtilecfg %0" : : "m"(config));
  load<6>(factors.a.data());
  load<7>(factors.b.data());
  advance<Operation>(block, std::make_integer_sequence<int, kTiles>());
  __asm__ volatile("tilerelease");
}

template <class Operation>
AluRun choose(int tiles) {
  constexpr std::array<AluRun, most_tiles> all = {run_tiles<Operation, 1>, run_tiles<Operation, 2>,
                                                  run_tiles<Operation, 3>, run_tiles<Operation, 4>,
                                                  run_tiles<Operation, 5>, run_tiles<Operation, 6>};
  return tiles < 1 || tiles > most_tiles ? nullptr : all[static_cast<std::size_t>(tiles - 1)];
}

}  // namespace amx
}  // namespace
}  // namespace assay::onednn
HWY_POP_ATTRIBUTES

namespace assay::onednn {

AluCode amx_code(const AluShape& shape) {
  AluCode code = laid_out(shape, "amx", most_tiles, chains_per_tile);
  if (code.width != chains_per_tile) return code;
  code.run = shape.dtype == DType::bf16  ? amx::choose<amx::Bf16>(code.accumulators)
             : shape.dtype == DType::f16 ? amx::choose<amx::Half>(code.accumulators)
                                         : amx::choose<amx::Int8>(code.accumulators);
  return code;
}

AluCode find_alu_matrix(const AluShape& shape) {
  const bool multiplied = shape.dtype != DType::f32;  // by no tiles, whatever else they take
  if (multiplied && has_matrix_products(shape.dtype) && cpu_has_amx(shape.dtype)) {
    return or_missing(amx_code(shape), shape);
  }
  AluCode code;
  code.missing =
      "this processor, its system, or ONEDNN_MAX_CPU_ISA, lacks matrix instructions (amx) for " +
      std::string(name(shape.dtype));
  return code;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

AluCode find_alu_matrix(const AluShape&) {
  AluCode code;
  code.missing = "matrix instructions of processors are written for x86 only";
  return code;
}

}  // namespace assay::onednn

#endif
