// Which instruction sets the vector code is compiled for; before any header of Highway.
// Left out: sets that add nothing to this code, and sizeless vectors (SVE, RVV), which can't form
// the arrays of accumulators that it keeps in registers.
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_ALL_SVE | HWY_RVV)
#endif
