#include "bench/claims/device_ruling.hpp"

#include <algorithm>

#include "bench/claims/findings.hpp"

namespace assay {
namespace {

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

class DeviceRuling {
 public:
  DeviceRuling(const Claim& claim, std::span<const ClaimFinding> findings,
               const std::string& device, std::vector<std::string>& missing)
      : claim_(claim), findings_(findings), device_(device), missing_(missing) {}

  Ruling whole() {
    std::vector<Group> groups;
    std::vector<Ruling> conditions;
    for (const ClaimTest& test : claim_.tests) {
      if (test.condition) {
        conditions.push_back(of_test(test));
        continue;
      }
      const bool joins = !groups.empty() && !test.group.empty() && groups.back().name == test.group;
      if (!joins) groups.push_back({test.group, test.veto, test.either, {}});
      // An alternative that the device refuses is none.
      if (test.either && all_refused(test)) continue;
      groups.back().rulings.push_back(of_test(test));
    }
    std::vector<Ruling> tests;
    for (const Group& group : groups) {
      tests.push_back(group.ruling());
      if (group.veto && tests.back() == Ruling::refuted) return Ruling::refuted;
    }
    return with_conditions(of_groups(groups, tests), conditions);
  }

 private:
  [[nodiscard]] Ruling of_groups(const std::vector<Group>& groups,
                                 const std::vector<Ruling>& tests) const {
    const auto some = [&](Ruling r) { return std::ranges::find(tests, r) != tests.end(); };
    const bool open_veto = std::ranges::any_of(groups, [&](const Group& group) {
      const Ruling ruling = group.ruling();
      return group.veto && (ruling == Ruling::inconclusive || ruling == Ruling::missing);
    });
    const Ruling decided = combined_tests(tests, claim_.tests_needed);
    if (decided == Ruling::supported) {
      // A quorum supports, and one of the others turns with a condition.
      const bool mixed =
          some(Ruling::between) || (claim_.mixed_conditional && some(Ruling::refuted));
      return mixed ? Ruling::between : decided;
    }
    // Whatever the open ones come to.
    const bool depends = decided == Ruling::inconclusive && some(Ruling::between) && !open_veto;
    return depends ? Ruling::between : decided;
  }

  [[nodiscard]] std::vector<const ClaimFinding*> own(const ClaimTest& test) const {
    std::vector<const ClaimFinding*> result;
    for (const ClaimFinding& f : findings_) {
      if (!f.left_out && f.test == test.name && device_of(f.reading.subject) == device_)
        result.push_back(&f);
    }
    return result;
  }

  [[nodiscard]] bool all_refused(const ClaimTest& test) const {
    const auto findings = own(test);
    return !findings.empty() && std::ranges::all_of(findings, [](const ClaimFinding* f) {
      return !f->reading.refused.empty();
    });
  }

  Ruling of_test(const ClaimTest& test) {
    std::vector<Ruling> readings;
    bool refused = false;
    for (const ClaimFinding* f : own(test)) {
      const bool aside =
          test.alike_only && !f->reading.unlike.empty() && f->ruling == Ruling::supported;
      refused = refused || !f->reading.refused.empty();
      if (!aside && f->reading.refused.empty()) readings.push_back(f->ruling);
    }
    if (readings.empty() && refused) return Ruling::between;
    if (readings.empty() &&
        std::ranges::find(findings_, test.name, &ClaimFinding::test) != findings_.end()) {
      const std::string line = "\"" + test.name + "\" on " + device_;
      if (std::ranges::find(missing_, line) == missing_.end()) missing_.push_back(line);
    }
    // What a device can't do narrows what holds otherwise; it saves nothing that is refuted.
    const Ruling rest = combined(readings, {0, test.any_refutes ? 1 : 0});
    return refused && rest == Ruling::supported ? Ruling::between : rest;
  }

  const Claim& claim_;
  std::span<const ClaimFinding> findings_;
  const std::string& device_;
  std::vector<std::string>& missing_;
};

}  // namespace

Ruling ruling_on(const Claim& claim, std::span<const ClaimFinding> findings,
                 const std::string& device, std::vector<std::string>& missing) {
  return DeviceRuling(claim, findings, device, missing).whole();
}

}  // namespace assay
