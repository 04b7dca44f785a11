#include "bench/claims/claim.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 18> measures = {
    "best",        "ratio",  "coverage", "suite",  "variant",    "native",
    "portability", "spread", "scaling",  "steady", "elasticity", "vendors",
    "shared",      "tokens", "fit",      "memory", "fact",       "days"};

}  // namespace

std::string_view name(ClaimClass value) {
  switch (value) {
    case ClaimClass::measurable:
      return "measurable";
    case ClaimClass::datasheet:
      return "datasheet";
    case ClaimClass::market:
      break;
  }
  return "market";
}

std::span<const std::string_view> measure_names() { return measures; }

std::optional<MeasureKind> parse_measure(std::string_view text) {
  const auto found = std::ranges::find(measures, text);
  if (found == measures.end()) return std::nullopt;
  return static_cast<MeasureKind>(found - measures.begin());
}

std::optional<Condition> parse_condition(std::string_view text) {
  using End = Condition::End;
  using Relation = Condition::Relation;
  constexpr std::array<std::pair<std::string_view, End>, 3> ends = {
      {{"low ", End::low}, {"high ", End::high}, {"value ", End::value}}};
  constexpr std::array<std::pair<std::string_view, Relation>, 4> relations = {
      {{">= ", Relation::at_least},
       {"<= ", Relation::at_most},
       {"> ", Relation::above},
       {"< ", Relation::below}}};
  Condition condition;
  const auto end =
      std::ranges::find_if(ends, [&](const auto& e) { return text.starts_with(e.first); });
  if (end == ends.end()) return std::nullopt;
  condition.end = end->second;
  text.remove_prefix(end->first.size());
  const auto relation =
      std::ranges::find_if(relations, [&](const auto& r) { return text.starts_with(r.first); });
  if (relation == relations.end()) return std::nullopt;
  condition.relation = relation->second;
  text.remove_prefix(relation->first.size());
  const char* last = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), last, condition.threshold);
  if (code != std::errc{} || stop != last || !std::isfinite(condition.threshold)) {
    return std::nullopt;
  }
  return condition;
}

const CaseQuery& ClaimQuantity::query() const {
  if (!cases) throw Error(Error::Kind::internal, "quantity '" + name + "' has no query");
  return *cases;
}

const ClaimQuantity* Claim::find(std::string_view quantity) const {
  const auto found = std::ranges::find(quantities, quantity, &ClaimQuantity::name);
  return found == quantities.end() ? nullptr : &*found;
}

std::map<std::string, ClaimSide> Claim::needed_sides() const {
  const auto spoken_of = [&](const std::string& quantity, std::set<std::string>& into) {
    std::vector<std::string> open = {quantity};
    while (!open.empty()) {
      const ClaimQuantity* q = find(open.back());
      open.pop_back();
      if (q == nullptr) continue;
      into.insert({q->side, q->other});
      open.insert(open.end(), q->of.begin(), q->of.end());
    }
  };
  std::set<std::string> deciding = {support_side};
  std::set<std::string> besides;
  for (const ClaimTest& test : tests) spoken_of(test.quantity, test.condition ? besides : deciding);
  for (const Shown& each : shown) spoken_of(each.quantity, besides);
  std::map<std::string, ClaimSide> needed;
  for (const auto& [name, side] : sides) {
    if (deciding.contains(name) || !besides.contains(name)) needed.emplace(name, side);
  }
  return needed;
}

}  // namespace assay
