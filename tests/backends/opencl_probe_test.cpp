#include "backends/opencl/probe.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "backends/opencl/loader.hpp"
#include "backends/opencl/probe_store.hpp"
#include "tests/support/missing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay::opencl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Verdict = ProbeAnswer::Verdict;

class ProbeStore : public testing::Test {
 protected:
  void SetUp() override { setenv("XDG_CACHE_HOME", folder_.c_str(), 1); }

  StoredAnswer ask() {
    return stored_answer(file_, [this] {
      ++asked_;
      return StoredAnswer{"works", "because"};
    });
  }
  // Another process asks, and dies of it.
  void die_asking() {
    const pid_t child = fork();
    if (child == 0) (void)stored_answer(file_, []() -> StoredAnswer { _exit(9); });
    waitpid(child, nullptr, 0);
  }

  const TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path();
  std::filesystem::path file_ = folder_ / "below" / "answer";
  int asked_ = 0;
};

TEST_F(ProbeStore, AsksOnce) {
  for (int i = 0; i < 3; ++i) {
    const StoredAnswer answer = ask();
    EXPECT_EQ(answer.word, "works");
    EXPECT_EQ(answer.reason, "because");
  }
  EXPECT_EQ(asked_, 1);
}

TEST_F(ProbeStore, ForgivesOneDeath) {
  die_asking();
  EXPECT_EQ(ask().word, "works");
  EXPECT_EQ(asked_, 1);
}

TEST_F(ProbeStore, LeavesAloneWhatEndedTwoProcesses) {
  die_asking();
  die_asking();
  for (int i = 0; i < 2; ++i) {
    const StoredAnswer answer = ask();
    EXPECT_EQ(answer.word, "crashed");
    EXPECT_THAT(answer.reason, HasSubstr(file_.string()));
  }
  EXPECT_EQ(asked_, 0);
  std::filesystem::remove(file_);
  EXPECT_EQ(ask().word, "works");
}

TEST_F(ProbeStore, AsksAnewWhereTheFileIsDamaged) {
  (void)ask();
  const auto size = std::filesystem::file_size(file_);
  std::filesystem::resize_file(file_, size - 2);
  EXPECT_EQ(ask().word, "works");
  std::ofstream(file_) << "no such thing\n";
  EXPECT_EQ(ask().word, "works");
  EXPECT_EQ(asked_, 3);
}

TEST_F(ProbeStore, WorksWithoutAFolder) {
  std::ofstream(folder_ / "file") << "no folder";
  file_ = folder_ / "file" / "below";
  EXPECT_EQ(ask().word, "works");
  file_.clear();
  EXPECT_EQ(ask().word, "works");
  EXPECT_EQ(asked_, 2);
}

// On every device of the wanted platform.
class Probing : public ProbeStore {
 protected:
  void SetUp() override {
    ProbeStore::SetUp();
    const char* wanted = std::getenv("ASSAY_TEST_PLATFORM");
    for (const Platform& platform : find_platforms(usual_places()).found) {
      if (wanted != nullptr && platform.name.find(wanted) == std::string::npos) continue;
      for (cl_device_id device : devices_of(platform)) {
        sessions_.push_back(
            std::make_unique<Session>(platform, device, describe(platform, device, "0.0")));
      }
    }
    if (sessions_.empty()) ASSAY_MISSING(wanted_platform_thing(), "no OpenCL device");
  }
  std::vector<std::unique_ptr<Session>> sessions_;
};

TEST_F(Probing, AnswersForEveryPath) {
  for (const auto& session : sessions_) {
    for (const InstructionPath& path : instruction_paths()) {
      const ProbeAnswer& answer = session->probes->answer(*session, path);
      SCOPED_TRACE(std::string(path.name) + " " + std::string(name(path.dtype)) + " on " +
                   session->info.name + ": " + to_text(answer));
      EXPECT_NE(answer.verdict, Verdict::crashed);
      // A path that computes something else is a fault of ours or of the driver's, never normal.
      EXPECT_NE(answer.verdict, Verdict::wrong);
      if (path.name == "plain") {
        EXPECT_EQ(answer.verdict, Verdict::works);
      }
      EXPECT_EQ(answer.reason.empty(), answer.verdict == Verdict::works);
    }
  }
}

TEST_F(Probing, FindsWhatTheProcessorHas) {
  std::ifstream cpuinfo("/proc/cpuinfo");
  const std::string text{std::istreambuf_iterator<char>(cpuinfo), {}};
  for (const auto& session : sessions_) {
    if (session->info.isa.find("x86_64") == std::string::npos ||
        session->limits.vector_width != 16) {
      continue;
    }
    const bool bf16 = text.find(" avx512_bf16") != std::string::npos;
    EXPECT_EQ(session->probes->find(*session, "x86.vdpbf16ps", DType::bf16) != nullptr, bf16);
    const bool vnni = text.find(" avx512_vnni") != std::string::npos;
    const InstructionPath* best =
        session->probes->best(*session, InstructionPath::Kind::tile, DType::u8, 16);
    EXPECT_EQ(best != nullptr && best->name == "x86.vpdpbusd", vnni);
  }
}

TEST_F(Probing, SeesWrongAnswersAndWhatDoesNotCompile) {
  for (const auto& session : sessions_) {
    const InstructionPath broken{"broken",
                                 DType::f32,
                                 InstructionPath::Kind::tile,
                                 "floatv",
                                 InstructionPath::Maker::any,
                                 "",
                                 1,
                                 1};
    const ProbeAnswer refused = session->probes->answer(*session, broken);
    EXPECT_EQ(refused.verdict, Verdict::not_compiled) << to_text(refused);
    EXPECT_THAT(to_text(refused), StartsWith("does not compile: "));
    // An instruction that takes a as unsigned, given negative elements.
    if (session->probes->find(*session, "x86.vpdpbusd", DType::u8) == nullptr) continue;
    const InstructionPath wrong{"wrong",
                                DType::s8,
                                InstructionPath::Kind::tile,
                                "PATH_X86_VPDPBUSD",
                                InstructionPath::Maker::x86,
                                "avx512_vnni",
                                4,
                                16};
    const ProbeAnswer answer = session->probes->answer(*session, wrong);
    EXPECT_EQ(answer.verdict, Verdict::wrong) << to_text(answer);
    EXPECT_THAT(to_text(answer), HasSubstr(" instead of "));
  }
}

TEST_F(Probing, RemembersForTheSameDeviceOnly) {
  for (const auto& session : sessions_) {
    const InstructionPath& plain = instruction_paths().back();
    const auto files = [&] {
      int count = 0;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
        if (entry.path().extension() == ".probe") ++count;
      }
      return count;
    };
    const int before = files();
    (void)session->probes->answer(*session, plain);
    EXPECT_EQ(files(), before + 1);
    Session other(session->platform, session->device, session->info);
    (void)other.probes->answer(other, plain);
    EXPECT_EQ(files(), before + 1);
    other.info.driver += " another";
    Probes fresh;
    (void)fresh.answer(other, plain);
    EXPECT_EQ(files(), before + 2);
  }
}

}  // namespace
}  // namespace assay::opencl
