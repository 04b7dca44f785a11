#include "backends/onednn/cpu_features.hpp"

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace assay::onednn {
namespace {

// Intel, Architectures Software Developer's Manual, volume 2, CPUID, leaf 7.
struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};
Registers leaf_7(unsigned subleaf) {
  Registers r;
  if (__get_cpuid_count(7, 0, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  if (subleaf == 0) return r;
  if (r.eax < subleaf) return {};
  __get_cpuid_count(7, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool bit(unsigned word, int index) { return ((word >> static_cast<unsigned>(index)) & 1U) != 0; }

// Registers that the system saves and restores.
std::uint64_t enabled_state() {
  Registers r;
  if (__get_cpuid(1, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0 || !bit(r.ecx, 27)) return 0;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32U) | low;
}

// Linux, Documentation/arch/x86/xstate.rst: tile data must be asked for.
bool ask_for_tiles() {
  constexpr std::uint64_t tiles = (1U << 17U) | (1U << 18U);
  constexpr int request = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int tile_data = 18;
  return (enabled_state() & tiles) == tiles && ::syscall(SYS_arch_prctl, request, tile_data) == 0;
}

}  // namespace

bool cpu_has_avx_vnni() { return __builtin_cpu_supports("avx2") != 0 && bit(leaf_7(1).eax, 4); }

bool cpu_has_avx512_fp16() {
  return __builtin_cpu_supports("avx512bw") != 0 && bit(leaf_7(0).edx, 23);
}

bool cpu_has_amx(DType dtype) {
  const unsigned features = leaf_7(0).edx;
  const bool there = bit(features, 24) && (dtype == DType::bf16  ? bit(features, 22)
                                           : dtype == DType::f16 ? bit(leaf_7(1).eax, 21)
                                                                 : bit(features, 25));
  if (!there) return false;
  static const bool allowed = ask_for_tiles();
  return allowed;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

bool cpu_has_avx_vnni() { return false; }
bool cpu_has_avx512_fp16() { return false; }
bool cpu_has_amx(DType) { return false; }

}  // namespace assay::onednn

#endif

#if defined(__aarch64__) && defined(__linux__)

#include <sys/prctl.h>

namespace assay::onednn {

int sve_bytes() {
  // A kernel or a processor without them knows no such request.
  const int length = ::prctl(PR_SVE_GET_VL);
  return length < 0 ? 0 : length & PR_SVE_VL_LEN_MASK;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

int sve_bytes() { return 0; }

}  // namespace assay::onednn

#endif
