// Threads of the processor: how many, and work that always meets the same ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace assay::onednn {

// Threads of a parallel region. Counted: omp.h comes with one compiler, and tools that read the code
// with another don't find it.
[[nodiscard]] int count_threads();

// Calls work(0) … work(count - 1), each on the thread of that number where there are so many.
template <typename Work>
void for_each_thread(int count, const Work& work) {
#pragma omp parallel for schedule(static, 1) num_threads(count)
  for (int thread = 0; thread < count; ++thread) work(thread);
}

// To be called by all threads of a parallel region of `count` threads: the number that for_each_thread
// would give the calling one.
[[nodiscard]] inline int thread_number(int count) {
  int number = 0;
#pragma omp for schedule(static, 1) nowait
  for (int thread = 0; thread < count; ++thread) number = thread;
  return number;
}

struct Range {
  std::int64_t begin = 0, end = 0;
};

// The share of `thread` among `threads`: equal parts of [0, count) that begin at multiples of `unit`.
[[nodiscard]] inline Range share_of(std::int64_t count, std::int64_t unit, int thread,
                                    int threads) {
  const std::int64_t units = (count + unit - 1) / unit;
  const auto border = [&](int i) {
    const std::int64_t at = units * i / threads * unit;
    return at < count ? at : count;
  };
  return {border(thread), border(thread + 1)};
}

// Zeroes a share of `memory` with each thread: pages are placed by whoever touches them first, and none
// should be left for a call.
inline void touch_shares(std::span<std::byte> memory, int threads) {
  constexpr std::int64_t page = 4096;
  for_each_thread(threads, [&](int thread) {
    const Range part = share_of(static_cast<std::int64_t>(memory.size()), page, thread, threads);
    std::fill(memory.begin() + part.begin, memory.begin() + part.end, std::byte{0});
  });
}

}  // namespace assay::onednn
