#include "bench/claims/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "bench/claims/device_ruling.hpp"
#include "bench/claims/few_runs.hpp"
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
    verdict_.left_out = left_out_lines(verdict_.findings);
    verdict_.few_cases = left_out_cases(verdict_.findings);
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
      for (Reading& reading : result.readings) {
        verdict_.records.insert(reading.records.begin(), reading.records.end());
        for (const std::string& each : reading.why_not) add(verdict_.wrong, each);
        verdict_.findings.push_back(finding_of(test, std::move(reading)));
        note_given(verdict_.findings.back());
      }
      for (const std::string& query : result.unmeasured) {
        add(verdict_.missing, fmt::format("{} for \"{}\"", query, test.name));
      }
      refused_.insert(result.refused.begin(), result.refused.end());
    }
    leave_out_sizes(verdict_.findings);
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
    std::set<std::string> asked;
    for (const DeviceModel* model : support_side()) asked.insert(model->name);
    for (const std::string& device : asked) devices[device] = {};
    std::map<std::string, std::vector<std::string>> missing;
    for (auto& [device, ruling] : devices)
      ruling = ruling_on(claim_, verdict_.findings, device, missing[device]);
    leave_out_devices(verdict_.findings, asked, devices);
    for (const auto& [device, ruling] : devices) {
      for (const std::string& line : missing[device]) add(verdict_.missing, line);
    }
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
