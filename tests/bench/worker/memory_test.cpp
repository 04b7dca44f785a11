#include "bench/worker/memory.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "kernels/kernel.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;

TEST(RingSize, OfAHotCaseIsOne) {
  EXPECT_EQ(ring_size(parse_problem("matmul/dtype:f32/m:1/n:1/k:1/cache:hot"), 12, mebibyte), 1);
}

TEST(RingSize, OfAColdCaseExceedsThreeCaches) {
  const Problem cold = parse_problem("matmul/dtype:f32/m:1/n:1/k:1");
  EXPECT_EQ(ring_size(cold, mebibyte, 0), 256);
  EXPECT_EQ(ring_size(cold, mebibyte, 100 * mebibyte), 300);
  EXPECT_EQ(ring_size(cold, 100 * mebibyte, 100 * mebibyte), 3);
  EXPECT_EQ(ring_size(cold, 1000 * mebibyte, 100 * mebibyte), 1);
  EXPECT_EQ(ring_size(cold, 12, 0), most_sets);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(ring_size(cold, 12, most), most_sets);
  EXPECT_EQ(ring_size(cold, most, most), 1);
  EXPECT_GT(cold_bytes(most), most / 4);
}

class Shortage : public testing::Test {
 protected:
  Shortage() { device_.memory_bytes = 1024 * mebibyte; }
  // a, b and out are 16 MiB each.
  Problem problem_ = parse_problem("matmul/dtype:f32/m:2048/n:2048/k:2048");
  DeviceInfo device_;
};

TEST_F(Shortage, IsNoneWhereItFits) {
  EXPECT_THAT(memory_shortage(problem_, 10, device_, 1024 * mebibyte), IsEmpty());
}

TEST_F(Shortage, OfTheDeviceCountsSetsAndPackedWeights) {
  EXPECT_EQ(memory_shortage(problem_, 20, device_, 1024 * mebibyte),
            "needs 1.2 GiB of device memory for 20 sets of tensors, has 922 MiB");
}

TEST_F(Shortage, OfTheHostCountsTheSetToCheckAgainst) {
  EXPECT_EQ(memory_shortage(problem_, 1, device_, 40 * mebibyte),
            "needs 82 MiB of host memory, has 36 MiB");
  device_.cpu = true;
  EXPECT_THAT(memory_shortage(problem_, 10, device_, 512 * mebibyte),
              HasSubstr("needs 722 MiB of host memory for 10 sets of tensors"));
}

// Checked in full: 8192 x 1024 elements of out take 32 MiB twice, what they are checked against 16 bytes
// each.
TEST_F(Shortage, OfTheHostCountsWhatChecksKeep) {
  const Problem wide = parse_problem("matmul/dtype:f32/m:8192/n:1024/k:1");
  EXPECT_EQ(memory_shortage(wide, 1, device_, 200 * mebibyte),
            "needs 256 MiB of host memory, has 180 MiB");
}

TEST_F(Shortage, OfOneBufferNamesTheTensor) {
  device_.max_allocation_bytes = 8 * mebibyte;
  EXPECT_EQ(memory_shortage(problem_, 1, device_, 0),
            "needs 16 MiB in one buffer for a, the device allocates at most 8.0 MiB");
}

class ControlGroups : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = folder_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void SetUp() override { write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n"); }
  [[nodiscard]] std::int64_t available() const { return available_host_memory(folder_.path()); }
  TemporaryFolder folder_;
};

TEST_F(ControlGroups, OnlyTheSystemsWithoutOne) { EXPECT_EQ(available(), 8000 * 1024); }

TEST_F(ControlGroups, TheTightestOfThemAllCounts) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "500000\n");
  write("sys/fs/cgroup/a/memory.max", "2000000\n");
  write("sys/fs/cgroup/a/memory.current", "1500000\n");
  EXPECT_EQ(available(), 500000);
  // Files that can be dropped leave room.
  write("sys/fs/cgroup/a/memory.stat", "anon 1000000\ninactive_file 400000\n");
  EXPECT_EQ(available(), 900000);
  // At the limit there is nothing left, which isn't "unknown".
  write("sys/fs/cgroup/a/memory.current", "2400001\n");
  EXPECT_EQ(available(), 1);
}

TEST_F(ControlGroups, OfTheFirstVersionToo) {
  write("proc/self/cgroup", "4:memory:/x\n0::/\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "3000000\n");
  write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "1000000\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
  EXPECT_EQ(available(), 2000000);
}

TEST(AvailableHostMemory, IsKnownHere) { EXPECT_GT(available_host_memory(), mebibyte); }

TEST(SizeText, UsesBinaryUnits) {
  EXPECT_EQ(size_text(7), "7 bytes");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(3e9), "2.8 GiB");
}

}  // namespace
}  // namespace assay
