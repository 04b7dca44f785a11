// The tile multiply-accumulate: the one place where kernels meet a device's instructions. Each path
// is a file of its own, chosen by its definition; all give the same names:
//
//   K_UNIT   steps of k that one multiply-accumulate takes together: 1, 2 or 4
//   a_unit   K_UNIT elements of one row of a: a float, or 2 or 4 elements side by side in a uint
//   b_unit   the same of VW columns of b, a vector (a scalar where VW is 1)
//   c_unit   VW sums: floatv, or intv where TILE_INTEGER is 1
//   c_unit multiply_accumulate(c_unit c, a_unit a, b_unit b)   c + sum over K_UNIT of a b
//   c_unit multiply_accumulate_lanes(c_unit c, b_unit a, b_unit b)   the same with a unit of a in each
//            lane; only of the paths that attention takes
//
// A path is used on a device only after its probe (probe_tile.cl) gave the right answer there.
#ifndef ASSAY_TILE
#define ASSAY_TILE

#include "vector.cl"

#if defined(PATH_X86_VDPBF16PS)
#include "tile_x86_vdpbf16ps.cl"
#elif defined(PATH_X86_VPDPBUSD)
#include "tile_x86_vpdpbusd.cl"
#elif defined(PATH_KHR_DOT)
#include "tile_khr_dot.cl"
#elif defined(PATH_KHR_FP16)
#include "tile_khr_fp16.cl"
#elif defined(PATH_NVIDIA_DP4A)
#include "tile_nvidia_dp4a.cl"
#elif defined(PATH_AMD_SDOT4)
#include "tile_amd_sdot4.cl"
#else
#include "tile_plain.cl"
#endif

#endif
