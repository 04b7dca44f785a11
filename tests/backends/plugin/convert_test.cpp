#include "backends/plugin/convert.hpp"

#include <gmock/gmock.h>

#include <cstddef>
#include <limits>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay::plugin {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

void expect_same(const Problem& a, const Problem& b) {
  EXPECT_EQ(a.kernel, b.kernel);
  EXPECT_EQ(a.integers, b.integers);
  EXPECT_EQ(a.words, b.words);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    EXPECT_EQ(a.tensors[i].name, b.tensors[i].name);
    EXPECT_EQ(a.tensors[i].shape, b.tensors[i].shape);
    EXPECT_EQ(a.tensors[i].dtype, b.tensors[i].dtype);
    EXPECT_EQ(a.tensors[i].role, b.tensors[i].role);
  }
}

TEST(ProblemView, LosesNothing) {
  std::vector<std::string> names = conformance_shapes();
  for (const std::string& name : random_shapes(5, 200)) names.push_back(name);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const Problem problem = parse_problem(name);
    expect_same(problem_from(*ProblemView(problem).get()), problem);
  }
}

TEST(ProblemFrom, RefusesWhatThisBuildDoesntKnow) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:2/n:3/k:4");
  const ProblemView view(problem);
  assay_tensor tensor = *view.get()->tensors[0];
  const assay_tensor* const tensors[] = {&tensor};
  assay_problem changed = *view.get();
  changed.tensors = tensors;
  changed.tensor_count = 1;
  const auto read = [&] { (void)problem_from(changed); };

  tensor.dtype = "f8_e4m3";
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr("unknown dtype 'f8_e4m3'")));
  tensor.dtype = "f32";
  tensor.role = "expert";
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr("unknown role 'expert'")));
  tensor.role = "weight";
  tensor.bytes = 7;
  EXPECT_THAT(read, ThrowsMessage<Error>(HasSubstr("tensor a has 7 bytes, its shape says 32")));
}

TEST(ProblemFrom, RefusesNullPointersAndShortStructs) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:2/n:3/k:4");
  const ProblemView view(problem);
  const auto refused = [&](auto change) {
    assay_problem changed = *view.get();
    change(changed);
    EXPECT_THROW((void)problem_from(changed), Error);
  };
  refused([](assay_problem& p) { p.size = 8; });
  refused([](assay_problem& p) { p.kernel = nullptr; });
  refused([](assay_problem& p) { p.integers = nullptr; });
  refused([](assay_problem& p) { p.words = nullptr; });
  refused([](assay_problem& p) { p.tensors = nullptr; });
  refused([](assay_problem& p) { p.tensor_count = 0; });
  refused([](assay_problem& p) { p.word_count = ~std::uint64_t{0}; });
}

DeviceInfo full_info() {
  DeviceInfo info;
  info.ordinal = "1.0";
  info.name = "Chip \"9\" µ";
  info.vendor = "Vendor";
  info.hardware = "npu:0042";
  info.platform = "Runtime 3.1";
  info.driver = "535.1";
  info.isa = "v2";
  info.software = true;
  info.cpu = true;
  info.compute_units = 7;
  info.memory_bytes = std::int64_t{1} << 40;
  info.max_allocation_bytes = 12345;
  info.cache_bytes = 99;
  info.dtypes = {DType::f32, DType::u4};
  info.notes = {{"firmware", "7"}, {"", ""}};
  return info;
}

TEST(DeviceInfoView, LosesNothing) {
  const DeviceInfo info = full_info();
  const DeviceInfo back = device_info_from(DeviceInfoView(info).get());
  EXPECT_EQ(back.ordinal, info.ordinal);
  EXPECT_EQ(back.name, info.name);
  EXPECT_EQ(back.vendor, info.vendor);
  EXPECT_EQ(back.hardware, info.hardware);
  EXPECT_EQ(back.platform, info.platform);
  EXPECT_EQ(back.driver, info.driver);
  EXPECT_EQ(back.isa, info.isa);
  EXPECT_EQ(back.software, info.software);
  EXPECT_EQ(back.cpu, info.cpu);
  EXPECT_EQ(back.compute_units, info.compute_units);
  EXPECT_EQ(back.memory_bytes, info.memory_bytes);
  EXPECT_EQ(back.max_allocation_bytes, info.max_allocation_bytes);
  EXPECT_EQ(back.cache_bytes, info.cache_bytes);
  EXPECT_EQ(back.dtypes, info.dtypes);
  EXPECT_EQ(back.notes, info.notes);
}

TEST(DeviceInfoFrom, KeepsUnknownDtypesAsNotes) {
  const DeviceInfo info = full_info();
  const DeviceInfoView view(info);
  assay_device_info changed = *view.get();
  const char* const dtypes[] = {"f8_e4m3", "bf16"};
  changed.dtypes = dtypes;
  changed.dtype_count = 2;
  const DeviceInfo back = device_info_from(&changed);
  EXPECT_THAT(back.dtypes, testing::ElementsAre(DType::bf16));
  EXPECT_THAT(back.notes,
              testing::Contains(std::pair<std::string, std::string>("dtype", "f8_e4m3")));
}

TEST(DeviceInfoFrom, RefusesOrdinalsThatCantBePartOfACaseName) {
  DeviceInfo info = full_info();
  for (const char* ordinal : {"", "a b", "0@1", "0:1", "0+v", "0\n", "0/1"}) {
    info.ordinal = ordinal;
    EXPECT_THROW((void)device_info_from(DeviceInfoView(info).get()), Error) << ordinal;
  }
}

