#include <algorithm>

#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_nibbles.hpp"
#include "backends/onednn/matmul_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/matmul_gemv_quantised.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "backends/onednn/matmul_gemv_tiles-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

// totals += scale of the group times its sums, which are cleared.
template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void close_group(const GemvShape& shape, const GemvBlock& block, std::int64_t group,
                            Vector (&sums)[kRows][kColumns], Vector (&totals)[kRows][kColumns]) {
  HWY_UNROLL(16)
  for (std::size_t j = 0; j < kColumns; ++j) {
    const Vector scale = hn::Set(Floats(), block.group_scale[signed_of(j) * shape.groups + group]);
    HWY_UNROLL(16)
    for (std::size_t i = 0; i < kRows; ++i) {
      totals[i][j] = hn::MulAdd(sums[i][j], scale, totals[i][j]);
      sums[i][j] = hn::Zero(Floats());
    }
  }
}

// --- bytes: weights of [columns, k], groups of any size ----------------------------------------

struct ByteTile {
  template <bool kZeros, std::size_t kRows, std::size_t kColumns>
  static HWY_INLINE void run(const GemvShape& shape, const GemvBlock& block, std::int64_t row,
                             std::int64_t column, std::int64_t gap) {
    const hn::Rebind<std::int8_t, Floats> stored;
    const std::int64_t size = shape.group;
    const float* const a = reinterpret_cast<const float*>(block.a + row * shape.prepared_row);
    const std::int64_t a_stride = shape.padded_k;
    const auto* const b = reinterpret_cast<const std::int8_t*>(block.b + column * shape.b_stride);
    const std::int64_t stride = gap * shape.b_stride;
    Vector totals[kRows][kColumns];
    Vector sums[kRows][kColumns];
    clear(totals);
    clear(sums);
    for (std::int64_t group = 0; group < shape.groups; ++group) {
      Vector zero[kColumns];
      HWY_UNROLL(16)
      for (std::size_t j = 0; j < kColumns; ++j) {
        zero[j] = hn::Zero(Floats());
        if constexpr (kZeros) {
          zero[j] = hn::Set(
              Floats(), static_cast<float>(block.group_zero[signed_of(j) * shape.groups + group]));
        }
      }
      const auto add = [&](std::size_t j, Vector weights, const Vector(&of_a)[kRows]) {
        const Vector difference = kZeros ? hn::Sub(weights, zero[j]) : weights;
        HWY_UNROLL(16)
        for (std::size_t i = 0; i < kRows; ++i)
          sums[i][j] = hn::MulAdd(of_a[i], difference, sums[i][j]);
      };
      std::int64_t l = group * size;
      const std::int64_t end = l + size;
      for (; l + lanes <= end; l += lanes) {
        Vector of_a[kRows];
        HWY_UNROLL(16)
        for (std::size_t i = 0; i < kRows; ++i)
          of_a[i] = hn::LoadU(Floats(), a + signed_of(i) * a_stride + l);
        HWY_UNROLL(16)
        for (std::size_t j = 0; j < kColumns; ++j) {
          const std::int8_t* const from = b + signed_of(j) * stride + l;
          if (l % 64 == 0) ask_ahead<64>(reinterpret_cast<const std::byte*>(from + shape.b_stride));
          const auto raw = hn::LoadU(stored, from);
          add(j, hn::ConvertTo(Floats(), hn::PromoteTo(Integers(), raw)), of_a);
        }
      }
      if (l < end) {
        const auto rest = static_cast<std::size_t>(end - l);
        Vector of_a[kRows];
        for (std::size_t i = 0; i < kRows; ++i)
          of_a[i] = hn::LoadN(Floats(), a + signed_of(i) * a_stride + l, rest);
        for (std::size_t j = 0; j < kColumns; ++j) {
          const auto raw = hn::LoadN(stored, b + signed_of(j) * stride + l, rest);
          add(j, hn::ConvertTo(Floats(), hn::PromoteTo(Integers(), raw)), of_a);
        }
      }
      close_group(shape, block, group, sums, totals);
    }
    store_totals(block, row, column, gap, totals);
  }
};

// --- nibbles: planes of 4-bit weights, see matmul_nibbles.hpp -----------------------------------

