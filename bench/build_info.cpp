#include "bench/build_info.hpp"

#include "build_values.hpp"

namespace assay {

BuildInfo build_info() {
  return {.version = build_values::version,
          .revision = build_values::revision,
          .kernel_sources = build_values::kernel_sources,
          .compiler = build_values::compiler,
          .flags = build_values::flags,
          .build_type = build_values::build_type};
}

}  // namespace assay
