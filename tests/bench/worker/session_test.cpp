#include "bench/worker/session.hpp"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <vector>

namespace assay {
namespace {

using namespace protocol;
using testing::HasSubstr;

const std::string reference = "matmul/dtype:f32/m:3/n:5/k:7/cache:hot@reference:0";
const std::string null = "matmul/dtype:f32/m:3/n:5/k:7/cache:hot@null:0";

class Sessions : public testing::Test {
 protected:
  template <class Asked>
  typename Asked::Reply ask(const Asked& request) {
    const protocol::Reply reply = session_.answer(request);
    if (const auto* failure = std::get_if<Failure>(&reply)) {
      ADD_FAILURE() << failure->message;
      return {};
    }
    return std::get<typename Asked::Reply>(reply);
  }
  Failure refusal(const Request& request) {
    const protocol::Reply reply = session_.answer(request);
    return std::holds_alternative<Failure>(reply) ? std::get<Failure>(reply) : Failure{};
  }
  Session session_;
};

TEST_F(Sessions, CheckTimeAndCheckAgain) {
  EXPECT_TRUE(ask(Supports{reference}).support);
  const auto prepared = ask(Prepare{reference, 1, Fill::random});
  EXPECT_EQ(prepared.skipped, "");
  EXPECT_EQ(prepared.implementation, "reference:f64");
  EXPECT_EQ(prepared.ring, 1);
  const auto first = ask(Verify{false});
  EXPECT_TRUE(first.passed) << first.reason;
  EXPECT_EQ(first.checked, "full");
  EXPECT_GT(first.first_call_ms, 0);
  EXPECT_GE(ask(WarmUp{0.01, 1e5}).calls_per_sample, 1);
  EXPECT_EQ(ask(Sample{4, 10}).wall_ns.size(), 4U);
  const auto after = ask(Verify{true});
  EXPECT_TRUE(after.passed) << after.reason;
  ask(Release{});
  EXPECT_THAT(refusal(Verify{true}).message, HasSubstr("no case is prepared"));
}

TEST_F(Sessions, EnergyIsCountedOrSaidToBeMissing) {
  (void)ask(Prepare{reference, 1, Fill::random});
  EXPECT_TRUE(ask(Verify{false}).passed);
  const auto plain = ask(Sample{1, 10});
  EXPECT_EQ(plain.energy_source + plain.energy_missing, "");
  const auto counted = ask(Sample{1, 10, 0, true});
  EXPECT_EQ(counted.wall_ns.size(), 1U);
  EXPECT_NE(counted.energy_source.empty(), counted.energy_missing.empty());
  EXPECT_EQ(counted.joules > 0, counted.energy_missing.empty());
  // It counts as timed: what it left is checked.
  EXPECT_TRUE(ask(Verify{true}).passed);
  (void)ask(Prepare{reference, 1, Fill::random, 1});
  EXPECT_THAT(refusal(Sample{1, 1, 1, true}).message, HasSubstr("no sensors"));
}

// Four processes that compute on one processor, to which the calling thread is bound too.
class Neighbours {
 public:
  Neighbours() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    sched_setaffinity(0, sizeof one, &one);
    for (int i = 0; i < 4; ++i) {
      const pid_t child = fork();
      if (child < 0) break;
      if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(120);
        for (;;) std::atomic_signal_fence(std::memory_order_seq_cst);
      }
      children_.push_back(child);
    }
  }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;
  ~Neighbours() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

TEST_F(Sessions, WaitingIsCountedWhereItIsAsked) {
  // Where scheduling isn't counted the file isn't there, or says 0 of a process that has run.
  std::ifstream counted_by_system("/proc/self/schedstat");
  std::int64_t ran_ns = 0;
  if (!(counted_by_system >> ran_ns) || ran_ns == 0) GTEST_SKIP() << "the system doesn't count it";
  (void)ask(Prepare{reference, 1, Fill::random});
  EXPECT_TRUE(ask(Verify{false}).passed);
  const Affinity before;
  const Neighbours neighbours;
  const auto counted = ask(Sample{1, 50'000, 0, false, true});
  EXPECT_EQ(ask(Sample{1, 10}).waited_ns, 0);
  before.apply();
  EXPECT_GT(counted.waited_ns, 0.3 * counted.wall_ns.front()) << counted.wall_ns.front() << " ns";
}

TEST_F(Sessions, AColdRingIsCheckedSetBySet) {
  const std::string cold = "matmul/dtype:f32/m:3/n:5/k:7@reference:0";
  const auto prepared = ask(Prepare{cold, 1, Fill::random});
  EXPECT_EQ(prepared.ring, 4096);
  EXPECT_TRUE(prepared.ring_capped);
  EXPECT_EQ(ask(Verify{false}).outputs, 3);
  (void)ask(Sample{2, 5});
  const auto after = ask(Verify{true});
  EXPECT_TRUE(after.passed) << after.reason;
  // The last one was read after its sample; two more calls follow.
  EXPECT_EQ(after.outputs, 11);
}

TEST_F(Sessions, ADeviceThatDoesNothingIsWrong) {
  for (const Fill fill : {Fill::random, Fill::zeros}) {
    (void)ask(Prepare{null, 1, fill});
    const auto reply = ask(Verify{false});
    EXPECT_FALSE(reply.passed);
    EXPECT_NE(reply.reason, "");
  }
}

TEST_F(Sessions, OutputsArePoisonedBeforeTheFirstSample) {
  (void)ask(Prepare{null, 1, Fill::random});
  (void)ask(Sample{1, 1});
  EXPECT_FALSE(ask(Verify{true}).passed);
}

TEST_F(Sessions, NothingTimedIsNothingPassed) {
  (void)ask(Prepare{reference, 1, Fill::random});
  EXPECT_FALSE(ask(Verify{true}).passed);
}

TEST_F(Sessions, ZerosAreRightToo) {
  (void)ask(Prepare{reference, 1, Fill::zeros});
  EXPECT_TRUE(ask(Verify{false}).passed);
}

TEST_F(Sessions, RefuseWhatTheyDoNotKnow) {
  EXPECT_THAT(refusal(Parts{"refrence"}).message, HasSubstr("did you mean 'reference'"));
  EXPECT_THAT(refusal(Supports{"matmul/dtype:f32/m:1/n:1/k:1"}).message,
              HasSubstr("no backend:ordinal"));
  EXPECT_THAT(refusal(Supports{"matmul/m:1@null:0"}).message, HasSubstr("dtype"));
  EXPECT_THAT(refusal(Hello{0, "x"}).message, HasSubstr("protocol 0 isn't understood"));
  (void)ask(Prepare{reference, 1, Fill::random});
  EXPECT_THAT(refusal(Sample{0, 1}).message, HasSubstr("out of range"));
}

TEST_F(Sessions, ANewerOrchestratorHearsTheirVersion) {
  EXPECT_EQ(ask(Hello{protocol::version + 1, "newer"}).protocol, protocol::version);
}

TEST_F(Sessions, SkipWhatNoMemoryHolds) {
  const std::string giant = "matmul/dtype:f32/m:2000000000/n:1000000/k:1000000@reference:0";
  EXPECT_THAT(ask(Prepare{giant, 1, Fill::random}).skipped, HasSubstr("memory"));
}

TEST(InputSeed, DependsOnProblemAndLaunchOnly) {
  const Problem one = parse_problem("matmul/dtype:f32/m:3/n:5/k:7");
  const Problem other = parse_problem("matmul/dtype:f32/m:3/n:5/k:8");
  EXPECT_EQ(input_seed(one, 1), input_seed(one, 1));
  EXPECT_NE(input_seed(one, 1), input_seed(one, 2));
  EXPECT_NE(input_seed(one, 1), input_seed(other, 1));
}

}  // namespace
}  // namespace assay
