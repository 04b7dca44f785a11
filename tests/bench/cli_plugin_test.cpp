// Plugins as a user meets them: --plugin, ASSAY_PLUGIN_PATH, assay conformance.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/bench/children.hpp"
#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string file_of(const std::string& name) { return ASSAY_TEST_PLUGINS "/" + name + ".so"; }

const char* const small = "matmul/dtype:f32/m:8/n:8/k:8";

TEST(CliPlugin, RunsACaseOfAPlugin) {
  const Ended ended =
      assay_run({"run", std::string(small) + "@threads:0", "--plugin", file_of("example_threads"),
                 "--launches", "1", "--min-time", "1ms", "--format", "csv"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("threads:panel16"));
}

TEST(CliPlugin, AVerifiedCaseLoadsThePluginToo) {
  const TemporaryFolder folder;
  const Ended ended = assay_run({"verify", std::string(small) + "@threads:0", "--plugin",
                                 file_of("example_threads"), "--outputs", folder.path()});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("threads:panel16"), HasSubstr("ok; checked full")));
}

TEST(CliPlugin, RejectionsArePrintedWithPathAndReasonAndCostNothing) {
  const Ended ended = assay_run({"run", std::string(small) + "@reference:0", "--plugin",
                                 file_of("hostile_other_version"), "--launches", "1", "--min-time",
                                 "1ms", "--device", "reference"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("note: plugin: " + file_of("hostile_other_version") +
                                   ": it speaks plugin ABI 2, this assay 1"));
}

TEST(CliPlugin, ADeviceOfARejectedPluginIsASkippedRowWithItsReason) {
  const std::string reason = file_of("hostile_other_version") + ": it speaks plugin ABI 2";
  for (const std::string device : {"mychip:0", "mychip"}) {
    const Ended ended = assay_run({"run", small, "--device", device + ",reference:0", "--plugin",
                                   file_of("hostile_other_version"), "--launches", "1",
                                   "--min-time", "1ms", "--format", "csv"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, StartsWith("note: plugin: " + reason));
    EXPECT_THAT(ended.out, AllOf(HasSubstr("unknown backend 'mychip'"),
                                 HasSubstr("; rejected: " + reason), HasSubstr("@reference:0")));
  }
  const Ended placed = assay_run({"run", std::string(small) + "@mychip:0", "--plugin",
                                  file_of("hostile_other_version"), "--format", "csv"});
  EXPECT_NE(placed.code, 64) << placed.err;
  EXPECT_THAT(placed.out, HasSubstr("; rejected: " + reason));
}

TEST(CliPlugin, CeilingsAndParallelismPrintRejectionsToo) {
  for (const std::string verb : {"ceilings", "parallelism"}) {
    const Ended ended =
        assay_run({verb, "--device", "mychip:0", "--plugin", file_of("hostile_no_entry")});
    EXPECT_THAT(ended.err,
                HasSubstr("note: plugin: " + file_of("hostile_no_entry") + ": no plugin of assay"))
        << verb;
  }
}

TEST(CliPlugin, AbsurdNumbersCostNoOtherRow) {
  for (const std::string cache : {"hot", "cold"}) {
    const Ended ended =
        assay_run({"run", std::string(small) + "/cache:" + cache, "--device",
                   "crooked_absurd:0,reference:0", "--plugin", file_of("crooked_absurd"),
                   "--launches", "1", "--min-time", "1ms", "--format", "csv"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("@reference:0"), HasSubstr("@crooked_absurd:0")));
  }
}

TEST(CliPlugin, LibrariesInFoldersOfThePathAreLoaded) {
  const TemporaryFolder folder;
  std::filesystem::copy_file(file_of("example_threads"), folder / "mine.so");
  SpawnOptions options;
  options.environment = {{"ASSAY_PLUGIN_PATH", "/no/such/folder:" + folder.path().string()}};
  const Ended ended = assay_run({"run", std::string(small) + "@threads:0", "--launches", "1",
                                 "--min-time", "1ms", "--format", "csv"},
                                options);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("threads:panel16"));
  EXPECT_THAT(ended.err, HasSubstr("note: plugin: /no/such/folder: "));
}

// A claim about memory alone: the device has no case of its own to run, and its memory is filled.
TEST(CliPlugin, VerdictsFillTheMemoryOfANamedDevice) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "plugins");
  std::filesystem::copy_file(file_of("crooked_has_memory"),
                             folder / "plugins/crooked_has_memory.so");
  SpawnOptions options;
  options.environment = {{"ASSAY_PLUGIN_PATH", folder / "plugins"}};
  const Ended ended =
      assay_run({"verdict", "mi300x-memory-density-2p4x", "--measure", "--device",
                 "crooked_has_memory:0", "--max-time", "2s", "--out", folder / "m.json"},
                options);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("written, read back and right at the same time: 61 MiB"));
  EXPECT_TRUE(std::filesystem::exists(folder / "m.json.capacity.json"));
}

