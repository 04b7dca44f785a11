// facts, verdict, estimate, report and compare --by as a user starts them.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/bench/approved.hpp"
#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using Words = std::vector<std::string>;
const std::string run_json = ASSAY_RUN_JSON;

void expect_refused(const Words& arguments, const std::string& message) {
  const Ended ended = assay_run(arguments);
  EXPECT_EQ(ended.code, 64) << ended.err;
  EXPECT_THAT(ended.err, StartsWith("assay: "));
  EXPECT_THAT(ended.err, HasSubstr(message));
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST(CliClaims, BadInput) {
  TemporaryFolder folder;
  expect_refused({"verdict"}, "needs records");
  expect_refused({"report"}, "needs records");
  expect_refused({"estimate", "--model", "gpt-2"}, "needs records");
  expect_refused({"estimate", "--model", "gpt-2", "--records", run_json, "--watts", "-3"},
                 "--watts '-3' must be a number of more than 0");
  expect_refused({"estimate", "--model", "gpt-2", "--records", run_json, "--energy-price", "1"},
                 "--energy-price needs --watts");
  expect_refused({"estimate", "--records", run_json}, "needs --model");
  expect_refused({"verdict", "--records", folder / "none.json"}, "none.json: can't be read");
  expect_refused({"verdict", "--records", folder.path()}, "no result files");
  expect_refused({"verdict", "cuda-lock-inn", "--records", run_json},
                 "did you mean 'cuda-lock-in'?");
  expect_refused({"estimate", "--model", "gpt-3", "--records", run_json}, "did you mean 'gpt-2'?");
  expect_refused({"facts", "--device", "H1000"}, "no device has 'H1000' in its name");
  expect_refused({"facts", "--figure", "peek"}, "unknown figure 'peek'; did you mean 'peak'?");
  expect_refused({"facts", "--device", "NVIDIA L4", "--dtype", "e8m0"}, "unknown dtype 'e8m0'");
  expect_refused({"facts", "--quote", "x"}, "must be a positive number");
  expect_refused({"facts", "--quote", "1979"}, "--quote needs the device");
  expect_refused({"facts", "--quote", "1979", "--device", "NVIDIA H100 SXM", "--audit"},
                 "--audit and --quote are two questions");
  const Words quote = {"facts", "--quote", "1979", "--device", "NVIDIA H100 SXM"};
  const auto quoted = [&](const std::string& flag, const std::string& word) {
    Words all = quote;
    all.insert(all.end(), {flag, word});
    return all;
  };
  expect_refused(quoted("--figure", "launchprice"), "did you mean 'launch_price'?");
  expect_refused(quoted("--dtype", "fp99"), "unknown dtype 'fp99'");
  expect_refused(quoted("--format", "json"),
                 "--format json is of the list of figures and of --audit");
  expect_refused({"facts", "--audit", "--figure", "peek"}, "did you mean 'peak'?");
  expect_refused({"verdict", "--records", run_json, "--details", "--format", "markdown"},
                 "--details is for --format console");
  expect_refused({"verdict", "hbm"}, "nearest of 75: hbm-demand-surge, ");
  expect_refused({"split"}, "assay split needs a problem");
  expect_refused({"compare", run_json, "--by", "vendr"}, "did you mean 'vendor'?");
  expect_refused({"report", run_json, "--format", "htm"}, "did you mean 'html'?");
}

TEST(CliClaims, RecordsOfAnotherSchema) {
  TemporaryFolder folder;
  write_text(folder / "new.json", R"({"context": {}, "assay_schema": 99, "benchmarks": []})");
  expect_refused({"verdict", "--records", folder / "new.json"}, "assay_schema is 99");
  expect_refused({"report", folder.path()}, "new.json: assay_schema is 99");
  write_text(folder / "cut.json", R"({"assay_ceilings": 1, "devices": [)");
  expect_refused({"verdict", "--records", folder / "cut.json", "--records", run_json},
                 "cut.json: this is no JSON");
}

// In a folder, one file that was cut short before it says what it is costs no other, and is named.
TEST(CliClaims, ACutFileOfAFolderIsNamed) {
  TemporaryFolder folder;
  const std::string whole = read_file(run_json);
  write_text(folder / "run.json", whole);
  write_text(folder / "other.json", R"({"of": "another program"})");
  EXPECT_THAT(assay_run({"verdict", "--records", folder.path()}).err, IsEmpty());
  write_text(folder / "cut.json", whole.substr(0, 300));
  const Ended ended = assay_run({"verdict", "--records", folder.path()});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err, StartsWith("note: " + (folder / "cut.json") + ": this is no JSON"));
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
}

