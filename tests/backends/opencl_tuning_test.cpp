// Entries of tuning files: which device they hold for, and what becomes of those that say nothing.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "backends/opencl/attention_blocks.hpp"
#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"
#include "backends/opencl/loader.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/program_cache.hpp"
#include "backends/opencl/sources.hpp"
#include "backends/opencl/tuned_fault.hpp"
#include "backends/opencl/tuning_key.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay::opencl {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string packed_class = "matmul packed f32 x f32 wide";

std::string entry(const std::string& key, const std::string& variant) {
  return "assay tuning 1\n" + key + "\t" + variant + "\t5\n";
}

TEST(TunedDefaults, AreOfTodaysKernels) {
  EXPECT_THAT(dead_entries(tuned_defaults()), IsEmpty())
      << "results/README.md says how backends/opencl/tuned.tsv is made again";
  for (const TuningEntry& each : parse_tuning(tuned_defaults()).entries) {
    EXPECT_THAT(each.key, testing::ContainsRegex(" units?\t")) << "the device without its units";
  }
}

TEST(TunedDefaults, AreDeadOnceTheirKernelChanges) {
  const std::string key = packed_class + "\td\t1\t";
  const std::string today = kernels_hash(packed_class);
  EXPECT_THAT(dead_entries(entry(key + today, "default")), IsEmpty());
  EXPECT_THAT(dead_entries(entry(key + "1fc4b804eda3f061", "default")),
              ElementsAre(HasSubstr("another source of its kernels than " + today)));
  EXPECT_THAT(dead_entries(entry(key + today, "packed-garbage")),
              ElementsAre(HasSubstr("packed-garbage")));
  EXPECT_THAT(dead_entries(entry("matmul f32 x f32 wide\td\t1\t" + today, "default")),
              ElementsAre(HasSubstr("no class")));
  EXPECT_THAT(dead_entries("nothing"), ElementsAre(HasSubstr("first line")));
}

// So that work on attention leaves what was chosen for products.
TEST(TuningKey, HasTheHashOfItsOwnFamily) {
  EXPECT_EQ(kernels_hash("matmul packed f32 x f32 wide"), text_hash(matmul_packed_cl.text));
  EXPECT_EQ(kernels_hash("matmul tiled s8 x s8 narrow"), text_hash(matmul_tiled_cl.text));
  EXPECT_EQ(kernels_hash("matmul fragment f16 x f16 wide"), text_hash(matmul_fragment_cl.text));
  EXPECT_EQ(kernels_hash("attention fragment f16 d 64"), text_hash(attention_fragment_cl.text));
  EXPECT_EQ(kernels_hash("matmul f32 x f32 wide"), "");
}

TEST(TuningKey, TellsProcessorsApart) {
  DeviceInfo info;
  info.vendor = "AuthenticAMD";
  info.name = "cpu-skylake-avx512-AMD\tEPYC";
  info.cpu = true;
  info.compute_units = 2;
  const std::string zen_5 = tuning_device(info, "family 26 model 2");
  EXPECT_EQ(zen_5, "AuthenticAMD cpu-skylake-avx512-AMD EPYC, family 26 model 2, 2 units");
  EXPECT_NE(tuning_device(info, "family 25 model 17"), zen_5);
  info.compute_units = 96;
  EXPECT_NE(tuning_device(info, "family 26 model 2"), zen_5);
  info.cpu = false;
  EXPECT_EQ(tuning_device(info, "family 26 model 2"),
            "AuthenticAMD cpu-skylake-avx512-AMD EPYC, 96 units")
      << "a GPU doesn't change with the host's processor";
}

TEST(TunedFault, NamesWhatItsFamilyCannotBe) {
  EXPECT_EQ(tuned_fault(packed_class, "packed-garbage"),
            "'packed-garbage' for 'matmul packed f32 x f32 wide' is no configuration such as "
            "packed-8x2-128x256-256");
  EXPECT_EQ(tuned_fault(packed_class, "default"), "");
  EXPECT_EQ(tuned_fault(packed_class, "packed-8x2-128x256-256"), "");
  EXPECT_NE(tuned_fault(packed_class, "tiled-64x64x16-8x8"), "") << "another family's";
  EXPECT_EQ(tuned_fault("matmul tiled f32 x f32 wide", "tiled-64x64x16-8x8"), "");
  EXPECT_NE(tuned_fault("matmul fragment f16 x f16 wide", "fragment-99"), "");
  EXPECT_NE(tuned_fault("attention fragment f16 d 64", "fragment-128x128-2x2-3"), "");
  EXPECT_EQ(tuned_fault("attention fragment f16 d 64", "fragment-2x32"), "");
  EXPECT_EQ(tuned_fault("somebody else's", "garbage"), "");
}

