#include "bench/claims/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "bench/claims/verdict_text.hpp"

namespace assay {
namespace {

// The device that a ruling is about: of a pair the first.
std::string device_of(const std::string& subject) { return subject.substr(0, subject.find(" / ")); }

ClaimFinding finding_of(const ClaimTest& test, Reading reading) {
  ClaimFinding finding;
  finding.test = test.name;
  finding.margins = margins_text(test);
  finding.interval = reading.value;
  if (!reading.invalid.empty()) {
    finding.why = "INVALID: " + reading.invalid;
  } else if (reading.measured && reading.least_runs < least_runs) {
    finding.ruling = Ruling::inconclusive;
    finding.why = fmt::format("{} of {} runs a side", reading.least_runs, least_runs);
  } else {
    if (reading.measured && reading.boards < 2) {
      finding.interval = widened(reading.value);
      finding.widened = true;
    }
    finding.ruling = rule_on(test, finding.interval);
    if (finding.ruling == Ruling::inconclusive) finding.why = seen_text(test, finding.interval);
  }
  finding.reading = std::move(reading);
  return finding;
}

class Judge {
 public:
  Judge(const Claim& claim, const Evidence& evidence)
      : claim_(claim), evidence_(evidence), measures_(claim, evidence) {}

  ClaimVerdict run() {
    verdict_.claim = &claim_;
    if (claim_.kind == ClaimClass::market) {
      verdict_.word = VerdictWord::out_of_scope;
      return verdict_;
    }
    collect();
    verdict_.paper = paper_lines(claim_, evidence_.facts());
    if (claim_.kind == ClaimClass::datasheet) {
      judge_paper();
    } else {
      judge_measured();
    }
    if (verdict_.word == VerdictWord::conditional) {
      verdict_.boundaries = boundary_lines(verdict_.findings);
    }
    return verdict_;
  }

 private:
  void collect() {
    for (const ClaimTest& test : claim_.tests) {
      QuantityResult result = measures_.evaluate(*claim_.find(test.quantity));
      std::set<std::string> seen;
      for (Reading& reading : result.readings) {
        verdict_.records.insert(reading.records.begin(), reading.records.end());
        seen.insert(device_of(reading.subject));
        verdict_.findings.push_back(finding_of(test, std::move(reading)));
      }
      for (const std::string& query : result.unmeasured) {
        add(verdict_.missing, fmt::format("records of `{}` for \"{}\"", query, test.name));
      }
      refused_.insert(result.refused.begin(), result.refused.end());
      tested_[test.name] = seen;
    }
  }

  static void add(std::vector<std::string>& list, const std::string& line) {
    if (std::ranges::find(list, line) == list.end()) list.push_back(line);
  }

  void judge_paper() {
    std::vector<Ruling> rulings;
    for (const ClaimFinding& f : verdict_.findings) rulings.push_back(f.ruling);
    for (const Published& p : claim_.published) {
      if (p.verdict.empty()) continue;
      rulings.push_back(p.verdict == "supported" ? Ruling::supported : Ruling::refuted);
    }
    verdict_.grade = Grade::datasheet;
    verdict_.qualification = "on paper: published figures, not measured";
    if (rulings.empty()) {
      verdict_.word = VerdictWord::not_measurable;
      verdict_.grade = Grade::news;
      verdict_.qualification.clear();
      return;
    }
    verdict_.word = word_of(combined(rulings, claim_.tests_needed));
  }

  // Rule: a side that no device of the records is, or too few vendors, decides nothing at all.
  bool hardware_missing() {
    std::vector<std::string> absent;
    std::set<std::string> vendors;
    for (const auto& [name, side] : claim_.sides) {
      const std::vector<const DeviceModel*> models = evidence_.find(side);
      if (models.empty()) add(absent, side.label);
      for (const DeviceModel* model : models) vendors.insert(model->vendor);
    }
    const int have = static_cast<int>(vendors.size());
    if (absent.empty() && have < claim_.least_vendors) {
      add(absent,
          fmt::format("accelerators of {} vendors: {} measured", claim_.least_vendors, have));
    }
    if (absent.empty()) return false;
    verdict_.missing = absent;
    return true;
  }

