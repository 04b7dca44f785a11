#include "backends/onednn/vector_limit.hpp"

#include <hwy/targets.h>

#include "backends/onednn/isa.hpp"

namespace assay::onednn {

void limit_vectors() {
  const int bytes = effective_vector_bytes();
  if (bytes == 0) return;
  std::int64_t above = 0;
  if (!has_bf16_products()) above |= HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (!sums_int8_exactly()) above |= HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (bytes < 64) above |= HWY_AVX3 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (bytes < 32) above |= HWY_AVX2;
  if (above != 0) hwy::DisableTargets(above);
}

}  // namespace assay::onednn
