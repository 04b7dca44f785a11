#include "bench/claims/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bench/claims/verdict_text.hpp"

namespace assay {
namespace {

std::string runs_missing(const Reading& reading) {
  if (reading.apart) return "no run holds both sides: they weren't measured in turns";
  return fmt::format("{} of {} runs a side", reading.least_runs, least_runs);
}

}  // namespace

std::string device_of(const std::string& subject) { return subject.substr(0, subject.find(" / ")); }

ClaimFinding finding_of(const ClaimTest& test, Reading reading) {
  ClaimFinding finding;
  finding.test = test.name;
  finding.margins = margins_text(test);
  finding.interval = reading.value;
  if (!reading.invalid.empty()) {
    finding.why = "INVALID: " + reading.invalid;
  } else if (!reading.refused.empty()) {
    finding.ruling = Ruling::between;
  } else if (!reading.open.empty()) {
    finding.ruling = Ruling::inconclusive;
    finding.why = reading.open;
  } else if (reading.apart || (reading.measured && reading.least_runs < least_runs)) {
    finding.ruling = Ruling::inconclusive;
    finding.why = runs_missing(reading);
    finding.lacks_runs = reading.apart || reading.few_runs;
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
  } else if (reading.apart || (reading.measured && reading.least_runs < least_runs)) {
    finding.why = runs_missing(reading);
  }
  finding.reading = std::move(reading);
  return finding;
}

std::optional<Basis> basis_of(const Claim& claim, std::span<const ClaimFinding> findings,
                              Ruling verdict) {
  const auto undecided = [](Ruling r) { return r == Ruling::inconclusive || r == Ruling::missing; };
  const auto bears = [&](const ClaimFinding& f) {
    if (f.left_out) return false;
    if (undecided(verdict)) return undecided(f.ruling);
    if (verdict == Ruling::between) return !undecided(f.ruling);
    const auto test = std::ranges::find(claim.tests, f.test, &ClaimTest::name);
    return f.ruling == verdict && !(test != claim.tests.end() && test->condition);
  };
  std::optional<Basis> firmest;
  for (const bool every : {false, true}) {
    for (const ClaimFinding& f : findings) {
      if (!every && !bears(f)) continue;
      if (!firmest || *firmest < f.reading.basis) firmest = f.reading.basis;
    }
    if (firmest) break;
  }
  return firmest;
}

Grade grade_of(Basis basis) {
  switch (basis) {
    case Basis::paper:
      return Grade::datasheet;
    case Basis::arithmetic:
      return Grade::arithmetic;
    case Basis::label:
      return Grade::label;
    case Basis::counted:
    case Basis::runs:
      break;
  }
  return Grade::measured;
}

std::string unmeasured_text(Basis basis) {
  switch (basis) {
    case Basis::paper:
      return "on paper: published figures, not measured";
    case Basis::arithmetic:
      return "by arithmetic: shapes and number formats, not measured";
    case Basis::label:
      return "by what the driver says of the device, not measured";
    case Basis::counted:
    case Basis::runs:
      break;
  }
  return {};
}

}  // namespace assay
