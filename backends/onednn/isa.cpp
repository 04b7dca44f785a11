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

// Each value is a set of bits that contains those of what it builds upon.
bool includes(dnnl_cpu_isa_t part) {
  return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & static_cast<unsigned>(part)) ==
         static_cast<unsigned>(part);
}

// No limit, or not an x86 processor.
bool is_default() { return dnnl_get_effective_cpu_isa() == dnnl_cpu_isa_default; }

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
  if (is_default()) return 0;
  if (includes(dnnl_cpu_isa_avx512_core)) return 64;
  return includes(dnnl_cpu_isa_avx2) ? 32 : 16;
}

bool has_bf16_products() { return is_default() || includes(dnnl_cpu_isa_avx512_core_bf16); }

bool sums_int8_exactly() {
  return is_default() || includes(dnnl_cpu_isa_avx512_core_vnni) ||
         includes(dnnl_cpu_isa_avx2_vnni);
}

std::string instruction_path(DType dtype, std::string_view implementation) {
  const auto has = [&](std::string_view word) {
    return implementation.find(word) != std::string_view::npos;
  };
  if (implementation.starts_with("ref") || has(":ref")) return {};
  if (dtype == DType::f32) return "f32.fma";
  const std::string type(dtype == DType::u8 ? "s8" : name(dtype));
  if (has("amx")) return type + ".matrix";
  if (type == "s8") return has("vnni") ? "s8.dot" : "";
  if (dtype == DType::f16) return has("fp16") ? "f16.fma" : "f32.fma";
  if (has("bf16")) return "bf16.dot";
  // "gemm:jit" doesn't say which instructions it found.
  return has("avx") || has("sse") ? "f32.fma" : "";
}

}  // namespace assay::onednn
