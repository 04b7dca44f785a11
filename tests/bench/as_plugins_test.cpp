// The backends that are usually built in, as plugins of a program that has none of them: the same
// rows, implementations and checks come out of the smoke suite.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <vector>

#include "bench/record.hpp"
#include "bench/run_document.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/summary.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::map<std::string, Record> smoke(const std::string& program, const std::string& options) {
  const TemporaryFolder folder;
  const std::string out = folder / "smoke.json";
  const std::string command = program + " run --suite smoke --launches 1 --min-time 1ms " +
                              "--max-time 10min --no-ceilings --out " + out + " " + options +
                              " > /dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::ifstream file(out);
  const RunDocument document = from_json(nlohmann::json::parse(file));
  std::map<std::string, Record> rows;
  for (const Record& record : document.records) rows[record.name] = record;
  return rows;
}

bool untuned(const Record& row) {
  return std::ranges::find(row.labels, "untuned") != row.labels.end();
}

// Of the times of both, case by case; their medians' ratio. Rows that differ are failures.
double compare(const std::map<std::string, Record>& built_in,
               const std::map<std::string, Record>& plugins) {
  std::vector<double> ratios;
  for (const auto& [name, row] : built_in) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(plugins.contains(name));
    if (!plugins.contains(name)) continue;
    const Record& other = plugins.at(name);
    EXPECT_EQ(assay::name(other.status), assay::name(row.status)) << other.reason;
    EXPECT_EQ(other.implementation, row.implementation);
    EXPECT_EQ(other.hardware, row.hardware);
    EXPECT_EQ(untuned(other), untuned(row));
    if (!row.has_numbers() || !other.has_numbers()) continue;
    EXPECT_EQ(other.launches.front().checked, row.launches.front().checked);
    ratios.push_back(summarise(other).median_ns / summarise(row).median_ns);
    std::cout << name << ": " << ratios.back() << " of the built-in's time\n";
  }
  EXPECT_EQ(plugins.size(), built_in.size());
  EXPECT_FALSE(ratios.empty());
  return ratios.empty() ? 0 : median(ratios);
}

TEST(BackendsAsPlugins, AnswerTheSmokeSuiteAsTheBuiltInOnes) {
  // One case may be disturbed by whatever else runs here, most of them aren't; and the machine's clock
  // may change between both runs, but hardly every time.
  for (int round = 0; round < 3; ++round) {
    const auto built_in = smoke(ASSAY_TEST_PROGRAM, "");
    const auto plugins = smoke(ASSAY_TEST_CORE, "--plugin " ASSAY_TEST_MODULES
                                                "/libassay_onednn.so --plugin " ASSAY_TEST_MODULES
                                                "/libassay_opencl.so");
    ASSERT_FALSE(built_in.empty());
    const double ratio = compare(built_in, plugins);
    if (HasFailure() || (ratio > 0.5 && ratio < 2)) return;
  }
  FAIL() << "plugins don't take the built-in's time";
}

TEST(BackendsAsPlugins, AreMissingWithAReasonWhereNoneIsNamed) {
  EXPECT_EQ(std::system(ASSAY_TEST_CORE " devices | grep -q 'opencl .*built as a plugin'"), 0);
}

}  // namespace
}  // namespace assay
