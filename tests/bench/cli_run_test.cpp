// `assay run` from end to end, on the reference backend: right answers on any machine.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Words = std::vector<std::string>;

const char* const small = "matmul/dtype:f32/m:2/n:3/k:4@reference:0";

// A quick measurement of `arguments`.
Words quick(Words arguments) {
  const Words rest = {"--launches", "1", "--min-time", "1ms", "--max-time", "20s"};
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return arguments;
}

TEST(Run, MeasuresAndChecksACase) {
  const TemporaryFolder folder;
  const Ended ended = assay_run(quick({small, "--out", folder / "r.json"}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("reference:f64"), HasSubstr("1 ok")));
  const auto json = nlohmann::json::parse(read_file(folder / "r.json"));
  EXPECT_EQ(json.at("benchmarks").at(0).at("name"), small);
  EXPECT_EQ(json.at("benchmarks").at(0).at("assay").at("status"), "ok");
}

TEST(Run, EnergyIsMeasuredOrSaidToBeMissing) {
  const Ended ended = assay_run(quick({small, "--energy", "10ms"}));
  EXPECT_EQ(ended.code, 0) << ended.err;
  if (ended.out.find("J/call, ") == std::string::npos) {
    EXPECT_THAT(ended.out, HasSubstr("no_energy"));
    EXPECT_THAT(ended.err, HasSubstr("note: reference:0: no energy: "));
  }
  EXPECT_EQ(assay_run(quick({small, "--energy", "0"})).code, 64);
}

TEST(Run, WithoutATerminalWritesNoEscapes) {
  const Ended ended = assay_run(quick({small}));
  for (const std::string& text : {ended.out, ended.err}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\r")));
  }
}

TEST(Run, AWrongResultIs4AndHasNoNumber) {
  const Ended ended = assay_run(quick({"matmul/dtype:f32/m:2/n:3/k:4@null:0", "--format", "json"}));
  EXPECT_EQ(ended.code, 4) << ended.err;
  const auto json = nlohmann::json::parse(ended.out);
  EXPECT_EQ(json.at("benchmarks").at(0).at("assay").at("status"), "wrong");
  EXPECT_FALSE(json.at("benchmarks").at(0).contains("real_time"));
}

TEST(Run, EveryFormatGoesToStdoutAndFiles) {
  const TemporaryFolder folder;
  Words arguments = {small, "--format", "markdown"};
  for (const char* name : {"r.csv", "r.md", "r.xml", "r.txt", "r.json"}) {
    arguments.insert(arguments.end(), {"--out", folder / name});
  }
  const Ended ended = assay_run(quick(arguments));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("|"));
  EXPECT_THAT(read_file(folder / "r.xml"), HasSubstr("<testsuite"));
  EXPECT_THAT(read_file(folder / "r.csv"), HasSubstr(","));
  EXPECT_EQ(read_file(folder / "r.md"), ended.out);
}

