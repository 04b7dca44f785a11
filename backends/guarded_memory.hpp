// Memory whose surroundings are watched: touching the pages next to it ends the process (SIGSEGV),
// and what is written between it and those pages is found by intact().
#pragma once

#include <cstddef>

namespace assay {

class GuardedMemory {
 public:
  // 64-byte aligned and as close to the page behind it as that allows. Error(memory).
  explicit GuardedMemory(std::size_t bytes);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Whether the bytes between the memory and its guard pages are as they were.
  [[nodiscard]] bool intact() const;

 private:
  std::byte* mapping_;  // a guard page, whole pages, a guard page
  std::size_t mapped_;
  std::byte* data_;
  std::size_t size_;
};

}  // namespace assay
