#include "bench/reporters/text.hpp"

#include <gtest/gtest.h>

#include "bench/reporters/escape.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

TEST(FourDigits, NeverShowsFiveOrThree) {
  EXPECT_EQ(four_digits(1.23456), "1.235");
  EXPECT_EQ(four_digits(9.99949), "9.999");
  EXPECT_EQ(four_digits(9.99951), "10.00");
  EXPECT_EQ(four_digits(999.96), "1000");
  EXPECT_EQ(four_digits(12345.6), "12346");
  EXPECT_EQ(four_digits(0.012345), "0.01235");
  EXPECT_EQ(four_digits(0), "0");
  EXPECT_EQ(four_digits(1.0 / 0.0), "-");
}

TEST(TimeText, ChoosesItsUnit) {
  EXPECT_EQ(time_text(12.34), "12.34 ns");
  EXPECT_EQ(time_text(999.96), "1.000 us");
  EXPECT_EQ(time_text(1.5e6), "1.500 ms");
  EXPECT_EQ(time_text(2e9), "2.000 s");
}

TEST(ShortProblem, PutsSizesFirst) {
  Record record;
  record.problem = parse_problem("matmul/dtype:bf16/m:1/n:4096/k:128/weights:s4/group:32");
  EXPECT_EQ(short_problem(record), "matmul bf16 1x4096x128 weights:s4 group:32");
}

TEST(Printable, RemovesWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\r\n\x7f"), "a [31mb   ");
  EXPECT_EQ(printable("\u0085z\u00e4"), " z\u00e4");
  EXPECT_EQ(printable("\xff"), "\ufffd");
  EXPECT_EQ(printable("a\u202e\u2066b\u200f\u061c\u2014"), "ab\u2014") << "turns nothing round";
}

TEST(XmlText, HoldsNoCharacterThatXmlHasNot) {
  EXPECT_EQ(xml_text("a<&\">\uffff\ufffe\x1b"), "a&lt;&amp;&quot;&gt;\ufffd\ufffd ");
}

TEST(Shortened, CountsCodePoints) {
  EXPECT_EQ(columns("Zwölf"), 5U);
  EXPECT_EQ(shortened("Zwölf", 5), "Zwölf");
  EXPECT_EQ(shortened("Zwölfer", 5), "Zwö..");
}

}  // namespace
}  // namespace assay
