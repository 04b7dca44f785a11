#include "backends/plugin/convert.hpp"

#include <gmock/gmock.h>

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
