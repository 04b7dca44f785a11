// `assay run` where workers end before they have shown their devices, and at any time after.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/bench/children.hpp"
#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

using Words = std::vector<std::string>;

const char* const small = "matmul/dtype:f32/m:2/n:3/k:4";

// Where every process that asks for OpenCL's devices ends.
SpawnOptions beside_a_falling_driver() {
  SpawnOptions options;
  options.environment = {{"OCL_ICD_VENDORS", "/nonexistent"},
                         {"OCL_ICD_FILENAMES", ""},
                         {"ASSAY_OPENCL_DRIVERS", ASSAY_FALLING_DRIVER}};
  return options;
}

Ended run_beside_a_falling_driver(Words arguments) {
  const Words rest = {"--launches", "1", "--min-time", "1ms", "--no-ceilings", "--format", "json"};
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  return assay_run(arguments, beside_a_falling_driver());
}

TEST(LostDevices, ANamedOneIsAFailedRow) {
  const std::string name = std::string(small) + "@opencl:0.0";
  const Ended ended = run_beside_a_falling_driver({name});
  EXPECT_EQ(ended.code, 6) << ended.err;
  const auto row = nlohmann::json::parse(ended.out).at("benchmarks").at(0);
  EXPECT_EQ(row.at("assay").at("case"), name);
  EXPECT_EQ(row.at("assay").at("status"), "failed");
  EXPECT_THAT(row.at("error_message").get<std::string>(),
              HasSubstr("signal 11 (segmentation fault)"));
}

TEST(LostDevices, WithoutANameTheyAreFailedRowsBesideTheOthers) {
  const Ended ended = run_beside_a_falling_driver({small, "--device", "all,reference"});
  EXPECT_EQ(ended.code, 6) << ended.err;
  int failed = 0;
  bool measured = false;
  const auto document = nlohmann::json::parse(ended.out);
  for (const auto& row : document.at("benchmarks")) {
    const std::string status = row.at("assay").at("status");
    measured = measured || status == "ok";
    if (status != "failed") continue;
    ++failed;
    EXPECT_EQ(row.at("assay").at("case"), std::string(small) + "@opencl");
  }
  EXPECT_EQ(failed, 1);
  EXPECT_TRUE(measured);
}

TEST(LostDevices, VerifySaysWhatBroke) {
  const TemporaryFolder folder;
  const Ended ended =
      assay_run({"verify", std::string(small) + "@opencl:0.0", "--outputs", folder / "out"},
                beside_a_falling_driver());
  EXPECT_EQ(ended.code, 6);
  EXPECT_THAT(ended.err, HasSubstr("signal 11 (segmentation fault)"));
}

// The first of its workers is killed at once, the one that was to show the devices; later ones at
// random.
TEST(RandomKills, FromTheVeryStartCostAtMostTheirCases) {
  constexpr int cases = 40;
  constexpr int most_kills = 60;
  const TemporaryFolder folder;
  Words words = {"run"};
  for (int n = 1; n <= cases; ++n) {
    words.push_back("matmul/dtype:f32/m:2/n:" + std::to_string(n) + "/k:3/cache:hot@reference:0");
  }
  const Words rest = {"--launches",    "3",     "--min-time",     "5ms", "--max-time", "10min",
                      "--no-ceilings", "--out", folder / "r.json"};
  words.insert(words.end(), rest.begin(), rest.end());
  Spawned program(words);
  std::atomic<bool> over = false;
  int kills = 0;
  const auto kill_all = [&, parent = program.pid()] {
    int killed = 0;
    for (const pid_t pid : children_of(parent)) killed += ::kill(pid, SIGKILL) == 0 ? 1 : 0;
    kills += killed;
    return killed > 0;
  };
  std::thread killer([&] {
    while (!over && !kill_all()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    while (!over && program.out_so_far().empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::mt19937 generator(11);
    while (!over && kills < most_kills) {
      std::this_thread::sleep_for(std::chrono::milliseconds(generator() % 60));
      (void)kill_all();
    }
  });
  const Ended ended = program.wait();
  over = true;
  killer.join();

  const auto document = nlohmann::json::parse(read_file(folder / "r.json"));
  std::set<std::string> seen;
  std::set<std::string> failed;
  for (const auto& row : document.at("benchmarks")) {
    if (!row.contains("assay")) continue;  // an aggregate of a case that has rows of its own
    const auto& ours = row.at("assay");
    seen.insert(ours.at("case"));
    if (ours.at("status") != "failed") {
      EXPECT_EQ(ours.at("status"), "ok");
      continue;
    }
    failed.insert(ours.at("case"));
    EXPECT_THAT(row.at("error_message").get<std::string>(), HasSubstr("signal 9 (killed)"));
  }
  EXPECT_EQ(seen.size(), std::size_t{cases});
  EXPECT_GE(kills, 20);
  // A case is lost only when it is hit twice running.
  EXPECT_LE(static_cast<int>(failed.size()), (kills - 1) / 2);
  EXPECT_EQ(ended.code, failed.empty() ? 0 : 6) << ended.err;
}

}  // namespace
}  // namespace assay