  void not_measurable() {
    verdict_.word = VerdictWord::not_measurable;
    verdict_.findings.clear();
    verdict_.records.clear();
    const bool published = std::ranges::any_of(claim_.published, &Published::measurement);
    verdict_.grade = published                  ? Grade::published
                     : claim_.datasheet.empty() ? Grade::news
                                                : Grade::datasheet;
  }

  void judge_measured() {
    if (hardware_missing()) return not_measurable();
    if (verdict_.findings.empty() && !refused_.empty()) {
      verdict_.missing.assign(refused_.begin(), refused_.end());
      return not_measurable();
    }
    verdict_.grade = Grade::measured;
    std::set<std::string> devices;
    for (const ClaimFinding& f : verdict_.findings) devices.insert(device_of(f.reading.subject));
    std::vector<Ruling> rulings;
    for (const std::string& device : devices) rulings.push_back(ruling_of(device));
    verdict_.word = word_of(combined(rulings, claim_.devices_needed));
    const bool labels = std::ranges::any_of(
        claim_.quantities, [](const ClaimQuantity& q) { return q.measure == MeasureKind::memory; });
    if (labels) verdict_.qualification = "capacity is the driver's word, not exercised";
    if (verdict_.findings.empty()) verdict_.grade = Grade::news;
  }

  // All tests on one device; a test's readings (conditions, partners) must agree.
  Ruling ruling_of(const std::string& device) {
    std::vector<Ruling> tests;
    for (const ClaimTest& test : claim_.tests) {
      std::vector<Ruling> readings;
      for (const ClaimFinding& f : verdict_.findings) {
        if (f.test == test.name && device_of(f.reading.subject) == device) {
          readings.push_back(f.ruling);
        }
      }
      if (readings.empty() && !tested_.at(test.name).empty()) {
        add(verdict_.missing, "\"" + test.name + "\" on " + device);
      }
      tests.push_back(combined(readings, {}));
      if (test.veto && tests.back() == Ruling::refuted) return Ruling::refuted;
    }
    return combined(tests, claim_.tests_needed);
  }

  static VerdictWord word_of(Ruling ruling) {
    switch (ruling) {
      case Ruling::supported:
        return VerdictWord::supported;
      case Ruling::refuted:
        return VerdictWord::refuted;
      case Ruling::between:
        return VerdictWord::conditional;
      case Ruling::inconclusive:
      case Ruling::missing:
        break;
    }
    return VerdictWord::inconclusive;
  }

  const Claim& claim_;
  const Evidence& evidence_;
  Measures measures_;
  ClaimVerdict verdict_;
  std::set<std::string> refused_;
  std::map<std::string, std::set<std::string>> tested_;  // test -> devices with readings
};

}  // namespace

std::string_view name(VerdictWord word) {
  constexpr std::array<std::string_view, verdict_words> names = {
      "SUPPORTED", "REFUTED", "CONDITIONAL", "INCONCLUSIVE", "NOT MEASURABLE HERE", "OUT OF SCOPE"};
  return names[static_cast<std::size_t>(word)];
}

std::string_view name(Grade grade) {
  constexpr std::array<std::string_view, 4> names = {"measured here", "published measurement",
                                                     "datasheet", "news"};
  return names[static_cast<std::size_t>(grade)];
}

ClaimVerdict judge(const Claim& claim, const Evidence& evidence) {
  return Judge(claim, evidence).run();
}

std::vector<ClaimVerdict> judge_all(std::span<const Claim> claims, const Evidence& evidence) {
  std::vector<ClaimVerdict> verdicts;
  for (const Claim& claim : claims) verdicts.push_back(judge(claim, evidence));
  return verdicts;
}

}  // namespace assay
