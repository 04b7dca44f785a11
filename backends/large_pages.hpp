// Host memory for tensors, on large pages where the system gives them to those who ask.
//
// What fetches ahead of a processor's reads stops at the end of every page, and each page costs a
// look-up. With pages of 4 KiB, reading in order loses a quarter to that unless several places are read
// at the same time; with pages of 2 MiB every order of reading is as fast as any other.
#pragma once

#include <cstddef>
#include <memory>

namespace assay {

struct FreeMemory {
  void operator()(std::byte* memory) const;
};
using HostMemory = std::unique_ptr<std::byte, FreeMemory>;

// Smaller memory stays on small pages.
inline constexpr std::size_t large_page = std::size_t{2} << 20U;

// `bytes` bytes (at least one), 64-byte aligned, from large_page bytes on at the beginning of a large
// page. Not touched: the first writer places the pages. Null if there is no such memory.
[[nodiscard]] HostMemory allocate_memory(std::size_t bytes);

}  // namespace assay
