#include "backends/onednn/isa.hpp"

#include <array>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

namespace assay::onednn {
namespace {

// In rising order; a later oneDNN may know more.
constexpr std::array isa_names = {
    std::pair{dnnl_cpu_isa_default, "default"},
    std::pair{dnnl_cpu_isa_sse41, "sse41"},
    std::pair{dnnl_cpu_isa_avx, "avx"},
    std::pair{dnnl_cpu_isa_avx2, "avx2"},
    std::pair{dnnl_cpu_isa_avx2_vnni, "avx2_vnni"},
    std::pair{dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2"},
    std::pair{dnnl_cpu_isa_avx512_core, "avx512_core"},
    std::pair{dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
    std::pair{dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
    std::pair{dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16"},
    std::pair{dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
    std::pair{dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16"},
};

}  // namespace

std::string library_version() {
  const dnnl_version_t* const version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

std::string threading_runtime() {
  switch (dnnl_version()->cpu_runtime) {
    case DNNL_RUNTIME_SEQ:
      return "sequential";
    case DNNL_RUNTIME_OMP:
      return "OMP";
    case DNNL_RUNTIME_TBB:
      return "TBB";
    case DNNL_RUNTIME_THREADPOOL:
      return "thread pool";
    default:
      return "unknown threading";
  }
}

std::string effective_isa() {
  const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  for (const auto& [value, name] : isa_names) {
    if (value == isa) return name;
  }
  return "isa " + std::to_string(isa);
}

int effective_vector_bytes() {
  const auto isa = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  // Each value is a set of bits that contains those of what it builds upon.
  const auto has = [isa](dnnl_cpu_isa_t part) {
    return (isa & static_cast<unsigned>(part)) == static_cast<unsigned>(part);
  };
  if (isa == static_cast<unsigned>(dnnl_cpu_isa_default)) return 0;
  if (has(dnnl_cpu_isa_avx512_core)) return 64;
  return has(dnnl_cpu_isa_avx2) ? 32 : 16;
}

}  // namespace assay::onednn
