// One self-contained page, or markdown, of everything that records say.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/claims/evidence.hpp"
#include "bench/claims/verdict.hpp"
#include "bench/portability/portability.hpp"
#include "bench/run_document.hpp"

namespace assay {

struct ReportRun {
  std::string path;
  RunDocument document;
};

struct Report {
  std::vector<ReportRun> runs;
  const Evidence* evidence = nullptr;  // of the same runs
  std::vector<ClaimVerdict> verdicts;
  std::vector<PortabilityGroup> by_backend;
  std::vector<PortabilityGroup> by_device;
  std::vector<PortabilityGroup> by_vendor;  // shown where a vendor has several devices
  [[nodiscard]] bool vendors_differ() const {
    return by_vendor.size() > 1 && by_vendor.size() < by_device.size();
  }
};

// What all records say in plain words, a sentence each: what was measured, what is fastest, what
// can't be trusted.
[[nodiscard]] std::vector<std::string> plain_words(const Report& report);

// PoCL and oneDNN are two devices of one chip, which is a processor.
struct Chip {
  std::string name;  // of the table of facts where it is known, else the driver's
  std::string kind;  // "cpu", "gpu"; empty: unknown
};
[[nodiscard]] Chip chip_of(const Evidence& evidence, const Record& record,
                           const nlohmann::json& context);

// What the page's charts and its table are drawn from.
[[nodiscard]] nlohmann::json report_data(const Report& report);

// HTML 5 without any link to elsewhere. All contents of records stay text. Tables and verdicts can be
// read without scripts; charts, sorting and filters need them.
void write_html(const Report& report, std::ostream& out);
void write_markdown(const Report& report, std::ostream& out);

}  // namespace assay
