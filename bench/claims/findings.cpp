#include "bench/claims/findings.hpp"

#include <fmt/format.h>

#include "bench/claims/verdict_text.hpp"

namespace assay {

std::string device_of(const std::string& subject) { return subject.substr(0, subject.find(" / ")); }

ClaimFinding finding_of(const ClaimTest& test, Reading reading) {
  ClaimFinding finding;
  finding.test = test.name;
  finding.margins = margins_text(test);
  finding.interval = reading.value;
  if (!reading.invalid.empty()) {
    finding.why = "INVALID: " + reading.invalid;
  } else if (!reading.open.empty()) {
    finding.ruling = Ruling::inconclusive;
    finding.why = reading.open;
  } else if (reading.measured && reading.least_runs < least_runs) {
    finding.ruling = Ruling::inconclusive;
    finding.why = fmt::format("{} of {} runs a side", reading.least_runs, least_runs);
  } else {
    if (reading.measured && reading.boards < 2) {
      finding.interval = widened(reading.value);
      finding.widened = true;
    }
    finding.ruling = rule_on(test, finding.interval);
    if (finding.ruling == Ruling::refuted && !reading.unlike.empty()) {
      finding.ruling = Ruling::between;
      finding.why = "refuted for a pair that isn't alike: " + reading.unlike;
    }
    if (finding.ruling == Ruling::inconclusive) finding.why = seen_text(test, finding.interval);
  }
  finding.reading = std::move(reading);
  return finding;
}

ClaimFinding shown_finding(const Shown& shown, Reading reading) {
  ClaimFinding finding;
  finding.test = shown.name;
  finding.interval = reading.value;
  if (!reading.invalid.empty()) {
    finding.why = "INVALID: " + reading.invalid;
  } else if (!reading.open.empty()) {
    finding.why = reading.open;
  } else if (reading.measured && reading.least_runs < least_runs) {
    finding.why = fmt::format("{} of {} runs a side", reading.least_runs, least_runs);
  }
  finding.reading = std::move(reading);
  return finding;
}

}  // namespace assay
