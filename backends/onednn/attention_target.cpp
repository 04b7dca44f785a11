// First: it decides what Highway's headers mean.
#include "backends/onednn/attention_targets.hpp"

#include <hwy/targets.h>

#include <algorithm>
#include <cctype>

#include "backends/onednn/attention.hpp"
#include "backends/onednn/vector_limit.hpp"

namespace assay::onednn {

std::string attention_target() {
  const std::int64_t compiled = HWY_TARGETS;
  // Highway's better targets are lower bits.
  const std::int64_t usable = usable_targets() & compiled;
  const std::int64_t best = usable & -usable;
  if ((best & (HWY_AVX3 | HWY_AVX3_ZEN4 | HWY_AVX3_SPR)) != 0) return "avx512";
  std::string name = hwy::TargetName(best);
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace assay::onednn