// Weights of a plane as floats less their zero point, by a table of the 16 values.
struct FloatPlanes {
  static constexpr std::int64_t planes = 8;
  static constexpr std::int64_t vectors = nibble_lanes / lanes;  // of a plane
  using Weights = hn::Vec<Unsigned>;
  using Values = Vector;
#if HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86
  using Table = Vector;
  static HWY_INLINE Table table(const std::byte* tables, std::int32_t zero) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(tables) + zero * 16);
  }
  template <int kPlane>
  static HWY_INLINE Values look_up(Weights packed, Table table) {
    // The instruction reads the low four bits of a lane.
    return Vector{_mm512_permutexvar_ps(hn::ShiftRight<4 * kPlane>(packed).raw, table.raw)};
  }
#else
  using Table = Vector;
  static HWY_INLINE Table table(const std::byte*, std::int32_t zero) {
    return hn::Set(Floats(), static_cast<float>(zero));
  }
  template <int kPlane>
  static HWY_INLINE Values look_up(Weights packed, Table zero) {
    const auto nibble = hn::And(hn::ShiftRight<4 * kPlane>(packed), hn::Set(Unsigned(), 15U));
    return hn::Sub(hn::ConvertTo(Floats(), hn::BitCast(Integers(), nibble)), zero);
  }
#endif
  static HWY_INLINE Weights load(const std::byte* chunk, std::int64_t vector) {
    return hn::LoadU(Unsigned(), reinterpret_cast<const std::uint32_t*>(chunk) + vector * lanes);
  }
  using Activations = Vector;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l, std::int64_t vector) {
    return hn::LoadU(Floats(), reinterpret_cast<const float*>(row) + l + vector * lanes);
  }
  static HWY_INLINE Vector add(Activations a, Values b, Vector sums) {
    return hn::MulAdd(a, b, sums);
  }
};

#if ASSAY_BF16_PLANES
struct Bf16Planes {
  static constexpr std::int64_t planes = 4;
  static constexpr std::int64_t vectors = 1;
  using Words = hn::Repartition<std::uint16_t, Floats>;
  using Pairs = hn::Repartition<hwy::bfloat16_t, Floats>;
  using Weights = hn::Vec<Words>;
  using Values = hn::Vec<Pairs>;
  using Table = hn::Vec<Words>;
  static HWY_INLINE Table table(const std::byte* tables, std::int32_t zero) {
    return hn::LoadU(Words(), reinterpret_cast<const std::uint16_t*>(tables) + zero * 32);
  }
  template <int kPlane>
  static HWY_INLINE Values look_up(Weights packed, Table table) {
    // The instruction reads the low five bits of a lane; the table holds its 16 values twice.
    return hn::BitCast(Pairs(), Table{_mm512_permutexvar_epi16(
                                    hn::ShiftRight<4 * kPlane>(packed).raw, table.raw)});
  }
  static HWY_INLINE Weights load(const std::byte* chunk, std::int64_t) {
    return hn::LoadU(Words(), reinterpret_cast<const std::uint16_t*>(chunk));
  }
  using Activations = Values;
  static HWY_INLINE Activations load_a(const std::byte* row, std::int64_t l, std::int64_t) {
    return hn::LoadU(Pairs(), reinterpret_cast<const hwy::bfloat16_t*>(row) + l);
  }
  static HWY_INLINE Vector add(Activations a, Values b, Vector sums) {
    return dot_bf16(Floats(), a, b, sums);
  }
};
#endif

// kPlanes: planes of a group within a chunk; all of them where groups are whole chunks.
template <class Planes, int kPlanes>
struct NibbleTile {
  template <bool kZeros, std::size_t kRows, std::size_t kColumns>
  struct State {
    const GemvShape& shape;
    const GemvBlock& block;
    const std::byte* a;
    Vector totals[kRows][kColumns];
    Vector sums[kRows][kColumns];
    // Without zero points all columns have one.
    typename Planes::Table tables[kZeros ? kColumns : 1];

    HWY_INLINE void open_group(std::int64_t group) {
      if constexpr (kZeros) {
        HWY_UNROLL(16)
        for (std::size_t j = 0; j < kColumns; ++j) {
          tables[j] =
              Planes::table(shape.tables, block.group_zero[signed_of(j) * shape.groups + group]);
        }
      }
    }

    using Chunk = typename Planes::Weights[kColumns][std::size_t{Planes::vectors}];

    template <int kPlane>
    HWY_INLINE void add_plane(const Chunk& packed, std::int64_t l) {
      HWY_UNROLL(4)
      for (std::int64_t vector = 0; vector < Planes::vectors; ++vector) {
        typename Planes::Activations of_a[kRows];
        HWY_UNROLL(16)
        for (std::size_t i = 0; i < kRows; ++i) {
          of_a[i] = Planes::load_a(a + signed_of(i) * shape.prepared_row, l, vector);
        }
        HWY_UNROLL(16)
        for (std::size_t j = 0; j < kColumns; ++j) {
          const auto values =
              Planes::template look_up<kPlane>(packed[j][vector], tables[kZeros ? j : 0]);
          HWY_UNROLL(16)
          for (std::size_t i = 0; i < kRows; ++i)
            sums[i][j] = Planes::add(of_a[i], values, sums[i][j]);
        }
      }
    }

