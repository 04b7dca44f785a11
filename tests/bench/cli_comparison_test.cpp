// The verbs that compare, from end to end: what they make of files and builds that are no good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

using Words = std::vector<std::string>;

const char* const small = "matmul/dtype:f32/m:2/n:3/k:4@reference:0";

class Comparing : public testing::Test {
 protected:
  void SetUp() override { measure(small, "run.json"); }

  void measure(const std::string& name, const std::string& file) {
    const Ended ended =
        assay_run({"run", name, "--launches", "3", "--min-time", "1ms", "--out", folder_ / file});
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  // A copy of run.json with one text in place of another.
  void edited(const std::string& from, const std::string& to, const std::string& file) {
    std::string text = read_file(folder_ / "run.json");
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_text(folder_ / file, text.replace(at, from.size(), to));
  }

  TemporaryFolder folder_;
};

TEST_F(Comparing, EveryVerbRefusesBadFilesByName) {
  write_text(folder_ / "empty.json", "");
  write_text(folder_ / "cut.json", read_file(folder_ / "run.json").substr(0, 500));
  write_text(folder_ / "foreign.json", R"({"a": 1})");
  write_text(folder_ / "gigantic.json", "");
  std::filesystem::resize_file(folder_ / "gigantic.json", std::uintmax_t{2} << 30U);  // sparse
  edited("\"assay_schema\": 1", "\"assay_schema\": 9", "newer.json");
  edited("\"samples_ns\": [", "\"samples_ns\": [-1, ", "negative.json");
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"empty.json", "is empty"},
      {"cut.json", "not JSON"},
      {"foreign.json", "not a result file"},
      {"gigantic.json", "larger than 1 GiB"},
      {"newer.json", "assay_schema is 9; this program reads 1"},
      {"negative.json", "has a time that is not positive"},
      {"missing.json", "can't be read"}};
  const std::string good = folder_ / "run.json";
  const std::string baseline = folder_ / "baseline.jsonl";
  for (const auto& [file, why] : bad) {
    const std::string path = folder_ / file;
    for (const Words& words :
         {Words{"compare", good, path}, Words{"gate", path, "--baseline", baseline},
          Words{"baseline", "add", path, "--baseline", baseline}, Words{"history", good, path}}) {
      const Ended ended = assay_run(words);
      EXPECT_EQ(ended.code, 64) << words[0] << " " << file;
      EXPECT_THAT(ended.err, HasSubstr(file + ": ")) << words[0];
      EXPECT_THAT(ended.err, HasSubstr(why)) << words[0];
      EXPECT_EQ(ended.out, "") << words[0];
    }
  }
}

TEST_F(Comparing, RefusesFilesWithoutACaseInCommonAndTwins) {
  measure("matmul/dtype:f32/m:5/n:3/k:4@reference:0", "other.json");
  const Ended other = assay_run({"compare", folder_ / "run.json", folder_ / "other.json"});
  EXPECT_EQ(other.code, 64);
  EXPECT_THAT(other.err, HasSubstr("have no measured case in common"));
  const Ended twice = assay_run({"history", folder_ / "run.json", folder_ / "run.json"});
  EXPECT_EQ(twice.code, 64);
  EXPECT_THAT(twice.err, HasSubstr("is given twice"));
}

TEST_F(Comparing, GateKnowsTheMachine) {
  const std::string baseline = folder_ / "baseline.jsonl";
  const auto gate = [&](const std::string& file) {
    return assay_run({"gate", folder_ / file, "--baseline", baseline});
  };
  EXPECT_EQ(gate("run.json").code, 5);  // no baseline yet
  EXPECT_EQ(assay_run({"baseline", "add", folder_ / "run.json", "--baseline", baseline}).code, 0);
  EXPECT_EQ(gate("run.json").code, 0);
  edited("\"system\": \"", "\"system\": \"Other", "elsewhere.json");
  const Ended elsewhere = gate("elsewhere.json");
  EXPECT_EQ(elsewhere.code, 3);
  EXPECT_THAT(elsewhere.out, HasSubstr("refused: kernel.system: baseline "));
  EXPECT_THAT(elsewhere.out, HasSubstr(", here Other"));
  write_text(baseline, read_file(baseline) + "{\"basel");
  const Ended damaged = gate("run.json");
  EXPECT_EQ(damaged.code, 5);
  EXPECT_THAT(damaged.err, HasSubstr("baseline.jsonl:2: is no JSON"));
}

TEST(Ab, RefusesWhatIsNoBuild) {
  for (const auto& [build, why] : std::vector<std::pair<std::string, std::string>>{
           {"/bin/true", "does not answer as an assay"},
           {"/nowhere/at/all", "there is no such file or folder"}}) {
    const Ended ended = assay_run({"ab", "--base", build, small});
    EXPECT_EQ(ended.code, 64) << build;
    EXPECT_THAT(ended.err, HasSubstr("--base " + build)) << build;
    EXPECT_THAT(ended.err, HasSubstr(why)) << build;
  }
}

TEST(Ab, SaysWhyThereIsNothingToCompare) {
  const Ended ended = assay_run({"ab", "matmul/dtype:f32/m:2/n:3/k:4@reference:9"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("nothing to compare"));
  EXPECT_THAT(ended.err, HasSubstr("no device reference:9 here; present: reference:0"));
}

TEST(Selftest, RefusesAPlantThatIsNone) {
  for (const char* plant : {"5%", "x m:1/", "5% m:(", "5% m:1/;6% m:2/"}) {
    const Ended ended = assay_run({"selftest", "--plant", plant});
    EXPECT_EQ(ended.code, 64) << plant;
  }
}

TEST(ComparingHelp, OfEveryVerbThatComparesHasAnExample) {
  for (const char* verb : {"compare", "ab", "gate", "baseline", "selftest", "history"}) {
    const Ended ended = assay_run({verb, "--help"});
    EXPECT_EQ(ended.code, 0) << verb;
    EXPECT_THAT(ended.out, HasSubstr("Example")) << verb;
    EXPECT_THAT(ended.out, HasSubstr(std::string("assay ") + verb)) << verb;
  }
}

}  // namespace
}  // namespace assay
