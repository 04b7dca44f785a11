// Matrix instructions of GPUs: the sub-group's work-items hold the tiles of a, b and c together. Each
// path is a file of its own, chosen by its definition; all give the same names:
//
//   FRAGMENT_M, FRAGMENT_N   outputs of one fragment; FRAGMENT_BYTES  of k, in a row of a or b
//   FRAGMENT_LANES           work-items of a sub-group; FRAGMENT_ATTRIBUTE  what a kernel needs
//   a_fragment, b_fragment, c_fragment   what one work-item holds; sum_fragment: float or int
//   zero_fragment()
//   load_a_fragment(tile, row, byte, lane)   from rows `row`... of a tile in local memory, at that
//   load_b_fragment(tile, row, byte, lane)   byte of the tile's rows; a row of b is a column of b's
//                                            matrix, k running along the row
//   multiply_accumulate_fragment(c, a, b)
//   store_fragment(c, stage, lane)           to [FRAGMENT_M][FRAGMENT_N] in local memory
//   copy_chunk(tile, offset, source)         16 bytes from global to local memory, maybe later:
//   copies_commit(), copies_wait(n)          after this, all but the newest n commits have arrived
//
// FRAGMENT_TYPE is f16, bf16 or s8. Tiles have rows of TILE_BYTES bytes; TILE_OFFSET places a byte so
// that eight rows read at the same byte meet different banks.
#ifndef ASSAY_FRAGMENT
#define ASSAY_FRAGMENT

#include "convert.cl"

#define TYPE_f16 1
#define TYPE_bf16 2
#define TYPE_s8 3
#define FRAGMENT_IS(type) (CAT(TYPE_, FRAGMENT_TYPE) == CAT(TYPE_, type))

#define TILE_BYTES 64
#if defined(PATH_NVIDIA_WMMA)
#define TILE_STRIDE 80
#define TILE_OFFSET(row, byte) ((row) * TILE_STRIDE + (byte))
#else
#define TILE_STRIDE 64
#define TILE_OFFSET(row, byte) \
  ((row) * TILE_STRIDE + (((((byte) >> 4) ^ ((row) >> 1)) & 3) << 4) + ((byte) & 15))
#endif

#if FRAGMENT_IS(s8)
typedef int sum_fragment;
#else
typedef float sum_fragment;
#endif

// Before a loop over what a work-item holds: fragments stay in registers only where every index is known.
// Without instructions they are arrays, and unrolling takes a compiler minutes.
#if defined(PATH_NVIDIA_MMA) || defined(PATH_NVIDIA_WMMA) || defined(PATH_INTEL_DPAS) || \
    defined(PATH_AMD_WMMA) || defined(PATH_AMD_MFMA)
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("unroll 1")
#endif

#if defined(PATH_NVIDIA_MMA)
#include "fragment_nvidia_mma.cl"
#elif defined(PATH_NVIDIA_WMMA)
#include "fragment_nvidia_wmma.cl"
#elif defined(PATH_INTEL_DPAS)
#include "fragment_intel_dpas.cl"
#elif defined(PATH_AMD_WMMA)
#include "fragment_amd_wmma.cl"
#elif defined(PATH_AMD_MFMA)
#include "fragment_amd_mfma.cl"
#else
#include "fragment_plain.cl"
#endif

#ifndef FRAGMENT_ASYNC
void copy_chunk(__local uchar *tile, int offset, __global const uchar *source) {
  *(__local uint4 *)(tile + offset) = *(__global const uint4 *)source;
}
#define copies_commit()
#define copies_wait(n)
#endif

#endif
