#include "kernels/parallel.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace assay {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const std::int64_t count : {0, 1, 7, 64, 1000}) {
    std::vector<int> visits(static_cast<std::size_t>(count));
    parallel_for(count, 13, [&](std::int64_t begin, std::int64_t end) {
      EXPECT_EQ(begin % 13, 0);
      EXPECT_LE(end - begin, 13);
      for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    EXPECT_EQ(visits, std::vector<int>(static_cast<std::size_t>(count), 1));
  }
}

TEST(ParallelFor, PassesAnExceptionOn) {
  EXPECT_THROW(parallel_for(100, 1,
                            [](std::int64_t begin, std::int64_t) {
                              if (begin == 40) throw std::runtime_error("broken");
                            }),
               std::runtime_error);
}

}  // namespace
}  // namespace assay
