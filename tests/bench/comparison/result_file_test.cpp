#include "bench/comparison/result_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "bench/run_document.hpp"
#include "fixture.hpp"
#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) {
  try {
    (void)parse_result_file("a.json", text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    return error.what();
  }
  return "no error";
}

std::string foreign(const std::string& entries) {
  return R"({"context":{"date":"2025-01-06","host_name":"h"},"benchmarks":[)" + entries + "]}";
}

TEST(ResultFile, ReadsWhatARunWrites) {
  const RunDocument document = fixture();
  const ResultFile direct = result_of("run.json", document);
  const ResultFile read = parse_result_file("run.json", to_json(document).dump());
  EXPECT_FALSE(read.foreign);
  ASSERT_EQ(read.cases.size(), document.records.size());
  bool timed = false;
  for (std::size_t i = 0; i < read.cases.size(); ++i) {
    EXPECT_EQ(read.cases[i].key(), direct.cases[i].key());
    EXPECT_EQ(read.cases[i].launches_ns, direct.cases[i].launches_ns);
    EXPECT_EQ(read.cases[i].status, document.records[i].status);
    timed = timed || read.cases[i].has_times();
  }
  EXPECT_TRUE(timed);
}

TEST(ResultFile, ReadsOtherPrograms) {
  const ResultFile file = parse_result_file(
      "b.json", foreign(R"({"name":"BM_x/8","run_type":"iteration","real_time":2,"time_unit":"us"},
                           {"name":"BM_x/8","run_type":"iteration","real_time":3,"time_unit":"us"},
                           {"name":"BM_x/8_mean","run_name":"BM_x/8","run_type":"aggregate",
                            "aggregate_name":"mean","real_time":2.5,"time_unit":"us"},
                           {"name":"BM_y_median","run_name":"BM_y","run_type":"aggregate",
                            "aggregate_name":"median","real_time":7,"time_unit":"ns"},
                           {"name":"BM_z","error_occurred":true,"error_message":"no"})"));
  EXPECT_TRUE(file.foreign);
  ASSERT_EQ(file.cases.size(), 3U);
  EXPECT_THAT(file.cases[0].launches_ns, testing::ElementsAre(2000, 3000));
  EXPECT_THAT(file.cases[1].launches_ns, testing::ElementsAre(7));
  EXPECT_EQ(file.cases[2].status, Status::failed);
}

TEST(ResultFile, ReadsWhatOthersSkipped) {
  const ResultFile file = parse_result_file(
      "c.json", foreign(R"({"name":"BM_x","run_type":"iteration","real_time":0,"skipped":true,
      "skip_message":"no GPU","time_unit":"ns"},{"name":"BM_y","real_time":3})"));
  EXPECT_EQ(file.cases[0].status, Status::skipped);
  EXPECT_EQ(file.cases[0].reason, "no GPU");
  EXPECT_TRUE(file.cases[1].has_times());
}

TEST(ResultFile, RefusesWhatIsNone) {
  EXPECT_EQ(error_of(""), "a.json: is empty");
  EXPECT_EQ(error_of(" \n"), "a.json: is empty");
  EXPECT_THAT(error_of(R"({"context":{},"benchmarks":[{"na)"), HasSubstr("a.json: not JSON"));
  EXPECT_THAT(error_of("[1,2]"), HasSubstr("not a result file"));
  EXPECT_THAT(error_of(R"({"some":"thing"})"), HasSubstr("'assay_schema' is missing"));
  EXPECT_THAT(error_of(std::string(100000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(error_of(R"({"assay_schema":99,"context":{},"benchmarks":[]})"),
              HasSubstr("assay_schema is 99; this program reads 1"));
}

TEST(ResultFile, RefusesTimesThatAreNone) {
  for (const char* time : {"0", "-1", "1e-320", "1e300"}) {
    const std::string entry = std::string(R"({"name":"BM","real_time":)") + time + "}";
    EXPECT_EQ(error_of(foreign(entry)),
              "a.json: 'BM' has a time that is not positive, or that no clock measures");
  }
  EXPECT_THAT(error_of(foreign(R"({"name":"BM","real_time":1,"time_unit":"h"})")),
              HasSubstr("unknown time unit 'h'"));
  EXPECT_THAT(error_of(foreign(R"({"name":"BM"})")), HasSubstr("no real_time"));
  EXPECT_THAT(error_of(foreign("{}")), HasSubstr("no name"));
  EXPECT_THAT(error_of(foreign("1")), HasSubstr("no object"));

  RunDocument document = fixture();
  for (Record& record : document.records) {
    if (!record.has_numbers()) continue;
    record.launches[0].samples_ns[0] = -1;
    break;
  }
  EXPECT_THROW((void)result_of("x", document), Error);
}

TEST(ResultFile, RefusesARepetitionThatIsThereTwice) {
  const std::string one = R"({"name":"BM","real_time":2,"repetition_index":0})";
  EXPECT_THAT(error_of(foreign(one + "," + one)), HasSubstr("'BM' has repetition 0 twice"));
}

TEST(ResultFile, TellsDevicesOfOneNameApart) {
  RunDocument document = fixture();
  Record twin = document.records.front();
  twin.device += "9";
  twin.name += "9";
  document.records.push_back(twin);
  const ResultFile file = result_of("x", document);
  const ResultCase& first = file.cases.front();
  EXPECT_NE(first.key(), file.cases.back().key());
  EXPECT_THAT(first.device_name, HasSubstr(" (" + first.device + ")"));
}

TEST(ResultFile, RefusesDuplicates) {
  RunDocument document = fixture();
  document.records.push_back(document.records.front());
  EXPECT_THROW((void)result_of("x", document), Error);
  document = fixture();
  for (Record& record : document.records) {
    if (record.has_numbers()) record.launches.push_back(record.launches.front());
  }
  EXPECT_THROW((void)result_of("x", document), Error);
}

TEST(ResultFile, NamesFilesThatCanNotBeRead) {
  EXPECT_THROW((void)read_result_file("/nowhere/at/all.json"), Error);
  EXPECT_THROW((void)read_result_file(std::filesystem::temp_directory_path().string()), Error);
}

TEST(ResultFile, RefusesGiganticFilesUnread) {
  const TemporaryFolder folder;
  const std::string path = folder / "gigantic.json";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, std::uintmax_t{2} << 30U);  // sparse
  try {
    (void)read_result_file(path);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("larger than 1 GiB"));
  }
}

}  // namespace
}  // namespace assay
