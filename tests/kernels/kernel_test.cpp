#include "kernels/kernel.hpp"

#include <gmock/gmock.h>

#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Throws;
using testing::ThrowsMessage;

TEST(ProblemName, LeavesDefaultsOutAndRoundTrips) {
  const std::string name = "matmul/dtype:bf16/m:512/n:4096/k:4096";
  EXPECT_EQ(problem_name(parse_problem(name)), name);
  EXPECT_EQ(problem_name(parse_problem(name + "/weights:bf16/layout:nt/batch:1")), name);
  const std::string other = "matmul/dtype:u8/m:1/n:2/k:3/out:s32/layout:tn/cache:hot";
  EXPECT_EQ(problem_name(parse_problem(other)), other);
}

TEST(ProblemName, NamesEverySizeOfAttention) {
  EXPECT_EQ(problem_name(parse_problem("attention/dtype:f32/heads:8/q:16/d:64")),
            "attention/dtype:f32/batch:1/heads:8/kv_heads:8/q:16/kv:16/d:64");
}

TEST(MakeProblem, NamesTheNearestRightWord) {
  const auto message = [](const char* text) { return [text] { (void)parse_problem(text); }; };
  EXPECT_THAT(message("matmull/m:1"), ThrowsMessage<Error>(HasSubstr("did you mean 'matmul'")));
  EXPECT_THAT(message("matmul/dtype:f33/m:1/n:1/k:1"),
              ThrowsMessage<Error>(HasSubstr("unknown dtype 'f33'; did you mean 'f32'")));
  EXPECT_THAT(message("matmul/dtype:f32/m:0/n:1/k:1"), ThrowsMessage<Error>(HasSubstr("'m:0'")));
  EXPECT_THAT(message("matmul/dtype:f32/m:99999999999999999999/n:1/k:1"),
              ThrowsMessage<Error>(HasSubstr("from 1 to 2147483647")));
  EXPECT_THAT(message("matmul/dtype:f32/m:x/n:1/k:1"),
              ThrowsMessage<Error>(HasSubstr("must be an integer")));
  EXPECT_THAT(message("matmul/dtype:f32/m:1/n:1/k:10/weights:s4/group:3"),
              ThrowsMessage<Error>(HasSubstr("even k and group, not k:10 and group:3")));
  EXPECT_THAT(message("matmul/dtype:f32/m:1/n:1/k:10/weights:s4/group:4"),
              ThrowsMessage<Error>(HasSubstr("group:4 doesn't divide k:10; nearest: 2, 10")));
  EXPECT_THAT(message("matmul/dtype:f32/m:1/n:1/k:10/weights:s8/group:4"),
              ThrowsMessage<Error>(HasSubstr("group:4 doesn't divide k:10; nearest: 2, 5")));
  EXPECT_THAT(message("matmul/dtype:f32/m:1/n:1/k:64/weights:s8/group:128"),
              ThrowsMessage<Error>(EndsWith("group:128 doesn't divide k:64; nearest: 64")));
  EXPECT_THAT(message("attention/dtype:f32/heads:6/kv_heads:4/q:1/d:8"),
              ThrowsMessage<Error>(HasSubstr("kv_heads:4 doesn't divide heads:6; nearest: 3, 6")));
  EXPECT_THAT(message("matmul/dtype:u8/m:1/n:1/k:70001"),
              ThrowsMessage<Error>(HasSubstr("sums of more than 65793 products don't fit")));
  EXPECT_NO_THROW((void)parse_problem("matmul/dtype:s8/m:1/n:1/k:131071"));
}

}  // namespace
}  // namespace assay