TEST(CliConformance, JudgesOnlyWhatIsNamed) {
  const TemporaryFolder folder;
  std::filesystem::copy_file(file_of("hostile_no_entry"), folder / "other.so");
  SpawnOptions options;
  options.environment = {{"ASSAY_PLUGIN_PATH", folder.path().string()}};
  const Ended named =
      assay_run({"conformance", "--plugin", file_of("example_threads"), small}, options);
  EXPECT_EQ(named.code, 0) << named.out << named.err;
  EXPECT_THAT(named.err, IsEmpty());
  EXPECT_EQ(assay_run({"conformance", small}, options).code, 6) << "all of the path";
}

TEST(CliConformance, ARejectedPluginBesideAnotherIsExitCodeSix) {
  const Ended ended = assay_run({"conformance", "--plugin", file_of("example_threads"), "--plugin",
                                 file_of("hostile_no_entry"), small});
  EXPECT_EQ(ended.code, 6);
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("matmul f32  1 right"), HasSubstr("not all could be loaded"),
                    Not(HasSubstr("\nconforms\n"))));
  EXPECT_THAT(ended.err, HasSubstr("no function assay_plugin_entry"));
}

TEST(CliConformance, SaysWhatItLeftOut) {
  const Ended ended = assay_run({"conformance", "--plugin", file_of("hostile_exits_running")});
  EXPECT_EQ(ended.code, 6);
  EXPECT_THAT(ended.out, HasSubstr(" problems, after 3 workers in a row that died\n"));
}

TEST(CliPlugin, FoldersOfThePathAreSearched) {
  SpawnOptions options;
  options.environment = {{"ASSAY_PLUGIN_PATH", "/no/such/folder"}};
  const Ended ended =
      assay_run({"list", "--device", "threads:0", "--plugin", file_of("example_threads")}, options);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("note: plugin: /no/such/folder: "));
  EXPECT_THAT(ended.out, HasSubstr("threads computes only matmul"));
}

TEST(CliPlugin, AFileThatIsMissingIsAUsageError) {
  const Ended ended = assay_run({"devices", "--plugin", "/no/such.so"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_EQ(ended.err, "assay: --plugin /no/such.so: no such file\n");
}

TEST(CliPlugin, AWordThatNoPluginHasNamesTheNearestOne) {
  const Ended ended =
      assay_run({"list", "--device", "thread:0", "--plugin", file_of("example_threads")});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("unknown backend 'thread'; did you mean 'threads'?"));
}

// While a driver hangs in discovery, long before the 30 s that it has.
TEST(CliPlugin, AnInterruptionEndsDiscovery) {
  using Clock = std::chrono::steady_clock;
  for (const std::string verb : {"devices", "run", "list", "conformance"}) {
    Spawned spawned({verb, "--plugin", file_of("hostile_hangs_enumerating")});
    // Workers are started once signals are handled.
    for (int i = 0; i < 600 && children_of(spawned.pid()).empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const auto before = Clock::now();
    ::kill(spawned.pid(), SIGINT);
    const Ended ended = spawned.wait();
    EXPECT_LT(Clock::now() - before, std::chrono::seconds(10)) << verb;
    EXPECT_EQ(ended.code, 130) << verb << ": " << ended.err;
    EXPECT_EQ(ended.err, "assay: interrupted\n") << verb;
  }
}

TEST(CliConformance, ExitCodesTellRightWrongAndFailed) {
  const auto conformance = [](const std::string& plugin, const std::string& problem = small) {
    return assay_run({"conformance", "--plugin", file_of(plugin), problem});
  };
  const Ended right = conformance("example_threads");
  EXPECT_EQ(right.code, 0) << right.err;
  EXPECT_THAT(right.out, AllOf(StartsWith("threads:0  "), HasSubstr("matmul f32  1 right"),
                               HasSubstr("lifecycle   11 right"), HasSubstr("\nconforms\n")));

  const Ended wrong = conformance("hostile_wrong_answers");
  EXPECT_EQ(wrong.code, 4);
  EXPECT_THAT(wrong.out, AllOf(HasSubstr("1 TO FIX"), HasSubstr("to fix: 1\n"), HasSubstr(small)));

  const Ended failed = conformance("hostile_crashes_running");
  EXPECT_EQ(failed.code, 6);
  EXPECT_THAT(failed.out, HasSubstr("signal 11"));

  const Ended unsupported = conformance("example_threads", "matmul/dtype:bf16/m:8/n:8/k:8");
  EXPECT_EQ(unsupported.code, 6);
  EXPECT_THAT(unsupported.out, HasSubstr("nothing was checked"));

  const Ended rejected = conformance("hostile_no_entry");
  EXPECT_EQ(rejected.code, 6);
  EXPECT_THAT(rejected.err, HasSubstr("no function assay_plugin_entry"));
}

TEST(CliConformance, NeedsSomethingToCheck) {
  const Ended ended = assay_run({"conformance"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("needs --plugin FILE or --device DEVICE"));
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST(CliConformance, TakesBuiltInDevices) {
  const Ended ended = assay_run({"conformance", "--device", "reference:0", small});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, Not(HasSubstr("TO FIX")));
}

}  // namespace
}  // namespace assay
