#include "kernels/stream.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "bench/check.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Data {
  explicit Data(const std::string& name) : problem(parse_problem(name)) {
    for (const TensorSpec& spec : problem.tensors) memory.emplace_back(spec.bytes());
    std::vector<std::span<std::byte>> all(memory.begin(), memory.end());
    fill_tensors(problem, Fill::random, 3, all);
    inputs.assign(all.begin(), all.end());
  }
  [[nodiscard]] float at(std::size_t tensor, std::int64_t i) const {
    return static_cast<float>(load(DType::f32, inputs[tensor].data(), i));
  }
  void put(std::int64_t i, float value) {
    store(DType::f32, memory.back().data(), i, static_cast<double>(value));
  }
  [[nodiscard]] bool passes() const {
    return Checker(problem, inputs, 9).check(memory.back()).passed;
  }
  // Sums as the definition says, `skipped` element left out.
  void sum(std::int64_t passes, std::int64_t skipped = -1) {
    const std::int64_t n = problem.tensors[0].elements();
    for (std::int64_t j = 0; j * stream_block < n; ++j) {
      float total = 0;
      for (std::int64_t i = j * stream_block; i < std::min((j + 1) * stream_block, n); ++i) {
        if (i != skipped) total += at(0, i);
      }
      put(j, static_cast<float>(passes) * total);
    }
  }

  Problem problem;
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::span<const std::byte>> inputs;
};

TEST(Stream, ReadIsTheSumOfEachBlock) {
  Data data("stream/op:read/bytes:40004/passes:3");  // 10001 elements: the last block is smaller
  EXPECT_EQ(data.problem.output().elements(), 3);
  data.sum(3);
  EXPECT_TRUE(data.passes());
}

TEST(Stream, ASkippedElementOrPassIsSeen) {
  Data data("stream/op:read/bytes:40004/passes:3");
  data.sum(2);
  EXPECT_FALSE(data.passes());
  int seen = 0;
  for (std::int64_t i = 0; i < 10001; i += 500) {
    data.sum(3, i);
    seen += data.passes() ? 0 : 1;
  }
  EXPECT_GE(seen, 19);  // of 21; an element may be near 0
}

TEST(Stream, CopyIsExactAndTriadAddsThrice) {
  Data copy("stream/op:copy/bytes:800");
  for (std::int64_t i = 0; i < 100; ++i) copy.put(i, copy.at(0, i));
  EXPECT_TRUE(copy.passes());
  copy.put(99, copy.at(0, 98));
  EXPECT_FALSE(copy.passes());
  Data triad("stream/op:triad_nt/bytes:1200");
  for (std::int64_t i = 0; i < 100; ++i) triad.put(i, triad.at(0, i) + 3 * triad.at(1, i));
  EXPECT_TRUE(triad.passes());
  triad.put(0, triad.at(0, 0) + triad.at(1, 0));
  EXPECT_FALSE(triad.passes());
}

TEST(Stream, CountsEveryPass) {
  const auto work = [](const char* name) {
    const Problem problem = parse_problem(name);
    return kernel_of(problem).work(problem);
  };
  EXPECT_EQ(work("stream/op:read/bytes:4096/passes:5").bytes_read, 5 * 4096);
  EXPECT_EQ(work("stream/op:copy/bytes:4096").bytes_written, 2048);
  EXPECT_EQ(work("stream/op:triad/bytes:12288").bytes_read, 8192);
  EXPECT_THAT([] { (void)parse_problem("stream/op:triad/bytes:8"); },
              ThrowsMessage<Error>(HasSubstr("less than one element")));
}

TEST(Stream, OnlyReadingIsLaidOut) {
  const auto message = [](const char* name, const char* part) {
    EXPECT_THAT([&] { (void)parse_problem(name); }, ThrowsMessage<Error>(HasSubstr(part)));
  };
  message("stream/op:copy/bytes:4096/width:4", "accumulators and width are of op:read");
  message("stream/op:triad/bytes:4096/accumulators:2", "accumulators and width are of op:read");
  message("stream/op:read/bytes:4096/width:3", "width must be");
  message("stream/op:read/bytes:4096/width:32", "width must be");
  message("stream/op:read/bytes:4096/accumulators:33", "accumulators must be");
  // Names of old cases stay.
  EXPECT_EQ(problem_name(parse_problem("stream/op:read/bytes:4096/accumulators:0/width:0")),
            "stream/op:read/bytes:4096");
}

}  // namespace
}  // namespace assay
