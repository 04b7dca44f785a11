// The search for the fastest candidates, with a worker whose speeds are known: see tune_worker.cpp.
#include "bench/tune/tune.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "kernels/kernel.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class Tuning : public testing::Test {
 protected:
  // Of problems with those m; preparing candidates for m:1 takes `ms`.
  std::vector<Tuned> found(const std::string& variants, const std::vector<int>& rows,
                           double budget_s, int ms = 0) {
    KnownDevice device;
    device.backend = "null";
    device.info.ordinal = "0";
    WorkerSettings settings;
    settings.executable = TUNE_WORKER;
    settings.answer_timeout_s = 20;
    settings.environment = {
        {"TUNE_VARIANTS", variants}, {"TUNE_MS", std::to_string(ms)}, {"TUNE_LOG", log_}};
    std::vector<TuningProblem> problems;
    for (const int m : rows) {
      const auto of_rows = [](int many) {
        return parse_problem("matmul/dtype:f32/n:1/k:1/m:" + std::to_string(many));
      };
      problems.push_back({of_rows(m), std::nullopt});
      if (proof_rows_) problems.back().proof = of_rows(*proof_rows_);
    }
    TuneListener listener;
    listener.trying = [](const Problem&, const std::string&) {};
    listener.decided = [this](const Tuned& tuned) { decided_.push_back(tuned); };
    return tune(device, problems, budget_s, settings, listener);
  }

  [[nodiscard]] std::vector<std::string> sampled() const {
    std::vector<std::string> lines;
    std::ifstream file(log_);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  const TemporaryFolder folder_;
  const std::string log_ = folder_ / "log";
  std::vector<Tuned> decided_;
  std::optional<int> proof_rows_;
};

TEST_F(Tuning, KeepsTheFastest) {
  const auto tuned = found("default:100,one:90,two:50,three:70", {2}, 30).front();
  EXPECT_EQ(tuned.entry.variant, "two");
  EXPECT_EQ(tuned.entry.key, "m 2\tdevice\tdriver\tkernels");
  EXPECT_EQ(tuned.entry.ns, 50e3);
  EXPECT_EQ(tuned.default_ns, 100e3);
  EXPECT_EQ(tuned.tried, 3);
  ASSERT_EQ(decided_.size(), 1U);
}

// In the worker's list the second number is the time of problems with 4096 rows.
TEST_F(Tuning, KeepsNothingThatLosesOnALargerProblem) {
  proof_rows_ = 4096;
  const auto tuned = found("default:100/300,one:90/290,two:50/310,three:95/100", {2}, 30).front();
  EXPECT_EQ(tuned.entry.variant, "one");
  EXPECT_EQ(tuned.entry.ns, 90e3);
  const auto all_lose = found("default:100/300,one:90/310,two:50/310", {2}, 30).front();
  EXPECT_EQ(all_lose.entry.variant, tuned_to_default);
  const auto breaks = found("default:100/300,one:90/0,two:50/-1,three:95/301", {2}, 30).front();
  EXPECT_EQ(breaks.entry.variant, "three");
  // A default that can't run it neither proves nor refutes.
  const auto unproven = found("default:100/0,one:90/300,two:50/310", {2}, 30).front();
  EXPECT_EQ(unproven.entry.variant, "two");
}

TEST_F(Tuning, KeepsTheDefaultWhereNothingIsFaster) {
  const auto tuned = found("default:100,one:99.5,two:300", {2}, 30).front();
  EXPECT_EQ(tuned.entry.variant, tuned_to_default);
  EXPECT_EQ(tuned.entry.ns, 100e3);
}

TEST_F(Tuning, LeavesOutWhatIsWrongOrBreaks) {
  const auto tuned = found("default:100,one:0,two:-1,three:60", {2}, 30).front();
  EXPECT_EQ(tuned.entry.variant, "three");
  EXPECT_EQ(tuned.tried, 1);
  EXPECT_EQ(tuned.failed, 2);
  const auto all_bad = found("default:0,one:0", {2}, 30).front();
  EXPECT_EQ(all_bad.entry.variant, "");
  EXPECT_THAT(all_bad.reason, HasSubstr("element 3"));
}

TEST_F(Tuning, TakesNoSecondSampleOfWhatIsClearlySlower) {
  (void)found("default:100,one:50,two:90,three:55", {2}, 30);
  const auto all = sampled();
  EXPECT_THAT(all, Contains("three 2"));
  const auto of_two = std::ranges::find(all, "two 1");
  ASSERT_NE(of_two, all.end());
  EXPECT_EQ(*(of_two + 1), "three 1") << "the next candidate's";
}

TEST_F(Tuning, LooksNearTheBestWhileThereIsTime) {
  const auto tuned = found("default:100,one:80,near:beside:40", {2}, 30).front();
  EXPECT_EQ(tuned.entry.variant, "beside");
  ASSERT_EQ(decided_.size(), 2U);
  EXPECT_EQ(decided_.front().entry.variant, "one") << "written before the neighbours were tried";
}

// What was decided has seen the whole list: an entry for less would take the label `untuned` from rows
// that nobody tuned.
TEST_F(Tuning, KeepsNothingOfAListThatWasNotFinished) {
  const auto all = found("default:100,a:90,b:80,c:70,d:60", {1, 2}, 0.3, 200);
  EXPECT_EQ(all[0].entry.variant, "");
  EXPECT_THAT(all[0].reason, HasSubstr(" of 4 tried in the time: not kept"));
  EXPECT_EQ(all[1].entry.variant, "");
  EXPECT_EQ(all[1].reason, "not tried: no time left");
  EXPECT_THAT(decided_, IsEmpty());
}

TEST_F(Tuning, FinishesTheFirstProblemsInAShortTime) {
  const auto all = found("default:100,a:90,b:80,c:70,d:60", {2, 1, 3}, 8, 5000);
  EXPECT_EQ(all[0].entry.variant, "d");
  EXPECT_EQ(all[1].entry.variant, "");
  EXPECT_EQ(all[2].entry.variant, "");
  ASSERT_EQ(decided_.size(), 1U);
}

TEST_F(Tuning, SaysWhereThereIsNoChoice) {
  const auto tuned = found("default:100,one:90", {9}, 30).front();
  EXPECT_FALSE(tuned.choice);
  EXPECT_THAT(sampled(), IsEmpty());
}

TEST(TuningProblems, BeginWithTheMostImportant) {
  DeviceInfo device;
  device.cpu = true;
  const TuningProblem first = tuning_problems(device).front();
  EXPECT_EQ(problem_name(first.search), "matmul/dtype:f32/m:384/n:1024/k:2048/cache:hot");
  EXPECT_EQ(problem_name(first.proof.value()), "matmul/dtype:f32/m:512/n:4096/k:4096");
  device.cpu = false;
  EXPECT_EQ(tuning_problems(device).front().search.word("dtype"), "bf16");
  EXPECT_EQ(tuning_problems(device).size(), 12U);
}

}  // namespace
}  // namespace assay
