// Instructions that this processor lacks, computed when it meets them: AMX, dot products of AVX-VNNI and
// multiply-adds of AVX512-FP16, as far as kernel alu's code needs them. Code for processors that aren't
// here can so be run and its answers checked; its speed can't.
#pragma once

#include <cstdint>

namespace assay {

// While it lives, a thread's illegal instructions are looked at and computed; one that isn't known ends
// the process as ever. x86-64 Linux only; one at a time.
class EmulatedInstructions {
 public:
  EmulatedInstructions();
  ~EmulatedInstructions();
  EmulatedInstructions(const EmulatedInstructions&) = delete;
  EmulatedInstructions& operator=(const EmulatedInstructions&) = delete;
  // How many were computed so far.
  [[nodiscard]] std::int64_t count() const;
};

}  // namespace assay
