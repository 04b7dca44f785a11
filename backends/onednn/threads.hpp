// Threads of the processor: how many, and work that always meets the same ones.
#pragma once

#include <cstdint>

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

}  // namespace assay::onednn