TEST(CliClaims, ClaimsOfTheUsersOwn) {
  TemporaryFolder folder;
  write_text(folder / "bad.toml", "id = \"x\"\nclass = \"mesurable\"\n");
  expect_refused({"verdict", "--claims", folder.path(), "--records", run_json}, "bad.toml:2: ");
}

TEST(CliClaims, Verdicts) {
  const Ended all = assay_run({"verdict", "--records", run_json});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("75 claims: "));
  const Ended one = assay_run({"verdict", "mi300x-bandwidth-1p6x", "--records", run_json});
  EXPECT_THAT(one.out, HasSubstr("NOT MEASURABLE HERE"));
  EXPECT_THAT(one.out, HasSubstr("a datasheet ratio is not a measurement"));
  EXPECT_THAT(one.out, HasSubstr("sha256 "));
}

TEST(CliClaims, ReportIsWrittenWhole) {
  TemporaryFolder folder;
  const Ended ended = assay_run({"report", run_json, "-o", folder / "report.html"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const std::string html = read_file(folder / "report.html");
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  EXPECT_TRUE(html.ends_with("</html>\n"));
  expect_refused({"report", run_json, "-o", folder / "no/such/report.html"}, "no/such");
}

TEST(CliClaims, OneProductOverTwoDevices) {
  TemporaryFolder folder;
  const std::string product = "matmul/dtype:f32/m:96/n:64/k:64";
  const Ended ended = assay_run({"split", product, "--device", "onednn:0,reference:0", "--launches",
                                 "2", "--repeats", "3", "--out", folder / "split.json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("together over the sum of alone"));
  const auto document = nlohmann::json::parse(read_file(folder / "split.json"));
  const auto& launch = document["splits"][0]["launches"][1];
  EXPECT_EQ(launch["rows"][0].get<int>() + launch["rows"][1].get<int>(), 96);
  EXPECT_EQ(launch["together_s"].size(), 3U);
  // Two backends of one processor are no platform: shown, and decide nothing.
  const Ended verdict = assay_run({"verdict", "heterogeneous-chip-platform", "--records", run_json,
                                   "--records", folder / "split.json"});
  EXPECT_THAT(verdict.out, HasSubstr("NOT MEASURABLE HERE")) << verdict.err;
  expect_refused({"split", product, "--device", "onednn:0"}, "needs two devices");
  expect_refused({"split", "attention/dtype:f32/heads:1/q:8/d:64", "--device", "onednn:0"},
                 "only a matmul can be split");
}

TEST(CliClaims, WhatTheUserSaysOfDevices) {
  const std::string id = "hbm-moves-more-data-at-once";
  const Words start = {"verdict", id, "--records", run_json};
  const auto with = [&](const Words& more) {
    Words all = start;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect_refused(with({"--watts", "700"}), "--watts '700' must be DEVICE=NUMBER");
  expect_refused(with({"--watts", "H100=700"}), "--watts: no device 'H100' in the records");
  expect_refused(with({"--price", "Example=-1"}), "--price Example '-1'");
  const Ended asked = assay_run(with({"--watts", "Example CPU=120"}));
  EXPECT_EQ(asked.code, 0);
  EXPECT_THAT(asked.err, IsEmpty());
  const Ended unasked = assay_run(with({"--price", "Example=900"}));
  EXPECT_EQ(unasked.code, 0);
  EXPECT_EQ(unasked.err, "note: no verdict asks for --price Example=900\n");
}

TEST(CliClaims, MeasuresFirst) {
  TemporaryFolder folder;
  const std::string id = "lighter-models-move-to-device";
  expect_refused({"verdict", "--records", run_json, "--max-time", "1s"},
                 "say how --measure measures");
  expect_refused({"verdict", "nvidia-q4-revenue", "--measure", "--out", folder / "m.json"},
                 "no case that can be measured would decide 'nvidia-q4-revenue'");
  // The null device computes nothing: every answer is wrong, and no number comes of it.
  const Ended ended = assay_run({"verdict", id, "--measure", "--device", "null:0", "--max-time",
                                 "2s", "--out", folder / "m.json"});
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("INCONCLUSIVE"));
  EXPECT_THAT(ended.err, HasSubstr("records: "));
  const std::string records = read_file(folder / "m.json");
  EXPECT_THAT(records, HasSubstr("kv_dtype:s8"));
  EXPECT_THAT(records, testing::Not(HasSubstr("alu/"))) << "only what the claim needs";
}

// A claim about memory alone: what fills it needs no case of its own, but a device with cases.
TEST(CliClaims, MeasuresMemoryAlone) {
  TemporaryFolder folder;
  const Ended ended = assay_run({"verdict", "mi300x-memory-density-2p4x", "--measure", "--device",
                                 "reference:0", "--max-time", "1s", "--out", folder / "m.json"});
  EXPECT_THAT(ended.out, HasSubstr("NOT MEASURABLE HERE")) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("none of the named devices has memory of its own"));
  EXPECT_THAT(read_file(folder / "m.json"), HasSubstr("stream/op:read"));
}

// Before measuring, which would take a while.
TEST(CliClaims, RefusesBeforeItMeasures) {
  TemporaryFolder folder;
  const auto with = [&](const std::string& flag, const std::string& word) {
    return Words{"verdict",
                 "lighter-models-move-to-device",
                 "--measure",
                 "--device",
                 "null:0",
                 "--max-time",
                 "2s",
                 "--out",
                 folder / "m.json",
                 flag,
                 word};
  };
  expect_refused(with("--watts", "700"), "must be DEVICE=NUMBER");
  expect_refused(with("--price", "H200=-1"), "--price H200 '-1'");
  expect_refused(with("--records", folder / "none.json"), "none.json: can't be read");
  EXPECT_FALSE(std::filesystem::exists(folder / "m.json"));
}

TEST(CliClaims, CapacityOfAMemory) {
  TemporaryFolder folder;
  const Ended ended = assay_run(
      {"capacity", "--device", "reference:0", "--share", "0.2%", "--out", folder / "c.json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("written, read back and right at the same time"));
  const auto document = nlohmann::json::parse(read_file(folder / "c.json"));
  EXPECT_EQ(document["devices"][0]["passed"], true);
  EXPECT_GT(document["devices"][0]["verified_bytes"].get<double>(), 1e6);
  // Beside records, in whatever order they are named; alone it says of no case anything.
  EXPECT_EQ(assay_run({"verdict", "--records", folder / "c.json", "--records", run_json}).code, 0);
  expect_refused({"verdict", "--records", folder / "c.json"}, "no result files of assay run");
  expect_refused({"capacity", "--share", "2"}, "--share");
  EXPECT_EQ(assay_run({"capacity", "--device", "opencl:9.9"}).code, 0) << "not here";
}

TEST(CliClaims, FactsAndPortability) {
  EXPECT_THAT(assay_run({"facts", "--audit"}).out, HasSubstr("fit within 2 %"));
  const Words as_data = {"facts", "--audit", "--format", "json", "--device", "Instinct MI300X"};
  expect_approved("facts-audit.json", assay_run(as_data).out);
  const auto audit = nlohmann::json::parse(assay_run({"facts", "--audit", "--format", "json"}).out);
  EXPECT_GT(audit["peaks"].size(), 100U);
  EXPECT_GT(audit["disputed"].size(), 1U);
  const std::string narrow = assay_run({"facts", "--audit", "--dtype", "f16"}).out;
  EXPECT_THAT(narrow, HasSubstr("f16"));
  EXPECT_THAT(narrow, testing::Not(HasSubstr("bf16 matrix")));
  EXPECT_THAT(
      assay_run({"facts", "--quote", "1979", "--device", "NVIDIA H100 SXM", "--dtype", "f16"}).out,
      StartsWith("1979 is the sparse figure"));
  const std::string preliminary = assay_run({"facts", "--quote", "3000", "--device",
                                             "NVIDIA H100 SXM", "--figure", "memory_bandwidth"})
                                      .out;
  EXPECT_THAT(preliminary, StartsWith("3000 stands in a note to NVIDIA H100 SXM memory_bandwidth"));
  EXPECT_THAT(assay_run({"compare", run_json, "--by", "backend"}).out, HasSubstr("coverage"));
}

}  // namespace
}  // namespace assay