TEST(DeviceInfoFrom, TakesNumbersThatNoDeviceHasAsUnknown) {
  const DeviceInfo info = full_info();
  const DeviceInfoView view(info);
  for (const std::int64_t absurd : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()}) {
    assay_device_info changed = *view.get();
    changed.compute_units = changed.memory_bytes = absurd;
    changed.max_allocation_bytes = changed.cache_bytes = absurd;
    const DeviceInfo back = device_info_from(&changed);
    EXPECT_EQ(back.compute_units, 0);
    EXPECT_EQ(back.memory_bytes, 0);
    EXPECT_EQ(back.max_allocation_bytes, 0);
    EXPECT_EQ(back.cache_bytes, 0);
    for (const char* what :
         {"compute_units ", "memory_bytes ", "max_allocation_bytes ", "cache_bytes "}) {
      EXPECT_THAT(back.notes, testing::Contains(std::pair<std::string, std::string>(
                                  "implausible", what + std::to_string(absurd))));
    }
  }
}

TEST(DeviceInfoFrom, RefusesNullAndArraysThatAreNone) {
  EXPECT_THROW((void)device_info_from(nullptr), Error);
  const DeviceInfo info = full_info();
  const DeviceInfoView view(info);
  const auto refused = [&](auto change) {
    assay_device_info changed = *view.get();
    change(changed);
    EXPECT_THROW((void)device_info_from(&changed), Error);
  };
  refused([](assay_device_info& it) { it.ordinal = nullptr; });
  refused([](assay_device_info& it) { it.name = nullptr; });
  refused([](assay_device_info& it) { it.dtypes = nullptr; });
  refused([](assay_device_info& it) { it.dtype_count = std::uint64_t{1} << 40U; });
  refused([](assay_device_info& it) { it.notes = nullptr; });
  static const char* const nothing[] = {nullptr};
  refused([](assay_device_info& it) {
    it.dtypes = nothing;
    it.dtype_count = 1;
  });
}

// An assay_device_info of a version to come, with a field more.
struct LaterInfo {
  assay_device_info today;
  std::int64_t appended;
};

TEST(DeviceInfoFrom, LeavesWhatALaterVersionAppends) {
  const DeviceInfo info = full_info();
  const DeviceInfoView view(info);
  LaterInfo later = {*view.get(), -1};
  later.today.size = sizeof later;
  EXPECT_EQ(device_info_from(&later.today).name, info.name);
}

// As this struct will be once a field is appended, beside what it began with.
struct Grown {
  std::uint64_t size;
  std::int64_t first;
  std::int64_t appended;
};

TEST(Covered, ReadsWhatLiesBeyondTheSizeAsZero) {
  const std::size_t least = offsetof(Grown, appended);
  const Grown old = {least, 7, 99};
  const Grown read = covered(&old, least, "a struct");
  EXPECT_EQ(read.first, 7);
  EXPECT_EQ(read.appended, 0) << "not what lies behind it";
  const Grown now = {sizeof now, 7, 99};
  EXPECT_EQ(covered(&now, least, "a struct").appended, 99);
  const Grown cut = {8, 7, 99};
  EXPECT_THAT([&] { (void)covered(&cut, least, "a struct"); },
              ThrowsMessage<Error>(HasSubstr("a struct has 8 bytes, needed are 16")));
  EXPECT_THAT([&] { (void)covered<Grown>(nullptr, least, "a struct"); },
              ThrowsMessage<Error>(HasSubstr("a struct is null")));
}

TEST(OneLine, NothingControlsTheTerminalOrTheDirection) {
  // CSI as a C1 control; right-to-left override and isolate; marks; separators of lines.
  EXPECT_EQ(one_line("a\xc2\x9b"
                     "31m"),
            "a 31m");
  EXPECT_EQ(one_line("a\xe2\x80\xae"
                     "b\xe2\x81\xa6"
                     "c"),
            "a b c");
  EXPECT_EQ(one_line("a\xe2\x80\x8f"
                     "b\xe2\x80\xa8"
                     "c"),
            "a b c");
  EXPECT_EQ(one_line("\xc2\xa0\xe2\x80\xa6\xe2\x81\xbf"), "\xc2\xa0\xe2\x80\xa6\xe2\x81\xbf");
}

TEST(PrintableLines, KeepsLinesAndEndsSomewhere) {
  EXPECT_EQ(printable_lines("one\n\ttwo\x1b[2J\r"), "one\n\ttwo [2J ");
  EXPECT_EQ(printable_lines(nullptr), "");
  EXPECT_EQ(printable_lines(std::string(1 << 20, 'x').c_str()).size(), 65536U);
}

TEST(OneLine, MakesAnyBytesPrintableUtf8) {
  EXPECT_EQ(one_line(nullptr), "");
  EXPECT_EQ(one_line("plain µ \xe2\x80\xa6 \xf0\x9f\x98\x80"),
            "plain µ \xe2\x80\xa6 \xf0\x9f\x98\x80");
  EXPECT_EQ(one_line("two\nlines\x1b[31m\x7f"), "two lines [31m ");
  // A lone continuation, an overlong slash, a surrogate, beyond U+10FFFF, cut off.
  EXPECT_EQ(one_line("\x80"), "?");
  EXPECT_EQ(one_line("\xc0\xaf"), "??");
  EXPECT_EQ(one_line("\xed\xa0\x80"), "???");
  EXPECT_EQ(one_line("\xf4\x90\x80\x80"), "????");
  EXPECT_EQ(one_line("x\xe2\x80"), "x??");
  EXPECT_EQ(one_line(std::string(10000, 'x').c_str()).size(), 4096U);
}

}  // namespace
}  // namespace assay::plugin
