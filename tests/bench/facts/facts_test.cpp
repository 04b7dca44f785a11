#include "bench/facts/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/facts/audit.hpp"
#include "bench/facts/csv.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

const std::string head =
    "device,vendor,class,figure,dtype,unit,sparsity,scope,value,value_unit,source,source_date,"
    "status,"
    "note\n";

std::string refusal(const std::string& rows) {
  try {
    (void)parse_facts("table.csv", head + rows);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Csv, QuotesLinesAndCommas) {
  const auto rows = parse_csv("t", "a,\"b, \"\"c\"\"\nd\",e\r\n\n1,2\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].fields, (std::vector<std::string>{"a", "b, \"c\"\nd", "e"}));
  EXPECT_EQ(rows[1].line, 4);
  EXPECT_THROW((void)parse_csv("t", "\"open"), Error);
  EXPECT_THROW((void)parse_csv("t", "\"a\"b,c"), Error);
}

TEST(Facts, BuiltInTableIsRight) {
  const FactTable facts = built_in_facts();
  EXPECT_GT(facts.rows().size(), 500U);
  EXPECT_GT(facts.devices().size(), 45U);
  const Fact* memory = facts.best({"NVIDIA H200 SXM", "memory_capacity"});
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->value, 141);
}

TEST(Facts, RefusesWithFileAndLine) {
  const std::string good = "D,V,gpu,tdp,-,-,-,package,100,W,a book,2024,ok,\n";
  EXPECT_EQ(refusal(good), "accepted");
  EXPECT_EQ(refusal(good + "D,V,gpu,clock,-,-,-,package,100,MHz,,2024,ok,\n"),
            "table.csv:3: a figure without a source");
  EXPECT_THAT(refusal("D,V,gpu,tdp,-,-,-,package,100,W,a book,,ok,\n"),
              HasSubstr("table.csv:2: 'source_date' is empty"));
  EXPECT_THAT(refusal("D,V,gpu,tdp,-,-,-,package,100,W,a book,soon,ok,\n"), HasSubstr("soon"));
  EXPECT_THAT(refusal("D,V,gpu,tdp,-,-,-,package,-1,W,a book,2024,ok,\n"), HasSubstr("positive"));
  EXPECT_THAT(refusal("D,V,gpu,tdp,-,-,-,package,1e,W,a book,2024,ok,\n"), HasSubstr("positive"));
  EXPECT_THAT(refusal("D,V,gpu,peek,-,-,-,package,1,W,a book,2024,ok,\n"),
              HasSubstr("unknown figure 'peek'"));
  EXPECT_THAT(refusal("D,V,gpu,peak,f16,-,dense,package,1,TFLOP/s,a book,2024,ok,\n"),
              HasSubstr("without its unit"));
  EXPECT_THAT(refusal("D,V,gpu,peak,-,matrix,dense,package,1,TFLOP/s,a book,2024,ok,\n"),
              HasSubstr("needs a note"));
  EXPECT_THAT(refusal("D,V,gpu,tdp,-,-,-,package,1,W,a book,2024,sure,\n"),
              HasSubstr("unknown status"));
  EXPECT_THAT(refusal("D,V,gpu,tdp\n"), HasSubstr("has 4 fields"));
  EXPECT_THAT(refusal(good + "D,V,gpu,tdp,-,-,-,package,120,W,a book,2024,ok,\n"),
              HasSubstr("second ok row, see line 2"));
  EXPECT_THAT(refusal(good + "D,V,gpu,tdp,-,-,-,package,120,W,a book,2024,disputed,\n"),
              HasSubstr("both ok and disputed"));
  EXPECT_THROW((void)parse_facts("t", ""), Error);
  EXPECT_THROW((void)parse_facts("t", "device,vendor\n"), Error);
}

TEST(Facts, DriversNamesFindTheirDevice) {
  const FactTable facts = built_in_facts();
  EXPECT_EQ(facts.device_of("NVIDIA H100 80GB HBM3"), "NVIDIA H100 SXM");
  EXPECT_EQ(facts.device_of("NVIDIA H100 PCIe"), "NVIDIA H100 PCIe");
  EXPECT_EQ(facts.device_of("NVIDIA L40S"), "NVIDIA L40S");
  EXPECT_EQ(facts.device_of("NVIDIA L4"), "NVIDIA L4");
  EXPECT_EQ(facts.device_of("AMD Instinct MI300X"), "AMD Instinct MI300X");
  EXPECT_EQ(facts.device_of("AMD EPYC"), "");
  EXPECT_EQ(facts.device_of("NVIDIA H200"), "NVIDIA H200 SXM");
  // Products of their own, and slices of one.
  for (const char* other : {"NVIDIA GH200 480GB", "NVIDIA GB200", "NVIDIA H200 NVL",
                            "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
                            "NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA GeForce RTX 4090 D"}) {
    EXPECT_EQ(facts.device_of(other), "") << other;
  }
}

