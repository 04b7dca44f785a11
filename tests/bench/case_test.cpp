#include "bench/case.hpp"

#include <gmock/gmock.h>

#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(CaseName, RoundTripsWithDeviceAndVariant) {
  for (const std::string name : {"matmul/dtype:bf16/m:512/n:4096/k:4096@onednn:0+graph-sdpa",
                                 "matmul/dtype:f32/m:1/n:2/k:3@opencl:0.1",
                                 "attention/dtype:f32/batch:1/heads:2/kv_heads:1/q:3/kv:3/d:4+x",
                                 "matmul/dtype:f32/m:1/n:2/k:3"}) {
    EXPECT_EQ(case_name(parse_case(name)), name);
  }
}

TEST(CaseName, TakesDeviceAndVariantApart) {
  const Case c = parse_case("matmul/dtype:f32/m:1/n:2/k:3@opencl:0.1+tile=8x32");
  EXPECT_EQ(c.device, "opencl:0.1");
  EXPECT_EQ(c.variant, "tile=8x32");
  EXPECT_EQ(c.problem.integer("n"), 2);
}

TEST(ParseCase, RejectsWhatIsNoCase) {
  const auto parse = [](std::string text) { return [text] { (void)parse_case(text); }; };
  EXPECT_THAT(parse("matmul/dtype:f32/m:1/n:2/k:3@"), ThrowsMessage<Error>(HasSubstr("no device")));
  EXPECT_THAT(parse("matmul/dtype:f32/m:1/n:2/k:3@null:0+"),
              ThrowsMessage<Error>(HasSubstr("no variant")));
  EXPECT_THAT(parse("matmul/dtype:f32/m:1/n:2/k:3@a b"),
              ThrowsMessage<Error>(HasSubstr("must be up to 200")));
  EXPECT_THAT(parse("@null:0"), ThrowsMessage<Error>(HasSubstr("unknown kernel ''")));
  EXPECT_THAT(parse("matmul/dtype:f32/m:1/n:2/q:3"),
              ThrowsMessage<Error>(HasSubstr("unknown key of matmul 'q'")));
}

TEST(ParseCase, APlusBeforeANumberIsTheNumbers) {
  EXPECT_THAT([] { (void)parse_case("matmul/dtype:f32/m:+5/n:16/k:16"); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("m")));
  EXPECT_THAT([] { (void)parse_case("matmul/dtype:f32/m:+5/n:16/k:16"); },
              testing::ThrowsMessage<Error>(testing::Not(testing::HasSubstr("variant"))));
  EXPECT_EQ(parse_case("matmul/dtype:f32/m:5/n:16/k:16@onednn:0+gemv").variant, "gemv");
}

}  // namespace
}  // namespace assay
