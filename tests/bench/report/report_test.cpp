#include "bench/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "fixture.hpp"
#include "synthetic.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page(const RunDocument& document, bool markdown = false) {
  Evidence evidence(test_facts());
  evidence.add("run.json", document);
  Report report;
  report.evidence = &evidence;
  report.runs.push_back({"run.json", document});
  const std::vector<Claim> claims = built_in_claims(test_facts());
  report.verdicts = judge_all(claims, evidence);
  report.by_backend = portability(evidence, PortabilityBy::backend);
  std::ostringstream out;
  if (markdown) {
    write_markdown(report, out);
  } else {
    write_html(report, out);
  }
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

TEST(Report, IsOneFileWithoutNetwork) {
  const std::string html = page(fixture());
  for (const char* link : {"src=\"", "href=\"http", "@import", "url(http"}) {
    EXPECT_THAT(html.substr(0, html.find("<script")), Not(HasSubstr(link)));
  }
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_EQ(count(html, "<script"), count(html, "</script>"));
}

TEST(Report, EveryCaseIsInTheTableWithItsCommand) {
  const RunDocument document = fixture();
  const std::string html = page(document);
  const std::string table = html.substr(html.find("id=\"table\""));
  EXPECT_EQ(count(table.substr(0, table.find("</table>")), "<tr class="), document.records.size());
  EXPECT_THAT(html, HasSubstr("assay run 'matmul/dtype:bf16/m:512/n:4096/k:4096@onednn:0"));
  EXPECT_THAT(html, HasSubstr("failed: signal 11"));
}

TEST(Report, HostileContentsStayText) {
  RunDocument document = fixture();
  const std::string evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
  for (Record& record : document.records) {
    record.device_name = evil;
    record.implementation = evil;
    record.reason = record.reason.empty() ? "" : evil;
    record.repro = evil;
    record.labels = {evil};
    record.vendor = evil;
  }
  document.context["host_name"] = evil;
  document.context["assay"]["processor"]["model"] = evil;
  document.context["assay"]["devices"][0]["name"] = evil;
  document.context["assay"]["devices"][0]["memory_bytes"] = evil;
  document.context["assay"]["devices"][1] = evil;
  const std::string html = page(document);
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img src=x")));
  const std::string markdown = page(document, true);
  EXPECT_THAT(markdown, Not(HasSubstr("<script>alert")));
}

TEST(Report, BothLanguagesOfEveryClaim) {
  const std::string html = page(fixture());
  for (const Claim& claim : built_in_claims(test_facts())) {
    EXPECT_THAT(html, HasSubstr("claim-" + claim.id));
  }
  // What can't be decided here lies folded below the rest.
  EXPECT_THAT(html, HasSubstr("<details class=\"fold\"><summary>47 OUT OF SCOPE</summary>"));
  EXPECT_THAT(html, HasSubstr("lang=\"ko\">GPU는 CPU보다"));
  EXPECT_THAT(html, HasSubstr("A GPU has relatively more arithmetic units"));
}

TEST(Report, FiveHundredCasesStayBelowThreeMegabytes) {
  RunDocument document = fixture();
  const Record one = document.records.front();
  for (int i = 0; document.records.size() < 500; ++i) {
    Record record = one;
    record.name = "matmul/dtype:bf16/m:" + std::to_string(i + 1) + "/n:4096/k:4096@onednn:0";
    document.records.push_back(record);
  }
  EXPECT_LT(page(document).size(), 3U << 20U);
}

TEST(Report, NothingMeasuredIsStillAPage) {
  RunDocument document;
  EXPECT_THAT(page(document), HasSubstr("0 of 0 cases"));
}

TEST(Report, MarkdownHasVerdictsAndCases) {
  const std::string text = page(fixture(), true);
  EXPECT_THAT(text, HasSubstr("75 claims"));
  EXPECT_THAT(text, HasSubstr("OUT OF SCOPE"));
  EXPECT_THAT(text, HasSubstr("attention"));
}

}  // namespace
}  // namespace assay
