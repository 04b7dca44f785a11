#include "bench/claims/few_runs.hpp"

#include <algorithm>

#include "bench/claims/findings.hpp"
#include "bench/claims/verdict_text.hpp"

namespace assay {
namespace {

bool has_runs(const ClaimFinding& f) {
  return f.reading.measured && !f.lacks_runs && f.reading.least_runs >= least_runs;
}

// Nothing but runs is in the way: no test is open for another reason, or speaks against the claim.
bool only_runs_missing(std::span<const ClaimFinding* const> own) {
  return std::ranges::all_of(own, [](const ClaimFinding* f) {
    return f->lacks_runs || (f->ruling == Ruling::supported && !has_runs(*f));
  });
}

}  // namespace

void leave_out_sizes(std::vector<ClaimFinding>& findings) {
  std::set<std::pair<std::string, std::string>> enough;  // test, device
  for (const ClaimFinding& f : findings) {
    if (has_runs(f)) enough.emplace(f.test, device_of(f.reading.subject));
  }
  for (ClaimFinding& f : findings) {
    f.left_out = f.lacks_runs && enough.contains({f.test, device_of(f.reading.subject)});
  }
}

void leave_out_devices(std::vector<ClaimFinding>& findings, const std::set<std::string>& asked,
                       std::map<std::string, Ruling>& devices) {
  std::set<std::string> tests;  // of which some device has runs enough
  for (const ClaimFinding& f : findings) {
    if (has_runs(f)) tests.insert(f.test);
  }
  std::erase_if(devices, [&](const auto& entry) {
    const auto& [device, ruling] = entry;
    if (asked.contains(device)) return false;
    std::vector<const ClaimFinding*> own;
    std::vector<const ClaimFinding*> lacking;
    for (const ClaimFinding& f : findings) {
      if (device_of(f.reading.subject) != device) continue;
      own.push_back(&f);
      if (f.lacks_runs) lacking.push_back(&f);
    }
    const bool others = std::ranges::all_of(
        lacking, [&](const ClaimFinding* f) { return tests.contains(f->test); });
    if (lacking.empty() || !others || !only_runs_missing(own)) return false;
    // What it has besides says nothing either.
    const std::string name = device;
    std::erase_if(findings, [&](const ClaimFinding& f) {
      return device_of(f.reading.subject) == name && !f.lacks_runs;
    });
    for (ClaimFinding& f : findings) {
      if (device_of(f.reading.subject) == name) f.left_out = true;
    }
    return true;
  });
}

std::vector<std::string> left_out_cases(std::span<const ClaimFinding> findings) {
  std::vector<std::string> lines;
  for (const ClaimFinding& f : findings) {
    for (const std::string& each : f.reading.few) {
      const std::string line = f.reading.subject + ": " + each;
      if (std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
    }
  }
  return lines;
}

std::vector<std::string> left_out_lines(std::span<const ClaimFinding> findings) {
  std::vector<std::string> lines;
  for (const ClaimFinding& f : findings) {
    if (f.left_out) lines.push_back(f.test + ", " + place_text(f) + ": " + f.why);
  }
  const std::vector<std::string> cases = left_out_cases(findings);
  lines.insert(lines.end(), cases.begin(), cases.end());
  return lines;
}

}  // namespace assay
