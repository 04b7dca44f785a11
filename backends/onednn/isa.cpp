#include "backends/onednn/isa.hpp"

#include <algorithm>
#include <array>
#include <oneapi/dnnl/dnnl.hpp>

namespace assay::onednn {
namespace {

// What an instruction set multiplies operands of each type with, by the keys of kernel alu. Types that
// it lacks are converted to f32: bfloat16 and f16 alike, f16 even where the processor has sums of f16
// (oneDNN, get_mac_emu_data_type() and jit_brgemm_kernel_t::dot_product()).
struct Isa {
  dnnl_cpu_isa_t value;
  std::string_view name;
  std::string_view bf16, f16, s8;
};

// Pairs of products in 16 bits (vpmaddubsw): kernel alu has no such chain.
constexpr std::string_view s8_pairs = "s8.pairs";

// In rising order, and by all names that oneDNN has had for one: a later one may know more.
constexpr std::array isas = {
    Isa{dnnl_cpu_isa_sse41, "sse41", "f32.fma", "f32.fma", s8_pairs},
    Isa{dnnl_cpu_isa_avx, "avx", "f32.fma", "f32.fma", s8_pairs},
    Isa{dnnl_cpu_isa_avx2, "avx2", "f32.fma", "f32.fma", s8_pairs},
    Isa{dnnl_cpu_isa_avx2_vnni, "avx2_vnni", "f32.fma", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2", "f32.fma", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx512_core, "avx512_core", "f32.fma", "f32.fma", s8_pairs},
    Isa{dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni", "f32.fma", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16", "bf16.dot", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16", "bf16.dot", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx512_core_fp16, "avx10_1_512", "bf16.dot", "f32.fma", "s8.dot"},
    Isa{dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx", "bf16.matrix", "f32.fma", "s8.matrix"},
    Isa{dnnl_cpu_isa_avx512_core_amx, "avx10_1_512_amx", "bf16.matrix", "f32.fma", "s8.matrix"},
    Isa{dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16", "bf16.matrix", "f16.matrix",
        "s8.matrix"},
    Isa{dnnl_cpu_isa_avx512_core_amx_fp16, "avx10_1_512_amx_fp16", "bf16.matrix", "f16.matrix",
        "s8.matrix"},
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
  if (is_default()) return "default";
  const dnnl_cpu_isa_t value = dnnl_get_effective_cpu_isa();
  const auto* const found = std::ranges::find(isas, value, &Isa::value);
  return found != isas.end() ? std::string(found->name) : "isa " + std::to_string(value);
}

int effective_vector_bytes() {
  if (is_default()) return 0;
  if (includes(dnnl_cpu_isa_avx512_core)) return 64;
  return includes(dnnl_cpu_isa_avx) ? 32 : 16;
}

bool has_avx() { return is_default() || includes(dnnl_cpu_isa_avx); }

bool has_fma() { return is_default() || includes(dnnl_cpu_isa_avx2); }

bool has_bf16_products() { return is_default() || includes(dnnl_cpu_isa_avx512_core_bf16); }

bool sums_int8_exactly() {
  return is_default() || includes(dnnl_cpu_isa_avx512_core_vnni) ||
         includes(dnnl_cpu_isa_avx2_vnni);
}

bool has_matrix_products(DType dtype) {
  if (is_default()) return true;
  return includes(dtype == DType::f16 ? dnnl_cpu_isa_avx512_core_amx_fp16
                                      : dnnl_cpu_isa_avx512_core_amx);
}

std::string instruction_path(DType dtype, std::string_view implementation) {
  if (implementation.starts_with("ref") || implementation.find(":ref") != std::string_view::npos) {
    return {};
  }
  if (dtype == DType::f32) return "f32.fma";
  // The whole word: a set that isn't known may have wider products than the one it is named after.
  const std::size_t colon = implementation.rfind(':');
  const std::string_view word =
      colon == std::string_view::npos ? implementation : implementation.substr(colon + 1);
  const auto* const isa = std::ranges::find(isas, word, &Isa::name);
  // "gemm:jit" doesn't say which instructions it found; nor does a processor that isn't an x86 one.
  if (isa == isas.end()) return {};
  if (dtype == DType::bf16) return std::string(isa->bf16);
  return std::string(dtype == DType::f16 ? isa->f16 : isa->s8);
}

}  // namespace assay::onednn