    // Planes [kPlane, planes) of a chunk whose first group is `group`.
    template <int kPlane>
    HWY_INLINE void add_planes(const Chunk& packed, std::int64_t l, std::int64_t group) {
      if constexpr (kPlane < Planes::planes) {
        if constexpr (kPlanes < Planes::planes && kPlane % kPlanes == 0) {
          open_group(group + kPlane / kPlanes);
        }
        add_plane<kPlane>(packed, l + kPlane * nibble_chunk / Planes::planes);
        if constexpr (kPlanes < Planes::planes && (kPlane + 1) % kPlanes == 0) {
          close_group(shape, block, group + kPlane / kPlanes, sums, totals);
        }
        add_planes<kPlane + 1>(packed, l, group);
      }
    }
  };

  template <bool kZeros, std::size_t kRows, std::size_t kColumns>
  static HWY_INLINE void run(const GemvShape& shape, const GemvBlock& block, std::int64_t row,
                             std::int64_t column, std::int64_t gap) {
    State<kZeros, kRows, kColumns> state{shape, block, block.a + row * shape.prepared_row,
                                         {},    {},    {}};
    clear(state.totals);
    clear(state.sums);
    HWY_UNROLL(16)
    for (auto& table : state.tables) {
      table = Planes::table(shape.tables, static_cast<std::int32_t>(shape.zero_bias));
    }
    const std::byte* const b = block.b + column * shape.b_stride;
    const std::int64_t stride = gap * shape.b_stride;
    constexpr bool within = kPlanes < Planes::planes;
    const std::int64_t size = within ? nibble_chunk : shape.group;
    for (std::int64_t first = 0, group = 0; first < shape.padded_k; first += size) {
      if (!within) state.open_group(group);
      const std::int64_t end = std::min(first + size, shape.padded_k);
      for (std::int64_t l = first; l < end; l += nibble_chunk) {
        typename Planes::Weights packed[kColumns][std::size_t{Planes::vectors}];
        HWY_UNROLL(16)
        for (std::size_t j = 0; j < kColumns; ++j) {
          HWY_UNROLL(4)
          for (std::int64_t vector = 0; vector < Planes::vectors; ++vector) {
            const std::byte* const from = b + signed_of(j) * stride + l / 2;
            packed[j][vector] = Planes::load(from, vector);
            if (vector == 0) ask_ahead<nibble_chunk / 2>(from + shape.b_stride);
          }
        }
        state.template add_planes<0>(packed, l, group);
      }
      if (!within) close_group(shape, block, group, state.sums, state.totals);
      group += within ? Planes::planes / kPlanes : 1;
    }
    store_totals(block, row, column, gap, state.totals);
  }
};

}  // namespace

void gemv_grouped(const GemvShape& shape, const GemvBlock& block) {
  run_columns<ByteTile>(shape, block);
}

void gemv_nibbles(const GemvShape& shape, const GemvBlock& block) {
#if ASSAY_BF16_PLANES
  if (shape.matmul.dtype == DType::bf16) {
    switch (shape.group) {
      case 32:
        return run_columns<NibbleTile<Bf16Planes, 1>>(shape, block);
      case 64:
        return run_columns<NibbleTile<Bf16Planes, 2>>(shape, block);
      default:
        return run_columns<NibbleTile<Bf16Planes, 4>>(shape, block);
    }
  }
#endif
  switch (shape.group) {
    case 32:
      return run_columns<NibbleTile<FloatPlanes, 2>>(shape, block);
    case 64:
      return run_columns<NibbleTile<FloatPlanes, 4>>(shape, block);
    default:
      return run_columns<NibbleTile<FloatPlanes, 8>>(shape, block);
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(gemv_grouped);
HWY_EXPORT(gemv_nibbles);

void gemv_grouped(const GemvShape& shape, const GemvBlock& block) {
  HWY_DYNAMIC_DISPATCH(gemv_grouped)(shape, block);
}
void gemv_nibbles(const GemvShape& shape, const GemvBlock& block) {
  HWY_DYNAMIC_DISPATCH(gemv_nibbles)(shape, block);
}

}  // namespace assay::onednn
#endif
