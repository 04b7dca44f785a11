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

std::string page(const RunDocument& document, bool markdown = false, bool with_claims = true) {
  Evidence evidence(test_facts());
  evidence.add("run.json", document);
  Report report;
  report.evidence = &evidence;
  report.runs.push_back({"run.json", document});
  const std::vector<Claim> claims =
      with_claims ? built_in_claims(test_facts()) : std::vector<Claim>();
  report.verdicts = judge_all(claims, evidence);
  report.by_backend = portability(evidence, PortabilityBy::backend);
  report.by_device = portability(evidence, PortabilityBy::device);
  report.by_vendor = portability(evidence, PortabilityBy::vendor);
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
  // The page but for what its scripts say.
  std::string markup;
  for (std::size_t at = 0; at < html.size();) {
    const std::size_t script = std::min(html.find("<script", at), html.size());
    markup += html.substr(at, script - at);
    const std::size_t opened = std::min(html.find('>', script), html.size());
    markup += html.substr(script, opened - script);
    at = std::min(html.find("</script>", opened), html.size());
    if (at < html.size()) ++at;
  }
  for (const char* link : {"src=\"", "href=\"http", "@import", "url(http"}) {
    EXPECT_THAT(markup, Not(HasSubstr(link)));
  }
  EXPECT_THAT(markup, HasSubstr("</html>"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_EQ(count(html, "<script"), count(html, "</script>"));
}

TEST(Report, EveryLinkHasItsSection) {
  for (const bool with_claims : {true, false}) {
    const std::string html = page(fixture(), false, with_claims);
    const std::string nav =
        html.substr(html.find("<nav>"), html.find("</nav>") - html.find("<nav>"));
    EXPECT_EQ(nav.find("#claims") != std::string::npos, with_claims);
    const std::string link = "href=\"#";
    for (std::size_t at = 0; (at = nav.find(link, at)) != std::string::npos;) {
      at += link.size();
      const std::string id = nav.substr(at, nav.find('"', at) - at);
      EXPECT_THAT(html, HasSubstr("id=\"" + id + "\"")) << id;
    }
  }
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

TEST(Report, EachDtypeHasItsRoof) {
  Synthetic records;
  const std::vector<std::pair<std::string, double>> roofs = {{"f32", 4e11}, {"bf16", 9e11}};
  for (const auto& [dtype, rate] : roofs) {
    Record& r = records.add("matmul/dtype:" + dtype + "/m:512/n:512/k:512", cpu_onednn, 1e6);
    for (Launch& launch : r.launches) {
      launch.ceilings.alu = PairedCeiling{dtype, "onednn:0", {rate}};
      launch.ceilings.memory = PairedCeiling{"dram", "onednn:0", {40e9}};
    }
  }
  const std::string html = page(records.document());
  EXPECT_THAT(html, HasSubstr(R"("dtype":"f32","gbs":40.0,"gflops":400.0,"measured":true)"));
  EXPECT_THAT(html, HasSubstr(R"("dtype":"bf16","gbs":40.0,"gflops":900.0,"measured":true)"));
}

// Files of other verbs bring roofs and curves.
TEST(Report, CeilingsAndSweepsOfTheirOwnFiles) {
  Synthetic records;
  records.add("matmul/dtype:f32/m:512/n:512/k:512", cpu_onednn, 1e6);
  const auto instrument = nlohmann::json::parse(R"({"assay_ceilings": 1, "devices": [7, {
    "device": "onednn:0", "device_name": "Example CPU", "hardware": "cpu:Example CPU",
    "ceilings": [{"name": "f32.fma", "kind": "alu", "rate": 4.4e11}, {"name": "f16.fma", "kind": "alu"},
      {"name": "read", "kind": "dram", "rate": 5e10}, "x"],
    "sweeps": [{"what": "f32.fma in registers", "variable": "units", "points": [
      {"x": 1, "rates": [2e11, "x"], "case": "alu/dtype:f32"}, {"x": 2, "rates": [4e11]}]}]}]})");
  for (const bool before : {false, true}) {
    Evidence evidence(test_facts());
    if (before) evidence.add_instruments(instrument);
    evidence.add("run.json", records.document());
    if (!before) evidence.add_instruments(instrument);
    Report report;
    report.evidence = &evidence;
    const nlohmann::json data = report_data(report);
    EXPECT_EQ(data["roofs"][0]["gflops"], 440.0);
    EXPECT_EQ(data["roofs"][0]["gbs"], 50.0);
    EXPECT_EQ(data["sweeps"][0]["points"].size(), 2U);
    EXPECT_EQ(data["sweeps"][0]["unit"], "GFLOP/s");
  }
}

