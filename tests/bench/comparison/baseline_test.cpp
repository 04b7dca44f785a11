#include "bench/comparison/baseline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "baseline_runs.hpp"
#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Baseline, ReadsWhatItWrites) {
  std::string text;
  for (const BaselineEntry& entry : ten_runs()) text += to_line(entry);
  const auto read = parse_baseline("b", text + "\n" + prune_line(3, "old"));
  ASSERT_EQ(read.size(), 20U);
  EXPECT_EQ(read[0].print, ten_runs()[0].print);
  EXPECT_EQ(read[0].key, ten_runs()[0].key);
  EXPECT_EQ(read[0].launches_ns, ten_runs()[0].launches_ns);
}

TEST(Baseline, PruneKeepsTheNewestAndTheReason) {
  std::vector<BaselineEntry> entries = ten_runs();
  append(run_of(2), "new driver", entries);
  for (int i = 0; i < 3; ++i) append(run_of(2), "", entries);
  const auto left = pruned(entries, 2);
  ASSERT_EQ(left.size(), 4U);
  EXPECT_EQ(left[0].reason, "new driver");
  EXPECT_EQ(left[2].reason, "");
}

TEST(Baseline, RefusesDamage) {
  const auto error_of = [](const std::string& text) {
    try {
      (void)parse_baseline("b.jsonl", text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const std::string good = to_line(ten_runs()[0]);
  EXPECT_EQ(error_of(good + "{\"basel"), "b.jsonl:2: is no JSON");
  EXPECT_EQ(error_of("[]"), "b.jsonl:1: is no JSON object");
  EXPECT_THAT(error_of("{\"baseline_schema\":9}"), HasSubstr("this program reads 1"));
  EXPECT_EQ(error_of("{\"baseline_schema\":1}"), "b.jsonl:1: case is missing");
  EXPECT_EQ(error_of("{\"baseline_schema\":" + std::string(100000, '[')),
            "b.jsonl:1: is nested too deeply");
  std::string bad = good;
  bad.insert(bad.find(":[") + 2, "-");
  EXPECT_THAT(error_of(bad), HasSubstr("not positive"));
}

TEST(Baseline, RefusesAMeasurementThatIsThereTwice) {
  const std::string line = to_line(ten_runs()[0]);
  try {
    (void)parse_baseline("b.jsonl", line + to_line(ten_runs()[1]) + "\n" + line);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "b.jsonl:4: is the same measurement as b.jsonl:1");
  }
}

TEST(Baseline, KeepsWhatItSaysOfPruning) {
  const std::string pruned = prune_line(3, "old");
  EXPECT_EQ(prune_lines(pruned + to_line(ten_runs()[0]) + pruned), pruned + pruned);
  EXPECT_THROW((void)parse_baseline("b", R"({"baseline_schema":9,"pruned":1})"), Error);
}

TEST(Baseline, ReadsFoldersAndRefusesEmptyOnes) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.path();
  EXPECT_THROW((void)read_baseline(folder), Error);
  EXPECT_THROW((void)read_baseline(folder + "/missing.jsonl"), Error);
  std::ofstream(folder + "/a.jsonl") << to_line(ten_runs()[0]);
  std::ofstream(folder + "/b.jsonl") << to_line(ten_runs()[1]);
  EXPECT_EQ(read_baseline(folder).size(), 2U);
  // A copy under another name counts once too.
  std::filesystem::copy_file(folder + "/a.jsonl", folder + "/copy.jsonl");
  EXPECT_THAT([&] { (void)read_baseline(folder); },
              ThrowsMessage<Error>(HasSubstr("copy.jsonl:1: is the same measurement as")));
  std::filesystem::remove(folder + "/copy.jsonl");
  std::filesystem::resize_file(folder + "/b.jsonl", std::uintmax_t{2} << 30U);  // sparse
  EXPECT_THROW((void)read_baseline(folder), Error);
}

// Whatever the files are called.
TEST(Baseline, OfAFolderGoesByDate) {
  const TemporaryFolder folder;
  std::vector<BaselineEntry> entries = ten_runs();
  entries[0].date = "2025-03-02T01:00:00+00:00";
  entries[0].reason = "new driver";
  entries[2].date = "2025-03-02T01:30:00+02:00";  // before that, in the east
  std::ofstream(folder / "a.jsonl") << to_line(entries[0]);
  std::ofstream(folder / "b.jsonl") << to_line(entries[2]);
  const std::vector<BaselineEntry> read = read_baseline(folder.path());
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].reason, "");
  EXPECT_EQ(current_entries(read, read[0].key, read[0].print).size(), 1U);
}

}  // namespace
}  // namespace assay
