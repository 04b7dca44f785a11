#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/cpu_features.hpp"

#if defined(__aarch64__) && defined(__linux__)

#include <cstdint>

// Vectors whose length is only known when the program runs can't form an array of accumulators, as the
// other chains have them: registers are numbered here.
//
// x: z0 and on, a: z24 and z25, b: z26 and z27.
#define ASSAY_SVE_CHAINS(count, numbers)                                                      \
  void run_sve_##count(const AluBlock& block) {                                               \
    std::int64_t steps = block.steps;                                                         \
    const std::byte* from = block.x;                                                          \
    std::byte* to = block.out;                                                                \
    __asm__ volatile(                                                                         \
        ".arch_extension sve\n"                                                               \
        "ptrue p0.s\n"                                                                        \
        "ld1rw {z24.s}, p0/z, [%[a]]\n"                                                       \
        "ld1rw {z25.s}, p0/z, [%[a], #4]\n"                                                   \
        "ld1rw {z26.s}, p0/z, [%[b]]\n"                                                       \
        "ld1rw {z27.s}, p0/z, [%[b], #4]\n"                                                   \
        ".irp n," numbers                                                                     \
        "\n"                                                                                  \
        "ld1w {z\\n\\().s}, p0/z, [%[from]]\n"                                                \
        "addvl %[from], %[from], #1\n"                                                        \
        ".endr\n"                                                                             \
        "1:\n"                                                                                \
        ".irp n," numbers                                                                     \
        "\n"                                                                                  \
        "fmad z\\n\\().s, p0/m, z24.s, z26.s\n"                                               \
        ".endr\n"                                                                             \
        ".irp n," numbers                                                                     \
        "\n"                                                                                  \
        "fmad z\\n\\().s, p0/m, z25.s, z27.s\n"                                               \
        ".endr\n"                                                                             \
        "subs %[steps], %[steps], #2\n"                                                       \
        "b.gt 1b\n"                                                                           \
        ".irp n," numbers                                                                     \
        "\n"                                                                                  \
        "st1w {z\\n\\().s}, p0, [%[to]]\n"                                                    \
        "addvl %[to], %[to], #1\n"                                                            \
        ".endr\n"                                                                             \
        : [steps] "+r"(steps), [from] "+r"(from), [to] "+r"(to)                               \
        : [a] "r"(block.a), [b] "r"(block.b)                                                  \
        : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",  \
          "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", \
          "v23", "v24", "v25", "v26", "v27");                                                 \
  }

namespace assay::onednn {
namespace {

ASSAY_SVE_CHAINS(1, "0")
ASSAY_SVE_CHAINS(2, "0,1")
ASSAY_SVE_CHAINS(4, "0,1,2,3")
ASSAY_SVE_CHAINS(8, "0,1,2,3,4,5,6,7")
ASSAY_SVE_CHAINS(12, "0,1,2,3,4,5,6,7,8,9,10,11")
ASSAY_SVE_CHAINS(16, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15")
ASSAY_SVE_CHAINS(20, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19")
ASSAY_SVE_CHAINS(24, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23")

AluRun run_for(int accumulators) {
  switch (accumulators) {
    case 1:
      return run_sve_1;
    case 2:
      return run_sve_2;
    case 4:
      return run_sve_4;
    case 8:
      return run_sve_8;
    case 12:
      return run_sve_12;
    case 16:
      return run_sve_16;
    case 20:
      return run_sve_20;
    case 24:
      return run_sve_24;
    default:
      return nullptr;
  }
}

}  // namespace

AluCode sve_code(const AluShape& shape) {
  const int width = sve_bytes() / 4;
  AluCode code = laid_out(shape, "sve", 24, width);
  if (code.width == width && !shape.loads) code.run = run_for(code.accumulators);
  return code;
}

}  // namespace assay::onednn

#else

namespace assay::onednn {

AluCode sve_code(const AluShape& shape) { return laid_out(shape, "sve", 24, 0); }

}  // namespace assay::onednn

#endif