// On the first device of any platform, whatever family it would choose by itself.
class TunedRows : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "assay");
    unsetenv("ASSAY_TUNING");
    for (const Platform& platform : find_platforms(usual_places()).found) {
      const auto devices = devices_of(platform);
      if (devices.empty()) continue;
      setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
      session_ = std::make_unique<Session>(platform, devices.front(),
                                           describe(platform, devices.front(), "0.0"));
      session_->info.name = "one that nobody tuned";  // the defaults may know the device
      return;
    }
    GTEST_SKIP() << "no OpenCL device";
  }
  void TearDown() override { unsetenv("XDG_CACHE_HOME"); }

  void tune(const std::string& problems, const std::string& variant) const {
    std::ofstream(user_tuning_file()) << entry(tuning_key(*session_, problems), variant);
  }

  // Of rows made by `prepare`: untuned without an entry and with those that say nothing, else not.
  void expect_honest(const std::string& problems, const std::vector<std::string>& useless,
                     const std::string& useful, const std::string& then,
                     const std::function<std::unique_ptr<Prepared>()>& prepare) const {
    const auto untuned = ElementsAre("untuned");
    EXPECT_THAT(prepare()->labels(), untuned) << "no entry";
    const std::string by_default = prepare()->implementation();
    for (const std::string& variant : useless) {
      tune(problems, variant);
      EXPECT_THAT(prepare()->labels(), untuned) << variant;
      EXPECT_EQ(prepare()->implementation(), by_default) << variant;
    }
    tune(problems, std::string(tuned_to_default));
    EXPECT_THAT(prepare()->labels(), IsEmpty());
    EXPECT_EQ(prepare()->implementation(), by_default);
    tune(problems, useful);
    EXPECT_THAT(prepare()->labels(), IsEmpty());
    EXPECT_THAT(prepare()->implementation(), HasSubstr(then));
    EXPECT_NE(prepare()->implementation(), by_default);
  }

  const TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
  std::unique_ptr<Session> session_;
};

TEST_F(TunedRows, OfThePackedFamily) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:130/n:270/k:128");
  expect_honest(packed_class,
                {"packed-garbage", "packed-8x2", "tiled-64x64x16-8x8", "fragment-99", "packed"},
                "packed-12x1-96x256-256", "packed_12x",
                [&] { return prepare_packed_matmul(*session_, problem, ""); });
  EXPECT_THAT(prepare_packed_matmul(*session_, problem, "packed")->labels(), IsEmpty())
      << "the user named a variant";
}

TEST_F(TunedRows, OfTheTiledFamily) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:130/n:270/k:128");
  // The device can't run the last.
  session_->limits.work_group = 256;
  expect_honest(
      "matmul tiled f32 x f32 wide",
      {"tiled-garbage", "packed-8x2-128x256-256", "tiled-64x64x16-8x3", "tiled-128x128x16-4x4"},
      "tiled-64x32x16-8x4", "tiled_64x32",
      [&] { return prepare_tiled_matmul(*session_, problem, ""); });
}

TEST_F(TunedRows, OfTheFragmentFamily) {
  const Problem problem = parse_problem("matmul/dtype:f16/m:256/n:512/k:128");
  session_->limits.local_memory = std::size_t{64} << 10U;
  // There is no room for the last.
  expect_honest(
      "matmul fragment f16 x f16 wide",
      {"fragment-99", "fragment-2x32", "packed-8x2-128x256-256", "fragment-256x256-4x2-6"},
      "fragment-64x128-2x2-2", "fragment_64x128",
      [&] { return prepare_fragment_matmul(*session_, problem, nullptr, ""); });
}

TEST_F(TunedRows, OfAttentionByFragments) {
  const Problem problem = parse_problem("attention/dtype:f16/heads:8/q:512/kv:512/d:64");
  expect_honest("attention fragment f16 d 64",
                {"fragment-99", "fragment-128x128-2x2-3", "fragment-3x32"}, "fragment-1x16",
                "fragment_64x16",
                [&] { return prepare_fragment_attention(*session_, problem, ""); });
}

TEST_F(TunedRows, AreNotUntunedWhereNobodyWouldTune) {
  const Problem few = parse_problem("matmul/dtype:f32/m:4/n:270/k:128");
  EXPECT_THAT(prepare_packed_matmul(*session_, few, "")->labels(), IsEmpty());
  EXPECT_EQ(matmul_tuning_key(*session_, matmul_shape(few)), "");
  const Problem wide = parse_problem("attention/dtype:f16/heads:2/q:64/kv:64/d:256");
  EXPECT_THAT(prepare_fragment_attention(*session_, wide, "")->labels(), IsEmpty());
}

}  // namespace
}  // namespace assay::opencl
