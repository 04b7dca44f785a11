#include "backends/cache_size.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;

class CacheSize : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(root_); }
  void cache(int processor, int index, const std::string& level, const std::string& type,
             const std::string& size, const std::string& shared) {
    const auto folder =
        root_ / ("cpu" + std::to_string(processor)) / "cache" / ("index" + std::to_string(index));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "level") << level << "\n";
    std::ofstream(folder / "type") << type << "\n";
    std::ofstream(folder / "size") << size << "\n";
    std::ofstream(folder / "shared_cpu_list") << shared << "\n";
  }
  const TemporaryFolder temporary_;
  const std::filesystem::path root_ = temporary_.path();
};

TEST_F(CacheSize, IsTheSumOfTheLastLevelsParts) {
  for (int cpu = 0; cpu < 4; ++cpu) {
    cache(cpu, 0, "1", "Data", "48K", std::to_string(cpu));
    cache(cpu, 1, "1", "Instruction", "32K", std::to_string(cpu));
    cache(cpu, 2, "2", "Unified", "1024K", std::to_string(cpu));
    cache(cpu, 3, "3", "Unified", "32768K", cpu < 2 ? "0-1" : "2-3");
  }
  EXPECT_EQ(last_level_cache(root_), 64 * mebibyte);
}

TEST_F(CacheSize, MayEndAtTheSecondLevel) {
  cache(0, 0, "1", "Data", "48K", "0");
  cache(0, 2, "2", "Unified", "1M", "0-3");
  cache(1, 2, "2", "Unified", "1M", "0-3");
  EXPECT_EQ(last_level_cache(root_), mebibyte);
}

TEST_F(CacheSize, OfAPackageCountsWhatItsProcessorsReach) {
  EXPECT_EQ(reachable_cache(508 * mebibyte, 2), 96 * mebibyte);
  EXPECT_EQ(reachable_cache(508 * mebibyte, 8), 256 * mebibyte);
  EXPECT_EQ(reachable_cache(508 * mebibyte, 64), 508 * mebibyte);
  EXPECT_EQ(reachable_cache(16 * mebibyte, 2), 16 * mebibyte);
}

}  // namespace
}  // namespace assay
