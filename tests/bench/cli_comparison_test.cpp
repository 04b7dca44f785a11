// The verbs that compare, from end to end: what they make of files and builds that are no good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

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
  const auto list = [&] { return assay_run({"baseline", "list", "--baseline", baseline}).out; };
  EXPECT_THAT(list(), AllOf(HasSubstr("\n1: "), Not(HasSubstr("\n2: "))));
  const std::string before = read_file(baseline);
  EXPECT_EQ(assay_run({"baseline", "add", folder_ / "elsewhere.json", "--baseline", baseline}).code,
            0);
  EXPECT_THAT(list(), ContainsRegex("\n2: as 1, but kernel.system Other[A-Za-z]*\n"));
  write_text(baseline, before);
  write_text(baseline, read_file(baseline) + "{\"basel");
  const Ended damaged = gate("run.json");
  EXPECT_EQ(damaged.code, 5);
  EXPECT_THAT(damaged.err, HasSubstr("baseline.jsonl:2: is no JSON"));
}

TEST_F(Comparing, BaselinesTakeAMeasurementOnceAndMoveForAReason) {
  const std::string baseline = folder_ / "baseline.jsonl";
  const auto add = [&](const std::string& file, const Words& more = {}) {
    Words words = {"baseline", "add", folder_ / file, "--baseline", baseline};
    words.insert(words.end(), more.begin(), more.end());
    return assay_run(words);
  };
  EXPECT_EQ(add("run.json").code, 0);
  const Ended again = add("run.json");
  EXPECT_EQ(again.code, 64);
  EXPECT_THAT(again.err, HasSubstr("the baseline has this measurement of"));
  const auto constant = [&](const std::string& file, const std::string& ns) {
    std::string text = read_file(folder_ / "run.json");
    for (std::size_t at = 0; (at = text.find("\"samples_ns\": [", at)) != std::string::npos;) {
      at = text.find('[', at) + 1;
      text.replace(at, text.find(']', at) - at, ns);
    }
    write_text(folder_ / file, text);
  };
  constant("slow.json", "1e9");
  const auto gate = [&](const Words& words) {
    Words all = {"gate", "--baseline", baseline};
    all.insert(all.end(), words.begin(), words.end());
    return assay_run(all).code;
  };
  EXPECT_EQ(gate({folder_ / "slow.json"}), 1);
  EXPECT_EQ(gate({folder_ / "run.json"}), 0);
  EXPECT_EQ(gate({folder_ / "run.json", "--strict"}), 2);  // one run says too little
  const Ended moved = add("slow.json");
  EXPECT_EQ(moved.code, 64);
  EXPECT_THAT(moved.err, HasSubstr("would move the baseline of matmul"));
  EXPECT_EQ(add("slow.json", {"--reason", "a slower driver"}).code, 0);
  // Nor does it creep: each is little slower than the one before.
  constant("slower.json", "1.18e9");
  EXPECT_EQ(add("slower.json").code, 0);
  constant("slowest.json", "1.3e9");
  EXPECT_EQ(add("slowest.json").code, 64);
  const Ended listed = assay_run({"baseline", "list", "--baseline", baseline});
  EXPECT_THAT(listed.out, HasSubstr("a slower driver"));
  // One reason for several runs: the first moves the baseline, the others are more of the same.
  constant("new1.json", "3e9");
  constant("new2.json", "3.01e9");
  EXPECT_EQ(assay_run({"baseline", "add", folder_ / "new1.json", folder_ / "new2.json",
                       "--baseline", baseline, "--reason", "half the clock"})
                .out,
            "added 2 cases to " + baseline + "\nmoved, the runs before no longer count: " + small +
                " (x 3.000)\n");
  const Ended both = assay_run({"baseline", "list", "--baseline", baseline});
  EXPECT_THAT(both.out, ContainsRegex(" 2 +3[.]0+5 s .*half the clock"));
  EXPECT_EQ(assay_run({"compare", folder_ / "run.json", "--by", "device", "--across"}).code, 64);
  // What was pruned stays known.
  for (const char* reason : {"first", "second"}) {
    EXPECT_EQ(assay_run({"baseline", "prune", "--baseline", baseline, "--reason", reason}).code, 0);
  }
  EXPECT_THAT(read_file(baseline), AllOf(HasSubstr("\"first\""), HasSubstr("\"second\"")));
  for (const char* verb : {"list", "prune"}) {
    const Ended missing =
        assay_run({"baseline", verb, "--baseline", folder_ / "none.jsonl", "--reason", "x"});
    EXPECT_EQ(missing.code, 5) << verb;
    EXPECT_THAT(missing.err, HasSubstr("there is no such baseline")) << verb;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.jsonl"));
}

TEST_F(Comparing, WhatCanNotBeWrittenKeepsTheRest) {
  const std::string baseline = folder_ / "baseline.jsonl";
  EXPECT_EQ(assay_run({"baseline", "add", folder_ / "run.json", "--baseline", baseline}).code, 0);
  const Ended ended = assay_run({"gate", folder_ / "run.json", "--baseline", baseline, "--out",
                                 "/dev/full", "--out", folder_ / "second.md"});
  EXPECT_EQ(ended.code, 70);
  EXPECT_THAT(ended.err, HasSubstr("/dev/full"));
  EXPECT_THAT(ended.out, HasSubstr("no regression"));
  EXPECT_THAT(read_file(folder_ / "second.md"), HasSubstr("no regression"));
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

TEST(Selftest, SaysWhyItMeasuredNothing) {
  const TemporaryFolder folder;
  write_text(folder / "tiny.suite", "matmul dtype=f32 m=2 n=3 k=4\n");
  const auto selftest = [&](const Words& more, const SpawnOptions& options = {}) {
    Words words = {"selftest", "--suite", folder / "tiny.suite"};
    words.insert(words.end(), more.begin(), more.end());
    return assay_run(words, options);
  };
  const Ended missing = selftest({"--device", "reference:9"});
  EXPECT_EQ(missing.code, 64);
  EXPECT_THAT(missing.err, HasSubstr("no device reference:9 here"));
  const Ended hasty = selftest({"--device", "reference:0", "--budget", "10ms"});
  EXPECT_EQ(hasty.code, 3);
  EXPECT_THAT(hasty.out, HasSubstr("refused: no case got a verdict"));
  SpawnOptions broken;
  broken.environment = {{"ASSAY_DELAY", "nonsense"}};
  const Ended failing = selftest({"--device", "reference:0", "--budget", "4s"}, broken);
  EXPECT_EQ(failing.code, 6);
  EXPECT_THAT(failing.out, HasSubstr("ASSAY_DELAY 'nonsense'"));
}

TEST(Selftest, RefusesAPlantThatMatchesNothing) {
  const TemporaryFolder folder;
  write_text(folder / "tiny.suite", "matmul dtype=f32 m=2 n=3 k=4\n");
  const Ended ended = assay_run({"selftest", "--suite", folder / "tiny.suite", "--device",
                                 "reference:0", "--plant", "5% m:2/", "--plant", "10% nosuch"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("--plant '10% nosuch' matches none of 1 cases"));
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
