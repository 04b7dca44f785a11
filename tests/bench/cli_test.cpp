// Bad input: one line on stderr that names the thing and the nearest right one, the documented exit
// code, nothing on stdout.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/bench/spawn.hpp"
#include "tests/support/missing.hpp"

namespace assay {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Words = std::vector<std::string>;

const char* const good = "matmul/dtype:f32/m:2/n:3/k:4@reference:0";

struct Bad {
  Words arguments;
  std::string message;
};

class BadInput : public testing::TestWithParam<Bad> {};

TEST_P(BadInput, IsOneClearLineAnd64) {
  const Ended ended = assay_run(GetParam().arguments);
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, StartsWith("assay: "));
  EXPECT_THAT(ended.err, HasSubstr(GetParam().message));
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
  EXPECT_THAT(ended.out, IsEmpty());
}

Bad run(Words arguments, std::string message) {
  arguments.insert(arguments.begin(), "run");
  return {std::move(arguments), std::move(message)};
}

INSTANTIATE_TEST_SUITE_P(
    Words, BadInput,
    testing::Values(Bad{{"rnu"}, "unknown verb 'rnu'; did you mean 'run'?"},
                    Bad{{"--versoin"}, "unknown flag '--versoin'; did you mean '--version'?"},
                    run({"--suit", "smoke"}, "'--suit'; did you mean '--suite'?"),
                    run({"--benchmark_filte=x"}, "did you mean '--benchmark_filter'?"),
                    Bad{{"devices", "--formt=json"}, "did you mean '--format'?"},
                    Bad{{"devices", "extra"}, "takes no argument 'extra'"},
                    Bad{{"devices", "--format", "jsno"}, "did you mean 'json'?"},
                    run({"--filter"}, "--filter needs a value"),
                    run({"--format", "jsn"}, "did you mean 'json'?"),
                    run({"--fill", "zeroes"}, "did you mean 'zeros'?"),
                    run({"--suite", "smok"}, "unknown suite 'smok'; did you mean 'smoke'?"),
                    run({"--suite", "no/such.suite"}, "no/such.suite"),
                    run({"--device", "onedn:0"}, "unknown backend 'onedn'; did you mean 'onednn'?"),
                    run({good, "--launches", "0"}, "--launches '0'"),
                    run({good, "--min-time", "soon"}, "--min-time 'soon'"),
                    run({good, "--max-time", "-1s"}, "--max-time '-1s'"),
                    run({good, "--precision", "200%"}, "--precision '200%'"),
                    run({good, "--threads", "many"}, "--threads 'many'"),
                    run({good, "--seed", "-1"}, "--seed '-1'"),
                    run({good, "--benchmark_min_time", "0x"}, "--benchmark_min_time '0'"),
                    run({good, "--benchmark_context", "k"}, "must be key=value"),
                    run({good, "--out", "/no/such/folder/x.json"}, "/no/such/folder/x.json"),
                    run({good, "--out", "/"}, "/"),
                    run({good, "--out", std::string(300, 'x')}, "xxx: File name too long"),
                    run({good, "--out-format", "csv"}, "without an --out"),
                    run({good, "--benchmark_out_format=csv"}, "without a --benchmark_out"),
                    run({good, "--filter", "m:2", "--benchmark_filter=n:3"},
                        "--benchmark_filter is another name of --filter"),
                    run({good, "--launches=2", "--benchmark_repetitions", "3"},
                        "--benchmark_repetitions is another name of --launches"),
                    run({good, "--device", "null:0"},
                        std::string("--device null:0: no case is for it; ") + good)));

