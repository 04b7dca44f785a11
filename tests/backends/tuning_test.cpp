#include "backends/tuning.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "backends/hardware.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

const std::string key = "matmul f32 wide\tmaker chip\tdriver 1\tabcd";

bool any(std::string_view) { return true; }

std::string file_of(const std::string& lines) { return "assay tuning 1\n" + lines; }

TEST(Tuning, ReadsWhatItWrote) {
  const std::vector<TuningEntry> entries = {{key, "packed-8x2", 1234}, {"a\tb\tc\td", "v", 5}};
  const TuningFile read = parse_tuning(to_text(entries));
  EXPECT_EQ(read.fault, "");
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(read.entries[0].key, key);
  EXPECT_EQ(read.entries[0].variant, "packed-8x2");
  EXPECT_EQ(read.entries[0].ns, 1234);
}

TEST(Tuning, NamesTheLineThatIsNone) {
  const auto fault = [](const std::string& text) { return parse_tuning(text).fault; };
  EXPECT_THAT(fault(""), HasSubstr("first line"));
  EXPECT_THAT(fault("{\"json\":1}\n"), HasSubstr("first line"));
  EXPECT_EQ(fault(file_of("# comment\n\n")), "");
  EXPECT_EQ(fault(file_of("#\none\ttwo\n")), "line 3 has 2 fields, not 6");
  EXPECT_EQ(fault(file_of(key + "\t\t5\n")), "line 2 has an empty field");
  EXPECT_EQ(fault(file_of(key + "\tv\tfast\n")), "line 2 ends in no number of nanoseconds");
  EXPECT_EQ(fault(file_of(key + "\tv\tnan\n")), "line 2 ends in no number of nanoseconds");
  EXPECT_THAT(parse_tuning(file_of(key + "\tv\t5\nbroken\n")).entries, IsEmpty());
}

TEST(Tuning, ReplacesWhatHeldForAnotherDriver) {
  const std::vector<TuningEntry> before = {{"p\td\tdriver 1\tk", "old", 1},
                                           {"p\tother\t1\tk", "o", 1}};
  const auto after = with_entry(before, {"p\td\tdriver 2\tk", "new", 1});
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].variant, "new");
  EXPECT_EQ(after[1].variant, "o");
}

TEST(Processor, HasTheNumbersOfItsGeneration) {
  const TemporaryFolder folder;
  const auto generation = [&](const std::string& text) {
    std::ofstream(folder / "cpuinfo") << text;
    return processor_generation(folder / "cpuinfo");
  };
  const std::string zen_4 =
      "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n"
      "model name\t: AMD EPYC\n";
  EXPECT_EQ(generation(zen_4), "family 25 model 17");
  EXPECT_EQ(generation(zen_4 + "\nprocessor\t: 1\ncpu family\t: 26\nmodel\t\t: 2\n"),
            "family 25 model 17")
      << "the first processor's";
  EXPECT_EQ(generation("CPU implementer\t: 0x41\nCPU part\t: 0xd4f\n"),
            "implementer 0x41 part 0xd4f");
  EXPECT_EQ(generation("nothing\n: known\nmodel\t:\n"), "");
  EXPECT_EQ(processor_generation(folder / "absent"), "");
}

class TuningFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "assay");
    setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
    unsetenv("ASSAY_TUNING");
  }
  void TearDown() override { unsetenv("ASSAY_TUNING"); }
  static void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }
  const TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(TuningFiles, AreAskedInOrder) {
  const std::string defaults = file_of(key + "\tdefault\t1\n");
  EXPECT_THAT(tuned_variant(key, defaults, any), Optional(std::string("default")));
  EXPECT_EQ(tuned_variant(key, file_of(""), any), std::nullopt);

  write(user_tuning_file(), file_of(key + "\tmine\t1\n"));
  EXPECT_THAT(tuned_variant(key, defaults, any), Optional(std::string("mine")));

  const auto given = folder_ / "given.tsv";
  write(given, file_of(key + "\tgiven\t1\n"));
  setenv("ASSAY_TUNING", given.c_str(), 1);
  EXPECT_THAT(tuning_files(), ElementsAre(given, user_tuning_file()));
  EXPECT_THAT(tuned_variant(key, defaults, any), Optional(std::string("given")));

  setenv("ASSAY_TUNING", "none", 1);
  EXPECT_EQ(tuned_variant(key, defaults, any), std::nullopt);
}

TEST_F(TuningFiles, HoldForOneDriverAndKernelOnly) {
  write(user_tuning_file(), file_of(key + "\tmine\t1\n"));
  EXPECT_EQ(tuned_variant("matmul f32 wide\tmaker chip\tdriver 2\tabcd", "", any), std::nullopt);
  EXPECT_EQ(tuned_variant("matmul f32 wide\tmaker chip\tdriver 1\tabce", "", any), std::nullopt);
}

TEST_F(TuningFiles, AreAskedOnWhereAnEntryIsUnusable) {
  const auto given = folder_ / "given.tsv";
  write(given, file_of(key + "\tgarbage\t1\n"));
  write(user_tuning_file(), file_of(key + "\tmine\t1\n"));
  setenv("ASSAY_TUNING", given.c_str(), 1);
  const auto usable = [](std::string_view variant) { return variant != "garbage"; };
  EXPECT_THAT(tuned_variant(key, "", usable), Optional(std::string("mine")));
  write(user_tuning_file(), file_of(""));
  EXPECT_EQ(tuned_variant(key, file_of(key + "\tgarbage\t1\n"), usable), std::nullopt);
}

TEST_F(TuningFiles, MayBeBroken) {
  write(user_tuning_file(), "\xff\xfe broken");
  EXPECT_EQ(tuned_variant(key, file_of(""), any), std::nullopt);
  EXPECT_NE(read_tuning(user_tuning_file()).fault, "");
  EXPECT_EQ(read_tuning(folder_ / "absent").fault, "");
  EXPECT_NE(read_tuning(folder_).fault, "") << "a folder";
}

}  // namespace
}  // namespace assay
