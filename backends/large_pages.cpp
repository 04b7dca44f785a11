#include "backends/large_pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

namespace assay {

void FreeMemory::operator()(std::byte* memory) const { std::free(memory); }

HostMemory allocate_memory(std::size_t bytes) {
  constexpr std::size_t line = 64;
  // No address space is larger, and sanitizers end a process that asks.
  if (bytes >= std::size_t{1} << 48U) return nullptr;
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + line - 1) / line * line;
  if (rounded < large_page) {
    return HostMemory(static_cast<std::byte*>(std::aligned_alloc(line, rounded)));
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, large_page, rounded) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  // Only advice: pages stay small where the system has no larger ones.
  static_cast<void>(madvise(memory, rounded, MADV_HUGEPAGE));
#endif
  return HostMemory(static_cast<std::byte*>(memory));
}

}  // namespace assay