TEST(Run, TakesGoogleBenchmarksFlagsAndVariables) {
  const std::string other = "matmul/dtype:f32/m:5/n:6/k:7@reference:0";
  const Ended listed =
      assay_run({"run", small, other, "--benchmark_filter=m:5", "--benchmark_list_tests"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_EQ(listed.out, other + "\n");
  SpawnOptions options;
  options.environment = {{"BENCHMARK_FILTER", "-m:5"}, {"BENCHMARK_LIST_TESTS", "true"}};
  EXPECT_EQ(assay_run({"run", small, other}, options).out, std::string(small) + "\n");

  const TemporaryFolder folder;
  const Ended ended = assay_run(
      {"run", small, "--benchmark_repetitions=2", "--benchmark_min_time=10x",
       "--benchmark_out=" + (folder / "r.json"), "--benchmark_out_format=json",
       "--benchmark_context=commit=abc,branch=x", "--benchmark_format=csv", "--max-time=20s"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto json = nlohmann::json::parse(read_file(folder / "r.json"));
  EXPECT_EQ(json.at("context").at("commit"), "abc");
  EXPECT_EQ(json.at("benchmarks").at(0).at("repetitions"), 2);
  EXPECT_GE(json.at("benchmarks").at(0).at("iterations"), 10);
}

TEST(Run, ListsFilteredNamesWithoutRunning) {
  const Ended ended = assay_run(
      {"run", small, "matmul/dtype:f32/m:5/n:6/k:7@reference:0", "--list", "--filter", "-m:5"});
  EXPECT_EQ(ended.out, std::string(small) + "\n");
}

TEST(Run, AMissingDeviceIsASkippedRowOrRefused) {
  const char* const missing = "matmul/dtype:f32/m:2/n:3/k:4@null:7";
  const Ended skipped = assay_run(quick({missing, "--format", "json"}));
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr("no device null:7 here"));
  const Ended refused = assay_run(quick({small, "--require-device", "null:7"}));
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("--require-device null:7: no device null:7 here"));
  EXPECT_THAT(refused.out, IsEmpty());
}

TEST(Run, AProblemLargerThanMemoryIsSkippedWithItsSize) {
  const Ended ended = assay_run({"run", "matmul/dtype:f32/m:2000000/n:2000000/k:64@reference:0",
                                 "--format", "json", "--max-time", "1000000"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto row = nlohmann::json::parse(ended.out).at("benchmarks").at(0).at("assay");
  EXPECT_EQ(row.at("status"), "skipped");
  EXPECT_THAT(row.at("reason").get<std::string>(), HasSubstr("iB"));
}

TEST(Run, AFullDiskLosesNothing) {
  const TemporaryFolder folder;
  SpawnOptions options;
  options.environment = {{"TMPDIR", folder.path().string()}};
  const Ended ended = assay_run(quick({small, "--out", "/dev/full"}), options);
  EXPECT_EQ(ended.code, 70);
  EXPECT_THAT(ended.out, HasSubstr("1 ok"));
  EXPECT_THAT(ended.err, AllOf(HasSubstr("/dev/full"), HasSubstr("instead")));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_THAT(read_file(entry.path()), HasSubstr(small));
    ++files;
  }
  EXPECT_EQ(files, 1);
}

TEST(Run, NumbersDontFollowTheLocale) {
  SpawnOptions options;
  options.environment = {{"LC_ALL", "de_DE.UTF-8"}, {"LANG", "de_DE.UTF-8"}};
  const Ended ended = assay_run(quick({small, "--format", "csv"}), options);
  EXPECT_EQ(ended.code, 0) << ended.err;
  const std::size_t line = ended.out.find('\n');
  ASSERT_NE(line, std::string::npos);
  const auto commas = [](std::string_view text) { return std::ranges::count(text, ','); };
  const std::string_view text = ended.out;
  EXPECT_EQ(commas(text.substr(0, line)),
            commas(text.substr(line + 1, text.find('\n', line + 1) - line - 1)));
}

TEST(Run, AClosedStdoutIs141AndTheFileIsWritten) {
  const TemporaryFolder folder;
  SpawnOptions options;
  options.closed_stdout = true;
  const Ended ended = assay_run(quick({small, "--out", folder / "r.json"}), options);
  EXPECT_EQ(ended.code, 141) << ended.err;
  EXPECT_TRUE(nlohmann::json::accept(read_file(folder / "r.json")));
}

TEST(Run, CtrlCKeepsWhatWasMeasured) {
  const TemporaryFolder folder;
  Spawned program({"run", small, "matmul/dtype:f32/m:64/n:64/k:64@reference:0", "--launches",
                   "1000", "--min-time", "500ms", "--max-time", "10min", "--out",
                   folder / "r.json"});
  // The header is written once signals are handled.
  for (int i = 0; i < 600 && program.out_so_far().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  // As `timeout` does it: the group gets one too.
  ASSERT_EQ(::kill(program.pid(), SIGINT), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  (void)::kill(program.pid(), SIGINT);
  const Ended ended = program.wait();
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("interrupted"));
  EXPECT_TRUE(nlohmann::json::accept(read_file(folder / "r.json")));
}

}  // namespace
}  // namespace assay
