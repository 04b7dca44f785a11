#include "bench/process.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/worker_client.hpp"
#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::ThrowsMessage;
using What = Process::Received::What;

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.executable = "/bin/sh";
  options.arguments = {"-c", script};
  options.longest_line = 1000;
  return options;
}

Process::Received receive(Process& process, std::chrono::milliseconds patience = 10s) {
  return process.receive(Process::Clock::now() + patience, nullptr);
}

TEST(Process, SpeaksInLines) {
  Process process(shell("while read -r line <&3; do echo \"got $line\" >&4; done"));
  ASSERT_TRUE(process.send("one"));
  ASSERT_TRUE(process.send("two"));
  EXPECT_EQ(receive(process).line, "got one");
  EXPECT_EQ(receive(process).line, "got two");
}

TEST(Process, SaysHowItEnded) {
  Process segfault(shell("kill -SEGV $$"));
  EXPECT_EQ(receive(segfault).what, What::closed);
  EXPECT_EQ(segfault.end(5s), "signal 11 (segmentation fault)");
  Process exits(shell("exit 3"));
  EXPECT_EQ(receive(exits).what, What::closed);
  EXPECT_EQ(exits.end(5s), "exit status 3");
  Process sleeps(shell("sleep 100"));
  EXPECT_EQ(sleeps.end(0ms), "killed by us");
}

TEST(Process, HasEndedThoughItsChildHoldsTheSocket) {
  Process process(shell("sleep 60 & echo last >&4; exit 3"));
  const auto before = Process::Clock::now();
  EXPECT_EQ(receive(process).line, "last");
  EXPECT_EQ(receive(process).what, What::closed);
  EXPECT_LT(Process::Clock::now() - before, 5s);
  EXPECT_EQ(process.end(0ms), "exit status 3");
}

TEST(Process, KeepsTheEndOfWhatItPrints) {
  Process process(shell("seq 100000; echo 'the \001 end' >&2; echo done >&4"));
  EXPECT_EQ(receive(process).line, "done");
  process.end(5s);
  const std::string tail = process.output_tail();
  EXPECT_THAT(tail, HasSubstr("99999\n100000\n"));
  EXPECT_THAT(tail, EndsWith("the ? end\n"));
  EXPECT_LE(tail.size(), 8192U);
}

TEST(Process, StopsWaitingAtTheDeadline) {
  Process process(shell("while :; do echo babble; done"));
  EXPECT_EQ(receive(process, 100ms).what, What::timeout);
}

TEST(Process, ReadsWhatIsThereEvenAfterTheDeadline) {
  const TemporaryFolder folder;
  const std::string said = folder / "said";
  Process process(shell("echo late >&4; : >" + said + "; exec sleep 100"));
  for (int i = 0; i < 3000 && !std::filesystem::exists(said); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(receive(process, 0ms).line, "late");
}

TEST(Process, RefusesEndlessLines) {
  Process process(shell("head -c 5000 /dev/zero >&4; sleep 100"));
  EXPECT_EQ(receive(process).what, What::too_long);
}

TEST(Process, SeesAnInterruption) {
  const std::atomic<bool> interrupted = true;
  Process process(shell("sleep 100"));
  const auto before = Process::Clock::now();
  EXPECT_EQ(process.receive(before + 10s, &interrupted).what, What::interrupted);
  EXPECT_LT(Process::Clock::now() - before, 5s);
}

TEST(Process, SendingToADeadOneIsNoSignal) {
  Process process(shell("exit 0"));
  EXPECT_EQ(receive(process).what, What::closed);
  process.end(5s);
  EXPECT_FALSE(process.send("hello"));
}

TEST(Process, GetsItsEnvironmentAndNoDescriptorOfOurs) {
  ProcessOptions options = shell("echo $ASSAY_TEST_WORD >&4; echo $(ls /proc/self/fd | wc -l) >&4");
  options.environment = {{"ASSAY_TEST_WORD", "given"}};
  setenv("ASSAY_TEST_WORD", "inherited", 1);
  Process process(options);
  EXPECT_EQ(receive(process).line, "given");
  // 0 to 4, and the directory that ls reads.
  EXPECT_EQ(receive(process).line, "6");
}

TEST(Process, ThatCanNotStartIsAnError) {
  ProcessOptions options;
  options.executable = "/nowhere/to/be/found";
  EXPECT_THAT([&] { Process process(options); },
              ThrowsMessage<Error>(HasSubstr("/nowhere/to/be/found': No such file")));
}

TEST(Process, LeavesNoGrandchildren) {
  pid_t grandchild = 0;
  {
    Process process(shell("sleep 100 & echo $! >&4; wait"));
    grandchild = std::stoi(receive(process).line);
    EXPECT_EQ(kill(grandchild, 0), 0);
  }
  // Its parent is gone: whoever adopted it may take a moment to reap it.
  for (int i = 0; i < 500 && kill(grandchild, 0) == 0; ++i) {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string text;
    std::getline(stat, text);
    if (text.find(") Z ") != std::string::npos) return;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_NE(kill(grandchild, 0), 0);
}

// Even where the orchestrator has no chance to clean up.
TEST(Process, DiesWithTheOneWhoStartedIt) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  const pid_t orchestrator = fork();
  if (orchestrator == 0) {
    close(fds[0]);
    Process process(shell("echo $$ >&4; exec sleep 100"));
    const std::string line = receive(process).line + "\n";
    if (write(fds[1], line.data(), line.size()) < 0) _exit(1);
    kill(getpid(), SIGKILL);
  }
  close(fds[1]);
  std::string worker;
  for (char c = 0; read(fds[0], &c, 1) == 1 && c != '\n';) worker += c;
  close(fds[0]);
  waitpid(orchestrator, nullptr, 0);
  bool gone = false;
  for (int i = 0; i < 500 && !gone; ++i) {
    std::ifstream stat("/proc/" + worker + "/stat");
    std::string text;
    gone = !std::getline(stat, text) || text.find(") Z ") != std::string::npos;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(gone);
}

TEST(WorkerClient, SetsTheNumberOfThreads) {
  // A shell in the worker's place: it answers with its environment instead of a greeting.
  const TemporaryFolder folder;
  const std::string script = folder / "threads.sh";
  {
    std::ofstream file(script);
    file << "#!/bin/sh\necho \"$OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $POCL_CPU_MAX_CU_COUNT\" "
            ">&4\n";
  }
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  WorkerSettings settings;
  settings.threads = 3;
  settings.executable = script;
  WorkerClient client(settings, nullptr);
  try {
    client.greet();
    FAIL() << "that was no greeting";
  } catch (const WorkerFailure& failure) {
    EXPECT_EQ(failure.detail(), "3 3 3");
    EXPECT_THAT(failure.what(), HasSubstr("not a reply"));
  }
}

}  // namespace
}  // namespace assay