INSTANTIATE_TEST_SUITE_P(
    Cases, BadInput,
    testing::Values(
        run({"matmull/dtype:f32/m:1/n:1/k:1"}, "unknown kernel 'matmull'; did you mean 'matmul'?"),
        run({"smoke"}, "'smoke' is a suite: --suite smoke"),
        run({"matmul/dtipe:f32/m:1/n:1/k:1"}, "'dtipe'; did you mean 'dtype'?"),
        run({"matmul/dtype:bf61/m:1/n:1/k:1"}, "unknown dtype 'bf61'; did you mean 'bf16'?"),
        run({"matmul/dtype:f32/m:0/n:1/k:1"}, "m must be from 1 to 2147483647"),
        run({"matmul/dtype:f32/m:-1/n:1/k:1"}, "m must be from 1 to 2147483647"),
        run({"matmul/dtype:f32/m:99999999999999999999/n:1/k:1"}, "m must be from 1 to 2147483647"),
        run({"matmul/dtype:f32/m:many/n:1/k:1"}, "m must be an integer"),
        run({"matmul/dtype:f32/m:1.5/n:1/k:1"}, "m must be an integer"),
        run({"matmul/dtype:f32/m:2147483647/n:2147483647/k:2147483647/batch:2147483647"}, "matmul"),
        run({"matmul/dtype:f32/m:1/n:1"}, "matmul needs the key 'k'"),
        run({"attention/dtype:f32/heads:6/kv_heads:4/q:1/d:8"},
            "kv_heads:4 doesn't divide heads:6"),
        run({"matmul/dtype:f32/m:1/n:1/k:10/weights:s4/group:4"}, "group:4 doesn't divide k:10"),
        run({"matmul/dtype:f32/m:1/n:1/k:1@"}, "no device"),
        run({std::string(good) + "+"}, "no variant")));

INSTANTIATE_TEST_SUITE_P(
    Filters, BadInput,
    testing::Values(run({good, "--filter", "mat(mul"}, "'mat(mul' is no regular expression"),
                    run({good, "--filter", "-mat[mul"}, "'-mat[mul' is no regular expression"),
                    run({good, "--filter", "attention"},
                        "matches none of 1 cases, such as matmul/dtype:f32/m:"),
                    run({good, "--filter", std::string(5000, '(')}, "longer than")));

TEST(Suites, SyntaxErrorsHaveFileLineAndColumn) {
  const TemporaryFolder folder;
  write_text(folder / "my.suite", "# fine\nmatmul dtype=f32 m=1 n=1 kk=1\n");
  const Ended ended = assay_run({"run", "--suite", folder / "my.suite"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_THAT(ended.err, HasSubstr("my.suite:2:26: unknown key of matmul 'kk'"));
}

TEST(Suites, AByteOrderMarkIsNoWord) {
  const TemporaryFolder folder;
  write_text(folder / "my.suite", "\xef\xbb\xbfmatmul dtype=f32 m=1 n=1 k=1\r\n");
  const Ended ended =
      assay_run({"run", "--suite", folder / "my.suite", "--list", "--device", "reference"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "matmul/dtype:f32/m:1/n:1/k:1@reference:0\n");
}

TEST(Suites, BytesThatAreNoTextDontReachTheTerminal) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& content) {
    write_text(folder / "my.suite", content);
    const Ended ended = assay_run({"run", "--suite", folder / "my.suite"});
    EXPECT_EQ(ended.code, 64);
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    return ended.err;
  };
  EXPECT_THAT(error("\x1b[31m\xff\xc3\xa4\xc2\x9b"),
              HasSubstr("my.suite:1:1: unknown kernel '\\x1b[31m\\xff\xc3\xa4\\xc2\\x9b'"));
  EXPECT_THAT(error(std::string("\x7f"
                                "ELF\0\1",
                                6)),
              HasSubstr("my.suite' is no text: byte 4"));
  EXPECT_LT(error(std::string(500000, '\xfe')).size(), 3000U);
}

TEST(Run, ADeviceThatItsCaseNamesTooIsNoMistake) {
  for (const char* device : {"reference:0", "reference", "null:0,reference", "all"}) {
    EXPECT_EQ(assay_run({"run", good, "--list", "--device", device}).code, 0) << device;
  }
}

TEST(Help, EveryVerbHasAnExample) {
  for (const char* verb : {"devices", "list", "run", "conformance", "verify", "ab", "compare",
                           "gate", "baseline", "selftest", "history", "split"}) {
    const Ended ended = assay_run({verb, "--help"});
    EXPECT_EQ(ended.code, 0) << verb;
    EXPECT_THAT(ended.out, HasSubstr("Example")) << verb;
    EXPECT_THAT(ended.out, HasSubstr(std::string("assay ") + verb)) << verb;
    EXPECT_THAT(ended.err, IsEmpty()) << verb;
  }
  EXPECT_THAT(assay_run({"--help"}).out, HasSubstr("devices"));
  EXPECT_THAT(assay_run({"--version"}).out, StartsWith("assay "));
}

TEST(Stdout, ClosedIs141WithoutAWord) {
  SpawnOptions options;
  options.closed_stdout = true;
  const Ended ended = assay_run({"--help"}, options);
  EXPECT_EQ(ended.code, 141);
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST(Stdout, OnAFullDiskIs70) {
  SpawnOptions options;
  options.stdout_path = "/dev/full";
  const Ended ended = assay_run({"run", "--help"}, options);
  EXPECT_EQ(ended.code, 70);
  EXPECT_THAT(ended.err, HasSubstr("No space left on device"));
}

// Mesa's rusticl is registered wherever it is installed, and shows devices only when asked to.
TEST(Devices, APlatformWithoutDevicesIsARowThatSaysSo) {
  const std::string vendor = "/etc/OpenCL/vendors/rusticl.icd";
  if (!std::filesystem::exists(vendor)) ASSAY_MISSING("rusticl", "no " + vendor);
  SpawnOptions options;
  options.environment = {{"OCL_ICD_VENDORS", vendor}, {"RUSTICL_ENABLE", ""}};
  const Ended devices = assay_run({"devices"}, options);
  EXPECT_EQ(devices.code, 0);
  EXPECT_THAT(devices.out, HasSubstr("opencl  not available: platform 0 'rusticl' has no devices"));
}

TEST(Devices, ARegisteredDriverThatIsMissingIsNamed) {
  const TemporaryFolder folder;
  write_text(folder / "gone.icd", "libgone_opencl.so.1\n");
  SpawnOptions options;
  options.environment = {{"OCL_ICD_VENDORS", folder.path().string()}};
  const Ended devices = assay_run({"devices"}, options);
  EXPECT_EQ(devices.code, 0);
  EXPECT_THAT(devices.out, HasSubstr("opencl  not available: vendor " + (folder / "gone.icd") +
                                     ": libgone_opencl.so.1: cannot open shared object file"));
  EXPECT_THAT(devices.out, Not(HasSubstr("no vendor registered")));
}

TEST(Devices, PoclWithoutItsCacheSaysSo) {
  const std::string vendor = "/etc/OpenCL/vendors/pocl.icd";
  if (!std::filesystem::exists(vendor)) ASSAY_MISSING("pocl", "no " + vendor);
  SpawnOptions options;
  options.environment = {{"OCL_ICD_VENDORS", vendor}, {"POCL_CACHE_DIR", "/dev/null/cache"}};
  const Ended devices = assay_run({"devices"}, options);
  EXPECT_EQ(devices.code, 0);
  EXPECT_THAT(devices.out,
              HasSubstr("'Portable Computing Language' has no devices, perhaps because "
                        "its cache can't be written: /dev/null/cache: Not a directory"));
}

TEST(Devices, WithoutOpenClIsARowThatSaysSo) {
  SpawnOptions options;
  options.environment = {{"OCL_ICD_VENDORS", "/nonexistent"}, {"OCL_ICD_FILENAMES", ""}};
  const Ended devices = assay_run({"devices"}, options);
  EXPECT_EQ(devices.code, 0);
  EXPECT_THAT(devices.out, HasSubstr("reference:0"));
  // A driver in one of the usual places needs no registration.
  EXPECT_THAT(
      devices.out,
      AnyOf(HasSubstr(
                "opencl  not available: no OpenCL platform: no vendor registered in /nonexistent"),
            HasSubstr("\nopencl:0.0  ")));
  const Ended run =
      assay_run({"run", "matmul/dtype:f32/m:2/n:3/k:4@opencl:9.9", "--format", "csv"}, options);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("no device opencl:9.9 here"));
}

}  // namespace
}  // namespace assay
