// `assay tune` where there is nothing to tune: what becomes of files. And what every verb says of files
// that it would use.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

TEST(Tune, KeepsADamagedFile) {
  const TemporaryFolder folder;
  const std::string file = folder / "tuned.tsv";
  std::ofstream(file) << "not a tuning file\n";
  const Ended ended = assay_run({"tune", "--device", "reference:0", "--tuning", file});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("anything to tune"));
  EXPECT_THAT(ended.err, HasSubstr("it is kept as " + file + ".damaged"));
  EXPECT_EQ(read_file(file + ".damaged"), "not a tuning file\n");
}

TEST(Tune, FindsBeforeTuningThatAFileCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "absent/tuned.tsv";
  const Ended ended = assay_run({"tune", "--device", "reference:0", "--tuning", file});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr(file));
}

TEST(Tune, RefusesAFolder) {
  const TemporaryFolder folder;
  const Ended ended =
      assay_run({"tune", "--device", "reference:0", "--tuning", folder.path().string()});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("--tuning: '" + folder.path().string() + "' is a folder"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path()));
}

TEST(Tune, LeavesOutEntriesThatSayNothing) {
  const TemporaryFolder folder;
  const std::string file = folder / "tuned.tsv";
  write_text(file, "assay tuning 1\nattention fragment f16 d 64\td\t1\tk\tfragment-99\t5\n");
  const Ended ended = assay_run({"tune", "--device", "reference:0", "--tuning", file});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(file + ": 'fragment-99' for 'attention fragment f16 d 64' is no "
                                          "configuration such as fragment-2x32; it is left out"));
}

// Commands that would use tuned kernels, on a device that isn't there.
std::vector<std::vector<std::string>> users_of_tuning(const TemporaryFolder& folder) {
  const std::string problem = "matmul/dtype:f32/m:2/n:2/k:2";
  return {
      {"run", problem, "--device", "null:7"},
      {"verify", problem, "--device", "null:7", "--outputs", folder.path().string()},
      {"ab", problem, "--device", "null:7"},
      {"selftest", "--device", "null:7"},
      {"parallelism", "--device", "null:7"},
      {"conformance", problem, "--device", "null:7"},
      {"split", problem, "--device", "null:7"},
  };
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(UnusableTuningFiles, AreNamedByEveryVerbThatCannotUseThem) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "assay");
  write_text(folder / "assay/tuning.tsv", "not a tuning file\n");
  write_text(folder / "given.tsv",
             "assay tuning 1\nmatmul packed f32 x f32 wide\td\t1\tk\tpacked-garbage\t5\n");
  for (const auto& arguments : users_of_tuning(folder)) {
    SCOPED_TRACE(arguments.front());
    SpawnOptions options;
    options.environment = {{"XDG_CACHE_HOME", folder.path().string()},
                           {"ASSAY_TUNING", folder / "given.tsv"}};
    const Ended ended = assay_run(arguments, options);
    EXPECT_EQ(count(ended.err,
                    "assay/tuning.tsv: its first line isn't 'assay tuning 1'; it is "
                    "ignored\n"),
              1U)
        << ended.err;
    EXPECT_EQ(count(ended.err,
                    "given.tsv: 'packed-garbage' for 'matmul packed f32 x f32 wide' is "
                    "no configuration such as packed-8x2-128x256-256; the entry is "
                    "ignored\n"),
              1U)
        << ended.err;
    options.environment.back().second = "none";
    EXPECT_EQ(count(assay_run(arguments, options).err, "tuning.tsv"), 0U) << "none is used";
  }
}

TEST(NamedTuningFiles, MustBeThere) {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing.tsv";
  for (const auto& arguments : users_of_tuning(folder)) {
    SCOPED_TRACE(arguments.front());
    SpawnOptions options;
    options.environment = {{"ASSAY_TUNING", missing}};
    const Ended absent = assay_run(arguments, options);
    EXPECT_EQ(absent.code, 64);
    EXPECT_THAT(absent.err, HasSubstr("ASSAY_TUNING: there is no file '" + missing + "'"));
    options.environment = {{"ASSAY_TUNING", folder.path().string()}};
    const Ended a_folder = assay_run(arguments, options);
    EXPECT_EQ(a_folder.code, 64);
    EXPECT_THAT(a_folder.err, HasSubstr("ASSAY_TUNING: '" + folder.path().string() +
                                        "' is a folder, not a file of tuning"));
  }
  const std::vector<std::string> run = users_of_tuning(folder).front();
  for (const std::string& given : {missing, folder.path().string()}) {
    auto arguments = run;
    arguments.insert(arguments.end(), {"--tuning", given});
    const Ended ended = assay_run(arguments);
    EXPECT_EQ(ended.code, 64);
    EXPECT_THAT(ended.err, HasSubstr("--tuning: "));
    EXPECT_THAT(ended.err, HasSubstr("'" + given + "'"));
  }
  const Ended side = assay_run({"ab", "matmul/dtype:f32/m:2/n:2/k:2", "--device", "null:7",
                                "--head-env", "ASSAY_TUNING=" + missing});
  EXPECT_EQ(side.code, 64);
  EXPECT_THAT(side.err, HasSubstr("--head-env ASSAY_TUNING: there is no file '" + missing + "'"));
}

}  // namespace
}  // namespace assay
