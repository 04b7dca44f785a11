// assay ceilings and assay parallelism as a user starts them, without measuring: what is stored, what
// isn't here.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// One device whose ceilings were stored.
constexpr const char* stored = R"([
  {"device": "opencl:0.0", "device_name": "a chip", "hardware": "gpu:1", "cpu": false,
   "compute_units": 2, "date": "2026-01-02", "ceilings": [
     {"kind": "alu", "name": "f32.fma", "bytes": 0, "implementation": "chains_12x1:fma", "reason": "",
      "rates": [1e12]}]},
  {"device": "onednn:0", "device_name": "another", "hardware": "cpu:2", "cpu": true,
   "compute_units": 2, "date": "2026-01-02", "ceilings": []}])";

class CliCeilings : public testing::Test {
 protected:
  void store(const std::string& text) const {
    std::filesystem::create_directories(folder_ / "assay");
    write_text(folder_ / "assay/ceilings.json", text);
  }
  [[nodiscard]] Ended run(const std::vector<std::string>& arguments) const {
    SpawnOptions options;
    options.environment = {{"XDG_CACHE_HOME", folder_.path().string()}};
    return assay_run(arguments, options);
  }
  TemporaryFolder folder_;
};

TEST_F(CliCeilings, WithoutStoredOnesCachedEndsWithFive) {
  const Ended ended = run({"ceilings", "--cached"});
  EXPECT_EQ(ended.code, 5);
  EXPECT_THAT(ended.err, HasSubstr("run assay ceilings first"));
}

TEST_F(CliCeilings, StoredOnesAreShownAsSuch) {
  store(stored);
  const Ended text = run({"ceilings", "--cached"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("cached"), HasSubstr("a chip"), HasSubstr("another")));
  const std::string file = folder_ / "out.json";
  const std::string svg = folder_ / "out.svg";
  const Ended json = run({"ceilings", "--cached", "--device", "opencl", "--format", "json", "--out",
                          file, "--svg", svg});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(read_file(file), json.out);
  EXPECT_THAT(read_file(svg), HasSubstr("</svg>"));
  const nlohmann::json document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document["cached"], true);
  ASSERT_EQ(document["devices"].size(), 1U);
  EXPECT_EQ(document["devices"][0]["device"], "opencl:0.0");
  EXPECT_EQ(run({"ceilings", "--cached", "--device", "cublas:0"}).code, 5);
}

// As those that are here.
TEST_F(CliCeilings, StoredOnesAreFoundByEverySelector) {
  store(stored);
  for (const std::string selector : {"cpu", "onednn", "onednn:0", "ANOTHER"}) {
    const Ended ended = run({"ceilings", "--cached", "--device", selector});
    EXPECT_EQ(ended.code, 0) << selector << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("another"), Not(HasSubstr("a chip")))) << selector;
  }
  EXPECT_THAT(run({"ceilings", "--cached", "--device", "gpu"}).out, HasSubstr("a chip"));
  EXPECT_THAT(run({"ceilings", "--cached", "--device", "onednn:0,cublas:0"}).out,
              HasSubstr("cublas:0  skipped: no ceilings of it are stored"));
  const Ended typo = run({"ceilings", "--cached", "--device", "opencll:0"});
  EXPECT_EQ(typo.code, 64);
  EXPECT_THAT(typo.err, HasSubstr("opencl"));
  for (const std::string flag : {"--threads", "--require-device", "--plugin"}) {
    EXPECT_EQ(run({"ceilings", "--cached", flag, "1"}).code, 64) << flag;
  }
}

TEST_F(CliCeilings, ADeviceThatIsNotHereIsARowThatSaysSo) {
  for (const std::string verb : {"ceilings", "parallelism"}) {
    const std::string file = folder_ / (verb + ".json");
    const Ended ended = run({verb, "--device", "onednn:7", "--out", file});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("onednn:7  skipped: ")) << verb;
    const nlohmann::json document = nlohmann::json::parse(read_file(file));
    EXPECT_TRUE(document["devices"].empty());
    ASSERT_EQ(document["absent"].size(), 1U);
    EXPECT_EQ(document["absent"][0]["device"], "onednn:7");
    EXPECT_EQ(document["absent"][0]["status"], "skipped");
  }
}

TEST_F(CliCeilings, ARequiredDeviceMustBeHere) {
  for (const std::string verb : {"ceilings", "parallelism"}) {
    const Ended ended = run({verb, "--device", "onednn:7", "--require-device", "onednn:7"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr("refused: --require-device onednn:7"));
    EXPECT_THAT(ended.out, Not(HasSubstr("skipped")));
  }
}

TEST_F(CliCeilings, WordsAreCheckedBeforeAnythingIsMeasured) {
  EXPECT_EQ(run({"ceilings", "--format", "xml"}).code, 64);
  EXPECT_EQ(run({"ceilings", "--results", "x.json"}).code, 64);
  EXPECT_EQ(run({"parallelism", "--device", "opencll:0"}).code, 64);
}

// From the command line to the last line: a device that leaves every point out, and one whose answers are wrong.
TEST_F(CliCeilings, ParallelismGoesThroughAllSweeps) {
  const Ended left_out = run({"parallelism", "--device", "reference:0"});
  EXPECT_EQ(left_out.code, 0) << left_out.err;
  EXPECT_THAT(left_out.out, AllOf(HasSubstr("accumulators, f32.fma in registers"),
                                  HasSubstr("the time would say nothing")));
  const Ended wrong = run({"parallelism", "--device", "null:0"});
  EXPECT_EQ(wrong.code, 4) << wrong.err;
  EXPECT_THAT(wrong.out, HasSubstr("wrong: out[0] was not written"));
}

}  // namespace
}  // namespace assay
