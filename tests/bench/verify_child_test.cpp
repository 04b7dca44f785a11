#include "bench/cli/verify_child.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/cli/output.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::StartsWith;
using testing::ThrowsMessage;
using Clock = std::chrono::steady_clock;

// A child that does what a shell is told.
nlohmann::json ask_shell(const std::string& script, double patience_s,
                         const std::atomic<bool>& interrupted = false) {
  ProcessOptions program;
  program.executable = "/bin/sh";
  program.arguments = {"-c", script};
  return ask_verify_child(program, patience_s, interrupted);
}

constexpr double long_s = 60;

TEST(VerifyChild, TakesItsLine) {
  EXPECT_EQ(ask_shell("echo '{\"implementation\":\"x\"}' >&4", long_s).at("implementation"), "x");
}

TEST(VerifyChild, HasItsPatienceAndNoMore) {
  const auto before = Clock::now();
  EXPECT_THAT([] { (void)ask_shell("sleep 100", 0.5); },
              ThrowsMessage<Error>(StartsWith("no answer in 0.5 s")));
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(10));
  const PlannedCase planned{parse_case("matmul/dtype:f32/m:64/n:64/k:64@null:0"), {}, std::nullopt};
  EXPECT_GE(verify_child_patience_s(planned), 30);
  EXPECT_LE(verify_child_patience_s(planned), 60);
}

TEST(VerifyChild, IsInterruptedAtOnce) {
  std::atomic<bool> interrupted = false;
  Clock::time_point before;
  std::thread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    before = Clock::now();
    interrupted = true;
  });
  EXPECT_THROW((void)ask_shell("sleep 100", long_s, interrupted), Interrupted);
  user.join();
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(5));
}

TEST(VerifyChild, SaysHowItEnded) {
  EXPECT_THAT([] { (void)ask_shell("exit 3", long_s); },
              ThrowsMessage<Error>(StartsWith("exit status 3")));
  EXPECT_THAT([] { (void)ask_shell("echo babble >&4", long_s); },
              ThrowsMessage<Error>(StartsWith("exit status 0")));
}

TEST(VerifyChild, TellsItsOutputFromTheUsersFiles) {
  const std::string error = "{\"kind\":1,\"error\":\"disk full\"";
  EXPECT_THROW((void)ask_shell("echo '" + error + ",\"output_failed\":true}' >&4", long_s),
               OutputFailed);
  EXPECT_THAT([&] { (void)ask_shell("echo '" + error + "}' >&4", long_s); },
              ThrowsMessage<Error>(StartsWith("disk full")));
}

}  // namespace
}  // namespace assay
