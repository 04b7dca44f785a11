// `assay verify`: tensors in and out as .npy, checked.
#include <gmock/gmock.h>

#include <signal.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <limits>
#include <thread>

#include "bench/npy.hpp"
#include "kernels/kernel.hpp"
#include "tests/bench/spawn.hpp"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string problem = "matmul/dtype:f32/m:2/n:3/k:4";

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Ended verify(const std::string& name, const TemporaryFolder& inputs, const std::string& outputs) {
  return assay_run({"verify", name, "--inputs", inputs.path(), "--outputs", outputs});
}

TEST(Verify, ComputesWithTheTensorsItIsGiven) {
  const TemporaryFolder folder;
  const Problem p = parse_problem(problem);
  write_npy(folder / "a.npy", p.tensors[0], bytes_of({1, 2, 3, 4, 0, 1, 0, 1}));
  write_npy(folder / "b.npy", p.tensors[1], bytes_of({1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1}));
  const Ended ended = verify(problem + "@reference:0", folder, folder / "out");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("ok"));
  std::vector<std::byte> out(p.output().bytes());
  read_npy(folder / "out/out.npy", p.output(), out);
  std::vector<float> values(6);
  std::memcpy(values.data(), out.data(), out.size());
  EXPECT_THAT(values, ElementsAre(1, 2, 10, 0, 1, 2));
}

TEST(Verify, MakesWhatIsMissingFromTheSeedAndKeepsIt) {
  const TemporaryFolder folder;
  const std::string name = "matmul/dtype:bf16/m:2/n:3/k:8/weights:s4/group:4@reference:0";
  for (const char* place : {"one", "two"}) {
    const Ended ended = assay_run({"verify", name, "--outputs", folder / place, "--seed", "5"});
    EXPECT_EQ(ended.code, 0) << ended.err;
  }
  for (const char* tensor : {"a.npy", "b.npy", "b_scale.npy", "out.npy"}) {
    const std::string one = read_file(folder / (std::string("one/") + tensor));
    EXPECT_FALSE(one.empty()) << tensor;
    EXPECT_EQ(one, read_file(folder / (std::string("two/") + tensor))) << tensor;
  }
}

TEST(Verify, AWrongResultIs4) {
  const TemporaryFolder folder;
  const Ended ended = assay_run({"verify", problem + "@null:0", "--outputs", folder / "out"});
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("wrong"));
}

TEST(Verify, NamesTheFileThatDoesntFit) {
  const TemporaryFolder folder;
  const Problem p = parse_problem("matmul/dtype:f32/m:2/n:3/k:5");
  write_npy(folder / "a.npy", p.tensors[0], std::vector<std::byte>(p.tensors[0].bytes()));
  const Ended shape = verify(problem + "@reference:0", folder, folder / "out");
  EXPECT_EQ(shape.code, 64);
  EXPECT_THAT(shape.err, HasSubstr("a.npy: shape is (2, 5), tensor a (f32) needs (2, 4)"));
  const Ended dtype = verify("matmul/dtype:bf16/m:2/n:3/k:5@reference:0", folder, folder / "out");
  EXPECT_EQ(dtype.code, 64);
  EXPECT_THAT(dtype.err, HasSubstr("a.npy: dtype is '<f4', tensor a (bf16) needs '<u2'"));
  std::filesystem::resize_file(folder / "a.npy", 128 + 12);
  const Ended cut = verify("matmul/dtype:f32/m:2/n:3/k:5@reference:0", folder, folder / "out");
  EXPECT_EQ(cut.code, 64);
  EXPECT_THAT(cut.err, HasSubstr("a.npy: is truncated: 12 of 40 bytes"));
}

TEST(Verify, TakesNumbersOnly) {
  const TemporaryFolder folder;
  const Problem p = parse_problem(problem);
  std::vector<float> values(8, 1);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  write_npy(folder / "a.npy", p.tensors[0], bytes_of(values));
  const Ended ended = verify(problem + "@reference:0", folder, folder / "out");
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("a.npy: element 5 is not a finite number"));
}

TEST(Verify, RemovesNoFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "out/out.npy");
  const Ended ended = assay_run({"verify", problem + "@reference:0", "--outputs", folder / "out"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("out.npy: it is a folder"));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "out/out.npy"));
}

TEST(Verify, AFullDiskAtTheOutputIs70) {
  const TemporaryFolder folder;
  SpawnOptions options;
  options.largest_file = 8192;  // the inputs fit, the output doesn't
  const Ended ended = assay_run(
      {"verify", "matmul/dtype:f32/m:64/n:64/k:4@reference:0", "--outputs", folder / "out"},
      options);
  EXPECT_EQ(ended.code, 70) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("can't write " + (folder / "out/out.npy") + ": "));
  EXPECT_THAT(ended.err, Not(HasSubstr("internal error")));
}

// Interrupts `name` once the file is there, and expects the end a second later. The machine may be busy.
void expect_quick_end(const std::string& name, const std::string& file) {
  using namespace std::chrono_literals;
  const TemporaryFolder folder;
  Spawned program({"verify", name, "--outputs", folder / "out"});
  for (int i = 0; i < 6000 && !std::filesystem::exists(folder / ("out/" + file)); ++i) {
    std::this_thread::sleep_for(5ms);
  }
  std::this_thread::sleep_for(200ms);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_EQ(::kill(program.pid(), SIGINT), 0);
  const Ended ended = program.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 4s);
  EXPECT_EQ(ended.code, 130) << ended.out;
  EXPECT_THAT(ended.err, HasSubstr("assay: interrupted\n"));
}

TEST(Verify, CtrlCEndsTheCallAtOnce) {
  expect_quick_end("matmul/dtype:f32/m:4000/n:4000/k:4000@reference:0", "b.npy");
}

// The null backend has its output at once; what the checker then expects of so many keys takes long.
TEST(Verify, CtrlCEndsTheCheckAtOnce) {
  expect_quick_end("attention/dtype:f32/heads:1/q:4000/kv:60000/d:64@null:0", "out.npy");
}

TEST(Verify, SkipsWhatDoesntFitIntoMemory) {
  const TemporaryFolder folder;
  const Ended ended = assay_run({"verify", "matmul/dtype:f32/m:1000000/n:1000000/k:1000000@null:0",
                                 "--outputs", folder / "out"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("skipped: "));
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(Verify, NotesFilesItDoesntUse) {
  const TemporaryFolder folder;
  const Problem p = parse_problem(problem);
  write_npy(folder / "A.npy", p.tensors[0], std::vector<std::byte>(p.tensors[0].bytes()));
  const Ended ended = verify(problem + "@reference:0", folder, folder / "out");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("A.npy is not used; the inputs of matmul here are a, b"));
}

TEST(Verify, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  const auto error = [](const std::vector<std::string>& words) {
    const Ended ended = assay_run(words);
    EXPECT_EQ(ended.code, 64);
    return ended.err;
  };
  EXPECT_THAT(error({"verify"}), HasSubstr("needs a CASE"));
  EXPECT_THAT(error({"verify", problem + "@reference:0"}), HasSubstr("needs --outputs"));
  EXPECT_THAT(error({"verify", problem, "--outputs", folder / "o"}), HasSubstr("needs a device"));
  EXPECT_THAT(error({"verify", problem + "@null:7", "--outputs", folder / "o"}),
              HasSubstr("no device null:7 here"));
  EXPECT_THAT(error({"verify", problem + "@reference:0", "--inputs", folder / "no", "--outputs",
                     folder / "o"}),
              HasSubstr("is no folder"));
}

}  // namespace
}  // namespace assay