TEST(Audit, TwoClocksOfTheH100) {
  int vector = 0;
  int matrix = 0;
  for (const PeakCheck& check : [] {
         static const FactTable facts = built_in_facts();
         return check_peaks(facts);
       }()) {
    if (check.peak->device != "NVIDIA H100 SXM" || !check.fits) continue;
    if (check.peak->unit == "vector" && check.peak->dtype == "f32") {
      EXPECT_EQ(check.clock->text, "1980");
      EXPECT_EQ(check.nearest, 1);
      ++vector;
    }
    if (check.peak->unit == "matrix" && check.peak->dtype == "bf16") {
      EXPECT_EQ(check.clock->text, "1830");
      ++matrix;
    }
  }
  EXPECT_EQ(vector, 1);
  EXPECT_EQ(matrix, 1);
}

TEST(Audit, SaysWhatAQuotedNumberIs) {
  const FactTable facts = built_in_facts();
  const auto first = [&](const Quote& quote) {
    const auto readings = read_quote(facts, quote);
    return readings.empty() ? std::string("nothing") : std::string(name(readings.front().match));
  };
  EXPECT_EQ(first({"NVIDIA H100 SXM", "peak", "f16", "matrix", 989}), "the published figure");
  // Other readings follow: it is also the fp8 figure.
  EXPECT_EQ(first({"NVIDIA H100 SXM", "peak", "f16", "matrix", 1979}), "the sparse figure");
  EXPECT_EQ(read_quote(facts, {"NVIDIA H100 SXM", "peak", "f16", "matrix", 1979}).size() > 1, true);
  EXPECT_EQ(first({"AMD Instinct MI300X", "peak", "f16", "matrix", 2615}), "the sparse figure");
  EXPECT_EQ(first({"NVIDIA H100 SXM", "peak", "f16", "matrix", 133.8}),
            "the figure of another unit");
  EXPECT_EQ(first({"NVIDIA H100 SXM", "memory_bandwidth", "-", "-", 4800}),
            "the figure of another model");
  EXPECT_EQ(first({"NVIDIA H100 SXM", "peak", "f16", "matrix", 5}), "nothing");
  EXPECT_THROW((void)read_quote(facts, {"NVIDIA H1000", "peak", "f16", "matrix", 5}), Error);
}

TEST(Audit, FindsPlantedMisquotations) {
  const std::string peak = ",matrix,dense,package,";
  const FactTable facts =
      parse_facts("t", head + "A,V,gpu,peak,f16" + peak + "500,TFLOP/s,s,2024,ok,\n" +
                           "A,V,gpu,peak,fp8" + peak + "1000,TFLOP/s,s,2024,ok,\n" +
                           "A,V,gpu,peak,bf16" + peak + "1000,TFLOP/s,s,2024,disputed,\n" +
                           "A,V,gpu,peak,bf16" + peak + "500,TFLOP/s,s,2024,disputed,\n" +
                           "A,V,gpu,memory_bandwidth,-,-,-,package,900,GB/s,s,2024,disputed,\n" +
                           "B,V,gpu,memory_bandwidth,-,-,-,package,900,GB/s,s,2024,ok,\n");
  const auto found = contradictions(facts);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].row->line, 4);
  EXPECT_EQ(found[0].reading.match, QuoteMatch::other_dtype);
  EXPECT_EQ(found[1].row->line, 6);
  EXPECT_EQ(found[1].reading.match, QuoteMatch::other_device);
}

// A source that prints the sparse figure as dense is wrong whatever its status; units x clock can't
// tell, because both are powers of two.
TEST(Audit, SparseFigureGivenAsDenseIsFoundInAConfirmedRow) {
  const std::string rest = ",package,1979,TFLOP/s,s,2024,ok,\n";
  const FactTable facts = parse_facts(
      "t", head + "A,V,gpu,peak,f16,matrix,dense" + rest + "A,V,gpu,peak,f16,matrix,sparse" + rest);
  const auto found = contradictions(facts);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].reading.match, QuoteMatch::sparse);
}

TEST(Facts, DatesAreDaysThatThereAre) {
  for (const char* good : {"2024", "2024-02", "2024-02-29"}) EXPECT_TRUE(is_date(good)) << good;
  for (const char* bad : {"", "24", "2024-13", "2023-02-29", "2024-99-99", "2024/02", "Q4 2023"}) {
    EXPECT_FALSE(is_date(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay
