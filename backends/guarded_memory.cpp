#include "backends/guarded_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::byte untouched{0xa5};

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

std::size_t rounded(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes) : size_(bytes) {
  const std::size_t page = page_bytes();
  const Error none(Error::Kind::memory, "can't allocate " + std::to_string(bytes) + " bytes");
  if (bytes > std::size_t{1} << 62U) throw none;
  const std::size_t used = rounded(bytes, alignment);
  mapped_ = rounded(used, page) + 2 * page;
  void* const mapping =
      mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw none;
  mapping_ = static_cast<std::byte*>(mapping);
  if (mprotect(mapping_ + page, mapped_ - 2 * page, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapping_, mapped_);
    throw none;
  }
  data_ = mapping_ + mapped_ - page - used;
  std::fill(mapping_ + page, data_, untouched);
  std::fill(data_ + size_, data_ + used, untouched);
}

GuardedMemory::~GuardedMemory() { munmap(mapping_, mapped_); }

bool GuardedMemory::intact() const {
  const std::size_t page = page_bytes();
  const auto is_untouched = [](std::byte each) { return each == untouched; };
  return std::all_of(mapping_ + page, data_, is_untouched) &&
         std::all_of(data_ + size_, mapping_ + mapped_ - page, is_untouched);
}

}  // namespace assay
