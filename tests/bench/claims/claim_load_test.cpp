#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/claims/sha256.hpp"
#include "kernels/error.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string head = R"(id = "x"
class = "measurable"
[statement]
language = "ko"
original = "가"
english = "a"
[source]
document = "d"
date = "2024"
[side.here]
label = "any"
)";
const std::string quantity = R"([[quantity]]
name = "q"
measure = "best"
side = "here"
cases = "matmul dtype=f32"
)";
const std::string test = R"([[test]]
name = "t"
quantity = "q"
support = "low > 1"
refute = "high < 1"
)";

std::string refusal(const std::string& text) {
  try {
    (void)parse_claim("c.toml", text, test_facts());
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::string without(std::string text, const std::string& line) {
  const std::size_t at = text.find(line);
  return text.erase(at, text.find('\n', at) - at + 1);
}

std::string with(std::string text, const std::string& line, const std::string& other) {
  return text.replace(text.find(line), line.size(), other);
}

TEST(Claims, AllSeventyFiveAreThere) {
  const std::vector<Claim> claims = built_in_claims(test_facts());
  EXPECT_EQ(claims.size(), 75U);
  int measurable = 0;
  int datasheet = 0;
  for (const Claim& claim : claims) {
    measurable += claim.kind == ClaimClass::measurable ? 1 : 0;
    datasheet += claim.kind == ClaimClass::datasheet ? 1 : 0;
    EXPECT_FALSE(claim.original.empty());
    EXPECT_EQ(claim.sha256.size(), 64U);
    EXPECT_THAT(claim.path, StartsWith("results/claims/" + claim.id));
  }
  EXPECT_EQ(measurable, 17);
  EXPECT_EQ(datasheet, 11);
}

TEST(Claims, AGoodOneLoads) {
  EXPECT_EQ(refusal(head + quantity + test), "accepted");
  const Claim claim = parse_claim("c.toml", head + quantity + test, test_facts());
  EXPECT_EQ(claim.tests.front().support->threshold, 1);
  EXPECT_EQ(claim.tests.front().support->end, Condition::End::low);
}

TEST(Claims, MalformedToml) {
  EXPECT_THAT(refusal("id = \"x\"\nclass = measurable\n"), StartsWith("c.toml:2: "));
  EXPECT_THAT(refusal(""), HasSubstr("needs 'id'"));
  EXPECT_THAT(refusal(std::string("\0\xff\xfe", 3)), StartsWith("c.toml:1: "));
}

TEST(Claims, UnknownQuantity) {
  EXPECT_THAT(refusal(head + quantity + with(test, "quantity = \"q\"", "quantity = \"p\"")),
              StartsWith("c.toml:17: unknown quantity 'p'"));
}

TEST(Claims, MissingMargin) {
  EXPECT_THAT(refusal(head + quantity + without(test, "refute")),
              StartsWith("c.toml:17: a test needs both of its margins"));
  EXPECT_THAT(refusal(head + quantity +
                      with(without(test, "refute"), "support = \"low > 1\"", "inside = [2, 1]")),
              HasSubstr("two numbers, the lower first"));
  EXPECT_EQ(refusal(head + quantity +
                    with(without(test, "refute"), "support = \"low > 1\"", "inside = [1, 2.5]")),
            "accepted");
  EXPECT_THAT(refusal(head + quantity + with(test, "low > 1", "lower > 1")),
              StartsWith("c.toml:20: 'lower > 1' must be like"));
}

TEST(Claims, CyclicReference) {
  const std::string cycle =
      "[[quantity]]\nname = \"q\"\nmeasure = \"ratio\"\nof = [\"r\", \"r\"]\n"
      "[[quantity]]\nname = \"r\"\nmeasure = \"ratio\"\nof = [\"q\", \"q\"]\n";
  EXPECT_EQ(refusal(head + cycle + test), "c.toml:12: quantity 'q' is made of itself");
  EXPECT_EQ(
      refusal(head + "[[quantity]]\nname = \"q\"\nmeasure = \"ratio\"\nof = [\"q\", \"q\"]\n" +
              test),
      "c.toml:12: quantity 'q' is made of itself");
}

TEST(Claims, UnknownWordsNameTheNearest) {
  EXPECT_THAT(refusal(with(head, "measurable", "mesurable") + quantity + test),
              StartsWith("c.toml:2: unknown class 'mesurable'"));
  EXPECT_THAT(refusal(head + with(quantity, "\"best\"", "\"beste\"") + test),
              HasSubstr("c.toml:14: unknown measure 'beste'; did you mean 'best'?"));
  EXPECT_THAT(refusal(head + with(quantity, "matmul dtype", "matmul dtipe") + test),
              HasSubstr("c.toml:16: unknown key 'dtipe'"));
  EXPECT_THAT(refusal(head + with(quantity, "matmul dtype", "matmull dtype") + test),
              HasSubstr("unknown kernel 'matmull'"));
  EXPECT_THAT(refusal(head + with(quantity, "f32", "f31") + test), HasSubstr("f31"));
  EXPECT_THAT(refusal(head + quantity + "extra = 1\n" + test), HasSubstr("c.toml:17: unknown key"));
  EXPECT_THAT(refusal(head + with(quantity, "\"here\"", "\"there\"") + test),
              HasSubstr("unknown side 'there'"));
  EXPECT_THAT(refusal(head + "devices = [\"H1000\"]\n" + quantity + test),
              HasSubstr("no device 'H1000'"));
}

TEST(Claims, ClassesAreKeptApart) {
  EXPECT_THAT(refusal(with(head, "measurable", "market") + quantity + test),
              HasSubstr("a market fact has no tests"));
  EXPECT_THAT(refusal(head + quantity), HasSubstr("needs a [[test]]"));
  EXPECT_THAT(refusal(with(head, "measurable", "datasheet") + quantity + test),
              HasSubstr("decided by facts"));
  EXPECT_THAT(refusal(head + quantity + test +
                      "[[published]]\nname = \"p\"\nverdict = \"refuted\"\ntext = \"t\"\nsource = "
                      "\"s\"\ndate = \"2024\"\n"),
              HasSubstr("only measurements decide"));
}

TEST(Claims, FactsMustExist) {
  const std::string fact =
      "[[quantity]]\nname = \"q\"\nmeasure = \"fact\"\nfact = { device = \"NVIDIA H100 SXM\", "
      "figure = \"lanez\" }\n";
  EXPECT_THAT(refusal(with(head, "measurable", "datasheet") + fact + test),
              HasSubstr("no such figure of NVIDIA H100 SXM"));
}

TEST(Claims, WhatCanNotBeMeantIsRefused) {
  EXPECT_THAT(refusal(with(head, "\"2024\"", "\"Q4 2023\"") + quantity + test),
              StartsWith("c.toml:9: 'Q4 2023' is no date"));
  EXPECT_THAT(refusal(with(head, "\"2024\"", "\"2024-99-99\"") + quantity + test),
              HasSubstr("is no date"));
  EXPECT_THAT(refusal(head + quantity + "split = \"mm\"\n" + test),
              StartsWith("c.toml:17: none of the kernels has a key 'mm'"));
  EXPECT_THAT(refusal(head + quantity + "value = \"footprint\"\n" + test),
              HasSubstr("only a 'variant' has 'footprint'"));
  EXPECT_THAT(refusal(head + "vendors = [\"Nvidia\"]\n" + quantity + test),
              StartsWith("c.toml:12: no vendor 'Nvidia'"));
  EXPECT_THAT(refusal(head + with(quantity, "dtype=f32", "m=abc") + test),
              HasSubstr("'abc' in a query must be a number"));
  EXPECT_THAT(refusal(head + quantity + with(test, "high < 1", "high < 2")),
              HasSubstr("can't both hold"));
  EXPECT_THAT(refusal(head + quantity + test + test), HasSubstr("a second test 't'"));
  EXPECT_THAT(refusal(head + quantity + test + "either = true\n"),
              StartsWith("c.toml:22: only one of a 'group' can be enough"));
  EXPECT_THAT(refusal(head + with(quantity, "\"best\"", "\"variant\"") +
                      "key = \"weights\"\nto = [\"s8\"]\n" + test),
              HasSubstr("needs 'from', a list of values"));
  const std::string model =
      "[[quantity]]\nname = \"q\"\nmeasure = \"tokens\"\nside = \"here\"\nmodel = ";
  EXPECT_THAT(refusal(head + model + "\"llama-3-9b\"\nweights = \"s4\"\n" + test),
              HasSubstr("c.toml:16: unknown model 'llama-3-9b'"));
  EXPECT_THAT(refusal(head + model + "\"llama-3-8b\"\nweights = \"s3\"\n" + test),
              HasSubstr("unknown weights 's3'"));
  const std::string date =
      "[[quantity]]\nname = \"q\"\nmeasure = \"fact\"\nfact = { device = \"NVIDIA H100 SXM\", "
      "figure = \"launch_date\" }\n";
  EXPECT_THAT(refusal(with(head, "measurable", "datasheet") + date + test),
              HasSubstr("'days' are of a launch_date"));
}

TEST(Claims, WhatIsOnlyShownIsCheckedToo) {
  const std::string shown = "[[shown]]\nname = \"s\"\nquantity = ";
  EXPECT_EQ(refusal(head + quantity + test + shown + "\"q\"\n"), "accepted");
  EXPECT_THAT(refusal(head + quantity + test + shown + "\"p\"\n"),
              StartsWith("c.toml:22: unknown quantity 'p'"));
  EXPECT_THAT(refusal(head + quantity + test + shown + "\"q\"\nsupport = \"low > 1\"\n"),
              HasSubstr("unknown key of [[shown]] 'support'"));
  EXPECT_THAT(refusal(with(head, "measurable", "market") + quantity + shown + "\"q\"\n"),
              HasSubstr("no number of a benchmark stands beside it"));
  EXPECT_THAT(refusal(head + quantity + "per = \"wat\"\n" + test),
              StartsWith("c.toml:17: unknown per 'wat'; did you mean 'watt'?"));
  EXPECT_THAT(refusal(head + quantity + "value = \"time\"\nper = \"watt\"\n" + test),
              HasSubstr("only what a device does in a second has a power or a price"));
  EXPECT_THAT(
      refusal(head + with(quantity, "\"best\"", "\"elasticity\"") + "key = \"mm\"\n" + test),
      HasSubstr("none of the kernels has a key 'mm'"));
}

// FIPS 180-4's own examples, and lengths around a block.
TEST(Sha256, KnownDigests) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Query, MatchesByKeys) {
  const Problem p = Synthetic().add("matmul/dtype:bf16/m:512/n:64/k:64", h100, 1).problem;
  const auto matches = [&](const char* text) { return parse_case_query(text).matches(p); };
  EXPECT_TRUE(matches("matmul"));
  EXPECT_TRUE(matches("attention,matmul dtype=f32,bf16 m>=512 m<=512 cache=cold weights=bf16"));
  EXPECT_FALSE(matches("attention"));
  EXPECT_FALSE(matches("matmul dtype!=bf16"));
  EXPECT_FALSE(matches("matmul m>=513"));
  EXPECT_THROW((void)parse_case_query("matmul m>=x"), Error);
  EXPECT_THROW((void)parse_case_query("matmul m"), Error);
  EXPECT_THROW((void)parse_case_query(""), Error);
  EXPECT_EQ(text(parse_case_query("matmul  dtype=f32,bf16  m>=5")), "matmul dtype=f32,bf16 m>=5");
}

}  // namespace
}  // namespace assay
