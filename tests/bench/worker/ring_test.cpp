#include "bench/worker/ring.hpp"

#include <gmock/gmock.h>

#include <array>

#include "kernels/kernel.hpp"
#include "tests/bench/worker/counting_device.hpp"

namespace assay {
namespace {

using testing::ElementsAre;

class Rings : public testing::Test {
 protected:
  Rings() { ring_.grow(3, inputs_); }
  Problem problem_ = parse_problem("matmul/dtype:f32/m:1/n:1/k:1");
  std::array<std::byte, 4> one_{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::vector<std::span<const std::byte>> inputs_ = {one_, one_, one_};
  CountingDevice device_;
  std::unique_ptr<Prepared> prepared_ = device_.prepare(problem_, "");
  std::unique_ptr<Queue> queue_ = device_.queue();
  Ring ring_{device_, *prepared_, problem_, inputs_};
};

TEST_F(Rings, GoOnWhereTheLastCallsEnded) {
  ring_.run(*queue_, 2);
  EXPECT_THAT(device_.calls, ElementsAre(1, 1, 0));
  ring_.run(*queue_, 2);
  EXPECT_THAT(device_.calls, ElementsAre(2, 1, 1));
  ring_.run(*queue_, 7);
  EXPECT_THAT(device_.calls, ElementsAre(4, 4, 3));
  EXPECT_EQ(ring_.position(), 2);
}

TEST_F(Rings, CountWhatAllTheirSetsTouch) {
  EXPECT_EQ(ring_.size(), 3);
  EXPECT_EQ(ring_.touched_bytes(), 300);
}

TEST_F(Rings, KeepTheOutputsOfTheirSetsApart) {
  const std::array<std::byte, 4> other{std::byte{9}, std::byte{9}, std::byte{9}, std::byte{9}};
  for (const std::int64_t set : {0, 1, 2}) ring_.write_output(set, one_);
  ring_.write_output(1, other);
  std::array<std::byte, 4> read{};
  ring_.read_output(0, read);
  EXPECT_EQ(read, one_);
  ring_.read_output(1, read);
  EXPECT_EQ(read, other);
}

}  // namespace
}  // namespace assay
