#include "bench/suite.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "bench/select.hpp"
#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::ThrowsMessage;

std::vector<std::string> names(const Suite& suite) {
  std::vector<std::string> result;
  for (const Case& c : suite.cases) result.push_back(case_name(c));
  return result;
}

TEST(Suite, IsTheProductInTheWrittenOrder) {
  EXPECT_THAT(names(parse_suite("x", "matmul dtype=f32,bf16 m=1,2 n=3 k=4 # why\n\n# nothing\n")),
              ElementsAre("matmul/dtype:f32/m:1/n:3/k:4", "matmul/dtype:f32/m:2/n:3/k:4",
                          "matmul/dtype:bf16/m:1/n:3/k:4", "matmul/dtype:bf16/m:2/n:3/k:4"));
  EXPECT_THAT(names(parse_suite("x", "matmul k=4 n=3 m=1,2 dtype=f32,bf16")),
              ElementsAre("matmul/dtype:f32/m:1/n:3/k:4", "matmul/dtype:bf16/m:1/n:3/k:4",
                          "matmul/dtype:f32/m:2/n:3/k:4", "matmul/dtype:bf16/m:2/n:3/k:4"));
}

TEST(Suite, TakesShapesInOneDnnsNotation) {
  EXPECT_THAT(names(parse_suite("x", "matmul dtype=f32 5x7:7x9,1x2:2x3")),
              ElementsAre("matmul/dtype:f32/m:5/n:9/k:7", "matmul/dtype:f32/m:1/n:3/k:2"));
  EXPECT_THAT(names(parse_suite("x", "2x5x7:2x7x9 dtype=bf16 layout=nn")),
              ElementsAre("matmul/dtype:bf16/m:5/n:9/k:7/batch:2/layout:nn"));
}

TEST(Suite, TakesDevicesAndVariants) {
  EXPECT_THAT(
      names(parse_suite("x", "matmul dtype=f32 1x2:2x3 device=onednn,cpu variant=default,a")),
      ElementsAre("matmul/dtype:f32/m:1/n:3/k:2@onednn", "matmul/dtype:f32/m:1/n:3/k:2@onednn+a",
                  "matmul/dtype:f32/m:1/n:3/k:2@cpu", "matmul/dtype:f32/m:1/n:3/k:2@cpu+a"));
}

TEST(Suite, HasMeasuringDefaultsOfItsOwn) {
  const MeasureSettings s =
      parse_suite("x",
                  "set launches=3..9 budget=2min\nset min-time=20ms precision=10% min-repeats=20")
          .settings;
  EXPECT_EQ(s.launches, 3);
  EXPECT_EQ(s.max_launches, 9);
  EXPECT_EQ(s.budget_s, 120);
  EXPECT_EQ(s.min_time_s, 0.02);
  EXPECT_EQ(s.min_repeats, 20);
  EXPECT_EQ(s.precision, 0.1);
  MeasureSettings line;
  line.launches = 7;
  line.max_launches = 7;
  line.fill_in(s);
  EXPECT_EQ(line.launches, 7);
  EXPECT_EQ(line.max_launches, 7);
  EXPECT_EQ(line.budget_s, 120);
}

struct Bad {
  const char* text;
  const char* place;
  const char* message;
};

class BadSuite : public testing::TestWithParam<Bad> {};

