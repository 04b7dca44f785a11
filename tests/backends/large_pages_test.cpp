#include "backends/large_pages.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

namespace assay {
namespace {

std::uintptr_t address(const HostMemory& memory) {
  return reinterpret_cast<std::uintptr_t>(memory.get());
}

// Whether the kernel was told to give `address` large pages: the flag "hg" of its mapping.
bool asks_for_large_pages(std::uintptr_t address) {
  std::ifstream maps("/proc/self/smaps");
  bool within = false;
  for (std::string line; std::getline(maps, line);) {
    const auto dash = line.find('-');
    if (dash != std::string::npos && dash < line.find(' ')) {
      within = std::stoull(line, nullptr, 16) <= address &&
               address < std::stoull(line.substr(dash + 1), nullptr, 16);
    }
    if (within && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
  }
  return false;
}

TEST(LargePages, MemoryIsAlignedAndWritable) {
  for (const std::size_t bytes : {0UL, 1UL, 63UL, 4097UL, large_page - 64, large_page, 5000001UL}) {
    const HostMemory memory = allocate_memory(bytes);
    ASSERT_TRUE(memory) << bytes;
    EXPECT_EQ(address(memory) % (bytes < large_page ? 64 : large_page), 0U) << bytes;
    if (bytes == 0) continue;
    memory.get()[0] = std::byte{1};
    memory.get()[bytes - 1] = std::byte{1};
  }
}

TEST(LargePages, AreAskedForFromTheirSizeOn) {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
    GTEST_SKIP() << "no such pages";
  const HostMemory large = allocate_memory(3 * large_page);
  EXPECT_TRUE(asks_for_large_pages(address(large)));
  const HostMemory small = allocate_memory(large_page / 2);
  EXPECT_FALSE(asks_for_large_pages(address(small)));
}

TEST(LargePages, NoMemoryIsNull) {
  EXPECT_FALSE(allocate_memory(std::numeric_limits<std::size_t>::max()));
}

}  // namespace
}  // namespace assay
