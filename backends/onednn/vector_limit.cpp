#include "backends/onednn/vector_limit.hpp"

#include <hwy/targets.h>

#include "backends/onednn/cpu_features.hpp"
#include "backends/onednn/isa.hpp"

namespace assay::onednn {
namespace {

std::int64_t targets_above_limit() {
  const int bytes = effective_vector_bytes();
  if (bytes == 0) return 0;
  std::int64_t above = 0;
  if (!has_bf16_products()) above |= HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (!sums_int8_exactly()) above |= HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (bytes < 64) above |= HWY_AVX3 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR;
  if (!has_fma()) above |= HWY_AVX2;
  return above;
}

// Whether the processor has more than the limit lets be used.
bool limit_matters() {
  if ((targets_above_limit() & hwy::SupportedTargets()) != 0) return true;
  return cpu_has_amx(DType::bf16) && !has_matrix_products(DType::bf16);
}

}  // namespace

bool limit_vectors() {
  // Before anything is taken from Highway's choice.
  static const bool limited = limit_matters();
  if (const std::int64_t above = targets_above_limit(); above != 0) hwy::DisableTargets(above);
  return limited;
}

std::int64_t usable_targets() {
  const std::int64_t targets = hwy::SupportedTargets();
  // It chooses among all that it detects, disabled ones too, and expects its caller to choose again.
  hwy::GetChosenTarget().Update(targets);
  return targets;
}

}  // namespace assay::onednn