TEST(Report, CascadesAcrossDevicesToo) {
  Synthetic records;
  records.add("matmul/dtype:f32/m:64/n:64/k:64", cpu_onednn, 4e6, 0.0);
  records.add("matmul/dtype:f32/m:64/n:64/k:64", h100, 1e6, 0.0);
  EXPECT_THAT(page(records.document()),
              HasSubstr(R"({"platform":"Example CPU","rank":1,"share":0.25})"));
}

// One line a vendor only where it isn't the same as one a device.
TEST(Report, VendorsWhereTheyHaveSeveralDevices) {
  Synthetic records;
  const std::string problem = "matmul/dtype:f32/m:64/n:64/k:64";
  records.add(problem, cpu_onednn, 4e6);
  records.add(problem, h100, 1e6);
  EXPECT_THAT(page(records.document()), HasSubstr("\"cascade_vendors\":[]"));
  const SyntheticDevice other{"opencl", "NVIDIA H200", h100.vendor, "gpu:h200", 141e9};
  records.add(problem, other, 9e5);
  const std::string html = page(records.document());
  EXPECT_THAT(html, HasSubstr(R"("cascade_vendors":[{"platform":"AMD")"));
  EXPECT_THAT(html, HasSubstr("<th>vendor<th>measured on"));
}

// A processor through OpenCL is a processor, wherever its name stands.
TEST(Report, SaysWhatKindOfChipItWas) {
  Synthetic records;
  records.add("matmul/dtype:f32/m:512/n:512/k:512", cpu_opencl, 1e6);
  records.add("matmul/dtype:f32/m:512/n:512/k:512", cpu_onednn, 9e5);
  const std::string html = page(records.document());
  EXPECT_THAT(html, HasSubstr("Measured: Example CPU (CPU) through onednn, opencl."));
  EXPECT_THAT(html, HasSubstr("Example CPU (CPU): matrix multiplication up to "));
  EXPECT_THAT(html, HasSubstr(" GFLOP/s (onednn: matmul/dtype:f32/m:512/n:512/k:512)"));
  EXPECT_THAT(html, HasSubstr("title=\"pocl-Example CPU\">Example CPU (CPU)"));
  EXPECT_THAT(html, HasSubstr("\"kind\":\"cpu\""));
  EXPECT_THAT(page(records.document(), true), HasSubstr("| onednn | Example CPU (CPU) |"));
}

// Nobody is mentioned and nothing is linked in a pull request.
TEST(Report, MarkdownNamesStayText) {
  RunDocument document = fixture();
  for (Record& record : document.records) record.device_name = "@someone http://x.example/";
  const std::string text = page(document, true);
  EXPECT_THAT(text, Not(HasSubstr("@someone")));
  EXPECT_THAT(text, Not(HasSubstr("http://x.example")));
}

TEST(Report, WholeHashStandsBesideTheVerdict) {
  const Claim& claim = built_in("cuda-lock-in");
  EXPECT_THAT(page(fixture()), HasSubstr(claim.sha256));
  EXPECT_THAT(page(fixture(), true), HasSubstr(claim.sha256));
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
