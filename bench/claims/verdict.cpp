#include "bench/claims/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "bench/claims/findings.hpp"
#include "bench/claims/verdict_text.hpp"

namespace assay {
namespace {

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
      verdict_.boundaries = boundary_lines(claim_, verdict_.findings);
    }
    if (claim_.kind == ClaimClass::measurable) show();
    return verdict_;
  }

 private:
  void collect() {
    for (const ClaimTest& test : claim_.tests) {
      QuantityResult result = measures_.evaluate(*claim_.find(test.quantity));
      std::set<std::string> seen;
      for (Reading& reading : result.readings) {
        verdict_.records.insert(reading.records.begin(), reading.records.end());
        for (const std::string& each : reading.why_not) add(verdict_.wrong, each);
        seen.insert(device_of(reading.subject));
        verdict_.findings.push_back(finding_of(test, std::move(reading)));
        note_given(verdict_.findings.back());
      }
      for (const std::string& query : result.unmeasured) {
        add(verdict_.missing, fmt::format("{} for \"{}\"", query, test.name));
      }
      refused_.insert(result.refused.begin(), result.refused.end());
      tested_[test.name] = seen;
    }
  }

  // Only measurements decide without qualification; what a user says of a device is none.
  void note_given(const ClaimFinding& f) {
    const bool decided = f.ruling != Ruling::inconclusive && f.ruling != Ruling::missing;
    if (decided && !f.reading.given.empty()) given_.insert(f.reading.given);
    // Of two devices: what one does alone its share does too.
    const bool two = f.reading.subject.find(" / ") != std::string::npos;
    if (decided && two && !f.reading.share.empty()) shares_.insert(f.reading.share);
  }

  // Of the side that is present too, whatever the verdict.
  void show() {
    for (const Shown& shown : claim_.shown) {
      QuantityResult result = measures_.evaluate(*claim_.find(shown.quantity));
      for (Reading& reading : result.readings) {
        verdict_.shown.push_back(shown_finding(shown, std::move(reading)));
      }
      for (const std::string& each : result.unmeasured) {
        add(verdict_.not_shown, fmt::format("{} for \"{}\"", each, shown.name));
      }
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
    verdict_.on_paper = true;
    if (rulings.empty()) {
      verdict_.word = VerdictWord::not_measurable;
      verdict_.grade = Grade::news;
      verdict_.qualification.clear();
      verdict_.on_paper = false;
      return;
    }
    verdict_.word = word_of(combined(rulings, claim_.tests_needed));
  }

  // Rule: a side that no device of the records is, or too few vendors, decides nothing at all.
  bool hardware_missing() {
    std::vector<std::string> absent;
    std::set<std::string> vendors;
    for (const auto& [name, side] : claim_.needed_sides()) {
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
    verdict_.grade = paper_grade();
  }

  // Where nothing was measured: the best that others published.
  [[nodiscard]] Grade paper_grade() const {
    if (std::ranges::any_of(claim_.published, &Published::measurement)) return Grade::published;
    return claim_.datasheet.empty() ? Grade::news : Grade::datasheet;
  }

  void judge_measured() {
    if (hardware_missing()) return not_measurable();
    if (verdict_.findings.empty() && !refused_.empty()) {
      verdict_.missing.assign(refused_.begin(), refused_.end());
      return not_measurable();
    }
    std::map<std::string, Ruling> devices;
    for (const ClaimFinding& f : verdict_.findings) devices[device_of(f.reading.subject)] = {};
    // One that was never asked may turn out otherwise than those that were.
    for (const DeviceModel* model : support_side()) devices[model->name] = {};
    for (auto& [device, ruling] : devices) ruling = ruling_of(device);
    const Ruling ruling = ruling_of_devices(devices);
    verdict_.word = word_of(ruling);
    const std::optional<Basis> basis = basis_of(claim_, verdict_.findings, ruling);
    verdict_.grade = basis ? grade_of(*basis) : paper_grade();
    const bool decided = ruling != Ruling::inconclusive && ruling != Ruling::missing;
    if (basis && decided) qualify({}, unmeasured_text(*basis));
    if (decided) {
      for (const std::string& each : shares_) qualify("not a whole package, ", each);
    }
    const char* as_said = "as the user says, not measured: ";
    for (const std::string& each : given_) {
      qualify(as_said, each);
      as_said = "";
    }
  }

  void qualify(std::string_view why, const std::string& text) {
    if (text.empty()) return;
    verdict_.qualification += verdict_.qualification.empty() ? "" : "; ";
    verdict_.qualification += std::string(why) + text;
  }

  [[nodiscard]] std::vector<const DeviceModel*> support_side() const {
    if (claim_.support_side.empty()) return {};
    return evidence_.find(claim_.sides.at(claim_.support_side));
  }

  Ruling ruling_of_devices(const std::map<std::string, Ruling>& devices) {
    std::vector<Ruling> rulings;
    std::set<std::string> vendors_refuted;
    for (const auto& [device, ruling] : devices) {
      rulings.push_back(ruling);
      if (ruling != Ruling::refuted) continue;
      for (const DeviceModel& model : evidence_.models()) {
        if (model.name == device) vendors_refuted.insert(model.vendor);
      }
    }
    const Ruling ruling = combined(rulings, claim_.devices_needed);
    const bool own_refutation = claim_.vendors_refute > 0;
    const bool own_support = !claim_.support_side.empty();
    if (own_support && every_device_supported(devices)) return Ruling::supported;
    const int vendors = static_cast<int>(vendors_refuted.size());
    if (own_refutation && vendors >= claim_.vendors_refute) return Ruling::refuted;
    // Too few of either: that some are isn't the claim's answer, that they differ is.
    const bool too_few = (ruling == Ruling::supported && own_support) ||
                         (ruling == Ruling::refuted && own_refutation);
    return too_few ? Ruling::inconclusive : ruling;
  }

  [[nodiscard]] bool every_device_supported(const std::map<std::string, Ruling>& devices) const {
    const auto side = support_side();
    return !side.empty() && std::ranges::all_of(side, [&](const DeviceModel* model) {
      return devices.at(model->name) == Ruling::supported;
    });
  }

  struct Group {
    std::string name;
    bool veto = false;
    bool either = false;
    std::vector<Ruling> rulings;

    // Where everything in it was refused, the claim depends on what it asks for.
    [[nodiscard]] Ruling ruling() const {
      return rulings.empty() ? Ruling::between : combined_tests(rulings, {either ? 1 : 0, 0});
    }
  };

  // All tests on one device; a test's readings (conditions, partners) must agree, and those of one
  // group are one test.
  Ruling ruling_of(const std::string& device) {
    std::vector<Group> groups;
    std::vector<Ruling> conditions;
    for (const ClaimTest& test : claim_.tests) {
      if (test.condition) {
        conditions.push_back(ruling_of(test, device));
        continue;
      }
      const bool joins = !groups.empty() && !test.group.empty() && groups.back().name == test.group;
      if (!joins) groups.push_back({test.group, test.veto, test.either, {}});
      // An alternative that the device refuses is none.
      if (test.either && all_refused(test, device)) continue;
      groups.back().rulings.push_back(ruling_of(test, device));
    }
    std::vector<Ruling> tests;
    for (const Group& group : groups) {
      tests.push_back(group.ruling());
      if (group.veto && tests.back() == Ruling::refuted) return Ruling::refuted;
    }
    const auto some = [&](Ruling r) { return std::ranges::find(tests, r) != tests.end(); };
    const bool open_veto = std::ranges::any_of(groups, [&](const Group& group) {
      const Ruling ruling = group.ruling();
      return group.veto && (ruling == Ruling::inconclusive || ruling == Ruling::missing);
    });
    Ruling decided = combined_tests(tests, claim_.tests_needed);
    if (decided == Ruling::supported) {
      // A quorum supports, and one of the others turns with a condition.
      const bool mixed =
          some(Ruling::between) || (claim_.mixed_conditional && some(Ruling::refuted));
      if (mixed) decided = Ruling::between;
    } else if (decided == Ruling::inconclusive && some(Ruling::between) && !open_veto) {
      decided = Ruling::between;  // whatever the open ones come to
    }
    return with_conditions(decided, conditions);
  }

  [[nodiscard]] std::vector<const ClaimFinding*> findings_of(const ClaimTest& test,
                                                             const std::string& device) const {
    std::vector<const ClaimFinding*> own;
    for (const ClaimFinding& f : verdict_.findings) {
      if (f.test == test.name && device_of(f.reading.subject) == device) own.push_back(&f);
    }
    return own;
  }

  [[nodiscard]] bool all_refused(const ClaimTest& test, const std::string& device) const {
    const auto own = findings_of(test, device);
    return !own.empty() &&
           std::ranges::all_of(own, [](const auto* f) { return !f->reading.refused.empty(); });
  }

  Ruling ruling_of(const ClaimTest& test, const std::string& device) {
    std::vector<Ruling> readings;
    bool refused = false;
    for (const ClaimFinding* f : findings_of(test, device)) {
      const bool aside =
          test.alike_only && !f->reading.unlike.empty() && f->ruling == Ruling::supported;
      refused = refused || !f->reading.refused.empty();
      if (!aside && f->reading.refused.empty()) readings.push_back(f->ruling);
    }
    if (readings.empty() && refused) return Ruling::between;
    if (readings.empty() && !tested_.at(test.name).empty()) {
      add(verdict_.missing, "\"" + test.name + "\" on " + device);
    }
    // What a device can't do narrows what holds otherwise; it saves nothing that is refuted.
    const Ruling rest = combined(readings, {0, test.any_refutes ? 1 : 0});
    return refused && rest == Ruling::supported ? Ruling::between : rest;
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
  std::set<std::string> shares_;  // of packages that some ruling rests on
  std::set<std::string> given_;   // what the user says and some ruling rests on
  std::map<std::string, std::set<std::string>> tested_;  // test -> devices with readings
};

}  // namespace

ClaimVerdict judge(const Claim& claim, const Evidence& evidence) {
  return Judge(claim, evidence).run();
}

std::vector<ClaimVerdict> judge_all(std::span<const Claim> claims, const Evidence& evidence) {
  std::vector<ClaimVerdict> verdicts;
  for (const Claim& claim : claims) verdicts.push_back(judge(claim, evidence));
  return verdicts;
}

}  // namespace assay