TEST_P(BadSuite, IsNamedWithFileLineAndColumn) {
  const auto parse = [] { (void)parse_suite("my.suite", GetParam().text); };
  EXPECT_THAT(parse, ThrowsMessage<Error>(StartsWith(GetParam().place)));
  EXPECT_THAT(parse, ThrowsMessage<Error>(HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSuite,
    testing::Values(
        Bad{"matmull m=1", "my.suite:1:1: ", "did you mean 'matmul'?"},
        Bad{"\n  matmul dtyp=f32", "my.suite:2:10: ", "did you mean 'dtype'?"},
        Bad{"matmul dtype=f32,f33 m=1 n=1 k=1", "my.suite:1:18: ", "did you mean 'f32'?"},
        Bad{"matmul dtype=f32 m=1,0 n=1 k=1", "my.suite:1:22: ", "'m:0'"},
        Bad{"matmul dtype=f32 m=1,x n=1 k=1", "my.suite:1:22: ", "must be an integer"},
        Bad{"matmul dtype=f32 m=99999999999 n=1 k=1", "my.suite:1:20: ", "from 1 to 2147483647"},
        Bad{"matmul dtype=f32 m=1, n=1 k=1", "my.suite:1:22: ", "no value for 'm'"},
        Bad{"matmul dtype=f32 m=1 m=2 n=1 k=1", "my.suite:1:22: ", "given twice"},
        Bad{"matmul dtype=f32 m=1 2x3:3x4", "my.suite:1:22: ", "given twice"},
        Bad{"matmul dtype=f32 m=1 n=1", "my.suite:1:1: ", "needs the key 'k'"},
        Bad{"matmul dtype=f32 2x3:4x5", "my.suite:1:22: ", "inner sizes differ"},
        Bad{"matmul dtype=f32 2x3x4:3x4x5", "my.suite:1:24: ", "batch sizes differ"},
        Bad{"matmul dtype=f32 2x3", "my.suite:1:18: ", "must be key=value or MxK:KxN"},
        Bad{"matmul dtype=f32 0x3:3x1", "my.suite:1:18: ", "'m:0'"},
        Bad{"attention dtype=f32 2x3:3x4", "my.suite:1:21: ", "must be key=value"},
        Bad{"attention dtype=f32 heads=6 kv_heads=4 q=1 d=8", "my.suite:1:1: ", "doesn't divide"},
        Bad{"set launches=0", "my.suite:1:14: ", "from 1 to 1000"},
        Bad{"set launches=5..3", "my.suite:1:14: ", "MIN..MAX"},
        Bad{"set lunches=5", "my.suite:1:5: ", "did you mean 'launches'?"},
        Bad{"set budget=soon", "my.suite:1:12: ", "must be a time"},
        Bad{"set budget", "my.suite:1:5: ", "key=value"}));

TEST(Suite, SelectorsAreCheckedInTheirPlace) {
  const auto parse = [](const char* text) {
    return [text] { (void)parse_suite("my.suite", text, selector_check(false)); };
  };
  EXPECT_THAT(parse("\nmatmul dtype=f32 m=1 n=1 k=1 device=cpu,onedn:0"),
              ThrowsMessage<Error>(
                  StartsWith("my.suite:2:41: unknown backend 'onedn'; did you mean 'onednn'?")));
  EXPECT_EQ(
      parse_suite("my.suite", "matmul dtype=f32 m=1 n=1 k=1 device=mine:0", selector_check(true))
          .cases.size(),
      1U);
}

TEST(Suite, StopsAtTooManyCases) {
  std::string line = "matmul dtype=f32";
  for (const char* key : {"m", "n", "k"}) {
    line += std::string(" ") + key + "=1";
    for (int i = 2; i <= 50; ++i) line += "," + std::to_string(i);
  }
  EXPECT_THAT([&] { (void)parse_suite("x", line); }, ThrowsMessage<Error>(HasSubstr("more than")));
}

TEST(BuiltInSuites, ParseAndNameNoCaseTwice) {
  for (const BuiltInSuite& suite : built_in_suites()) {
    const std::vector<std::string> all = names(load_suite(std::string(suite.name)));
    EXPECT_GE(all.size(), 6U) << suite.name;
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size()) << suite.name;
  }
}

// As much work for each work-group, and several of them for every unit of the widest GPU (304).
TEST(BuiltInSuites, ClaimsSweepWorkGroups) {
  std::set<std::int64_t> swept;
  std::set<std::int64_t> work;
  for (const Case& c : load_suite("claims").cases) {
    if (c.problem.kernel != "alu" || c.problem.word("path") != "fma") continue;
    const std::int64_t units = c.problem.integer("units");
    if (units == 0) continue;
    swept.insert(units);
    EXPECT_EQ(c.problem.integer("chains") % units, 0);
    work.insert(c.problem.integer("chains") / units * c.problem.integer("steps"));
  }
  EXPECT_THAT(swept, ElementsAre(1, 64, 256, 1024, 4096));
  EXPECT_EQ(work.size(), 1U);
}

TEST(LoadSuite, NamesTheNearestBuiltInOne) {
  EXPECT_THAT([] { (void)load_suite("smok"); },
              ThrowsMessage<Error>(HasSubstr("unknown suite 'smok'; did you mean 'smoke'?")));
  EXPECT_THAT([] { (void)load_suite("smoke.suite"); },
              ThrowsMessage<Error>(HasSubstr("did you mean 'smoke'?")));
  EXPECT_THAT([] { (void)load_suite("no/smoke.suite"); },
              ThrowsMessage<Error>(EndsWith("No such file or directory; did you mean 'smoke'?")));
  EXPECT_THAT([] { (void)load_suite("no/such.suite"); },
              ThrowsMessage<Error>(HasSubstr("can't read suite 'no/such.suite': No such file")));
  EXPECT_THAT([] { (void)load_suite("./"); }, ThrowsMessage<Error>(HasSubstr("can't read suite")));
}

TEST(LoadSuite, TakesAFileOfAnyName) {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  std::ofstream("mine") << "matmul dtype=f32 m=1 n=2 k=3\n";
  const std::size_t cases = load_suite("mine").cases.size();
  std::filesystem::current_path(before);
  EXPECT_EQ(cases, 1U);
}

TEST(BuiltInSuites, Small200HasAsManyDifferentCasesAsItSays) {
  const auto all = names(load_suite("small-200"));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 200U);
}

}  // namespace
}  // namespace assay
