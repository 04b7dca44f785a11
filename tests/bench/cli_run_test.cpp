// `assay run` from end to end, on the reference backend: right answers on any machine.
#include <gmock/gmock.h>
#include <langinfo.h>
#include <locale.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/bench/spawn.hpp"
#include "tests/support/missing.hpp"

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
  // One of our own: those of the system may be none.
  const TemporaryFolder locales;
  const std::string make = "localedef -i de_DE -f UTF-8 " + (locales / "de_DE.UTF-8") + " 2>&1";
  if (!std::filesystem::exists("/usr/share/i18n/locales/de_DE") || std::system(make.c_str()) != 0) {
    ASSAY_MISSING("locales", "no German locale can be made (Debian: locales)");
  }
  ::setenv("LOCPATH", locales.path().c_str(), 1);
  const locale_t german = ::newlocale(LC_ALL_MASK, "de_DE.UTF-8", nullptr);
  ::unsetenv("LOCPATH");
  ASSERT_NE(german, nullptr);
  EXPECT_STREQ(::nl_langinfo_l(RADIXCHAR, german), ",");
  ::freelocale(german);
  SpawnOptions options;
  options.environment = {
      {"LOCPATH", locales.path().string()}, {"LC_ALL", "de_DE.UTF-8"}, {"LANG", "de_DE.UTF-8"}};
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

// Once `shown` of the files says so.
void interrupt_when(Spawned& program, const std::function<bool()>& shown) {
  for (int i = 0; i < 6000 && !shown(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // As `timeout` does it: the group gets one too.
  ASSERT_EQ(::kill(program.pid(), SIGINT), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  (void)::kill(program.pid(), SIGINT);
}

// A second is what is promised; the machine may be busy.
constexpr std::chrono::seconds at_once(5);

TEST(Run, CtrlCKeepsWhatWasMeasured) {
  const TemporaryFolder folder;
  const char* const settled = "matmul/dtype:f32/m:2/n:3/k:4@null:7";
  Spawned program({"run", small, "matmul/dtype:f32/m:64/n:64/k:64/cache:hot@reference:0", settled,
                   "--launches", "1000", "--min-time", "1ms", "--max-time", "10min",
                   "--no-ceilings", "--out", folder / "r.json"});
  // The launches go on and on; after so many seconds some are over.
  const auto begin = std::chrono::steady_clock::now();
  interrupt_when(program, [&] {
    return !program.out_so_far().empty() &&
           std::chrono::steady_clock::now() - begin > std::chrono::seconds(4);
  });
  const auto before = std::chrono::steady_clock::now();
  const Ended ended = program.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - before, at_once);
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("assay: interrupted; kept the results of "));
  const auto document = nlohmann::json::parse(read_file(folder / "r.json"));
  // Means of several launches have nothing of ours.
  const auto measured = std::ranges::count_if(document.at("benchmarks"), [](const auto& row) {
    return row.contains("assay") && row.at("assay").at("status") == "ok" &&
           row.value("real_time", 0.0) > 0;
  });
  EXPECT_GE(measured, 1) << ended.out;
}

TEST(Run, CtrlCBeforeAnythingIsMeasuredLeavesTheFileAlone) {
  const TemporaryFolder folder;
  write_text(folder / "r.json", "an earlier result");
  // One launch of hours.
  Spawned program({"run", small, "matmul/dtype:f32/m:2/n:3/k:4@null:7", "--launches", "1",
                   "--min-time", "1h", "--max-time", "9h", "--no-ceilings", "--out",
                   folder / "r.json"});
  const auto begin = std::chrono::steady_clock::now();
  interrupt_when(program, [&] {
    return !program.out_so_far().empty() &&
           std::chrono::steady_clock::now() - begin > std::chrono::seconds(2);
  });
  const auto before = std::chrono::steady_clock::now();
  const Ended ended = program.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - before, at_once);
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("assay: interrupted; nothing was measured\n"),
                               HasSubstr("r.json is left as it was\n")));
  EXPECT_EQ(read_file(folder / "r.json"), "an earlier result");
}

}  // namespace
}  // namespace assay
