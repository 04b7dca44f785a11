#include "bench/cli/facts_audit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/cli/common.hpp"
#include "bench/facts/audit.hpp"
#include "bench/reporters/text.hpp"

namespace assay {

using nlohmann::json;

bool FactFilter::fits(const Fact& fact) const {
  return fact.device.find(device) != std::string::npos &&
         (figure.empty() || fact.figure == figure) && (dtype.empty() || fact.dtype == dtype);
}

std::string fact_kind(const Fact& f) {
  std::string text;
  for (const std::string* word : {&f.dtype, &f.unit, &f.sparsity}) {
    if (*word != "-") text += (text.empty() ? "" : " ") + *word;
  }
  return f.scope == "die" ? text + (text.empty() ? "of one die" : ", of one die") : text;
}

std::string fact_value(const Fact& f) {
  return f.value_unit == "date" || f.value_unit == "count" ? f.text : f.text + " " + f.value_unit;
}

json fact_json(const Fact& f) {
  return {{"device", f.device},
          {"vendor", f.vendor},
          {"class", f.device_class},
          {"figure", f.figure},
          {"dtype", f.dtype},
          {"unit", f.unit},
          {"sparsity", f.sparsity},
          {"scope", f.scope},
          {"value", f.value ? json(*f.value) : json(f.text)},
          {"value_unit", f.value_unit},
          {"source", f.source},
          {"source_date", f.source_date},
          {"status", f.status},
          {"note", f.note}};
}

namespace {

void print_peaks(const FactTable& facts, const FactFilter& filter, Output& out) {
  std::vector<std::vector<std::string>> cells;
  int fitting = 0;
  for (const PeakCheck& c : check_peaks(facts)) {
    if (!filter.fits(*c.peak)) continue;
    fitting += c.fits ? 1 : 0;
    cells.push_back(
        {c.fits ? "  fits" : "  DIFFERS", c.peak->device, fact_kind(*c.peak), fact_value(*c.peak),
         fmt::format("= {} {} x {:.4g} x 2 x {} MHz", c.units->text,
                     c.units->figure == "lanes" ? "lanes" : "units", c.per_clock, c.clock->text),
         c.fits ? "" : fmt::format("nearest power of two {:.4g}", c.nearest)});
  }
  out << "Peaks as units x multiply-adds per clock x 2 x clock: " << fitting << " of "
      << cells.size() << " fit within 2 %\n"
      << "(with every clock on record; the multiply-adds of a clock ought to be a power of two)\n";
  print_columns(cells, out);
}

void print_contradictions(const FactTable& facts, const FactFilter& filter, Output& out) {
  out << "\nGiven as what they are not\n";
  for (const Contradiction& c : contradictions(facts)) {
    if (!filter.fits(*c.row)) continue;
    out << fmt::format("  line {}: {} {} {} ({}) is {}: {} {}\n", c.row->line, c.row->device,
                       fact_kind(*c.row).empty() ? c.row->figure : fact_kind(*c.row),
                       fact_value(*c.row), c.row->status, name(c.reading.match),
                       c.reading.fact->device == c.row->device ? "" : c.reading.fact->device,
                       fact_kind(*c.reading.fact));
  }
  out << "\nDisputed\n";
  std::vector<std::vector<std::string>> cells;
  for (const Fact& fact : facts.rows()) {
    if (fact.status != "disputed" || !filter.fits(fact)) continue;
    cells.push_back(
        {"  " + fact.device, fact.figure, fact_kind(fact), fact_value(fact), fact.note});
  }
  print_columns(cells, out);
}

// A ratio that a claim quotes, under the word it uses, and what it is against other models.
struct QuotedRatio {
  std::string claim;
  ClaimQuote quote;
  double ratio = 0;
  bool fits = false;       // within 5 %
  bool is_figure = false;  // the word names the figure
  std::vector<std::pair<std::string, double>> against;
};

std::vector<QuotedRatio> quoted_ratios(const FactTable& facts, const FactFilter& filter) {
  std::vector<QuotedRatio> ratios;
  for (const Claim& claim : built_in_claims(facts)) {
    if (!claim.quote) continue;
    const ClaimQuote& quote = *claim.quote;
    const Fact* over = facts.best({quote.over, quote.figure});
    const Fact* under = facts.best({quote.under, quote.figure});
    if (over == nullptr || under == nullptr || !filter.fits(*over)) continue;
    QuotedRatio ratio{claim.id, quote, *over->value / *under->value, false, false, {}};
    ratio.fits = std::abs(ratio.ratio / quote.value - 1) <= 0.05;
    ratio.is_figure = quote.figure.find(quote.word) != std::string::npos;
    for (const std::string& device : facts.devices()) {
      const Fact* other = facts.best({device, quote.figure});
      if (other == nullptr || other->vendor != under->vendor || device == quote.under) continue;
      ratio.against.emplace_back(device, *over->value / *other->value);
    }
    ratios.push_back(std::move(ratio));
  }
  return ratios;
}

void print_quoted_ratios(const FactTable& facts, const FactFilter& filter, Output& out) {
  out << "\nQuoted by claims\n";
  for (const auto& [claim, quote, ratio, fits, is_figure, against] : quoted_ratios(facts, filter)) {
    out << fmt::format("  {}: {} x \"{}\"; {} of {} over {} is {:.2f}: {}\n", claim, quote.value,
                       quote.word, quote.figure, quote.over, quote.under, ratio,
                       fits ? "fits" : "DIFFERS");
    if (!is_figure) {
      out << "    \"" << quote.word << "\" is no figure on record; the number is that of "
          << quote.figure << "\n";
    }
    for (const auto& [device, other] : against) {
      out << fmt::format("    against {} it is {:.2f}\n", device, other);
    }
  }
}

json peak_json(const PeakCheck& c) {
  return {{"peak", fact_json(*c.peak)},        {"units", fact_json(*c.units)},
          {"clock", fact_json(*c.clock)},      {"multiply_adds_per_unit_and_clock", c.per_clock},
          {"nearest_power_of_two", c.nearest}, {"fits", c.fits}};
}

json ratio_json(const QuotedRatio& r) {
  json against = json::array();
  for (const auto& [device, ratio] : r.against) {
    against.push_back({{"device", device}, {"ratio", ratio}});
  }
  return {{"claim", r.claim},
          {"word", r.quote.word},
          {"quoted", r.quote.value},
          {"figure", r.quote.figure},
          {"over", r.quote.over},
          {"under", r.quote.under},
          {"ratio", r.ratio},
          {"fits", r.fits},
          {"word_is_the_figure", r.is_figure},
          {"against", std::move(against)}};
}

}  // namespace

void print_audit(const FactTable& facts, const FactFilter& filter, Output& out) {
  print_peaks(facts, filter, out);
  print_contradictions(facts, filter, out);
  print_quoted_ratios(facts, filter, out);
}

json audit_json(const FactTable& facts, const FactFilter& filter) {
  json peaks = json::array();
  for (const PeakCheck& c : check_peaks(facts)) {
    if (filter.fits(*c.peak)) peaks.push_back(peak_json(c));
  }
  json wrong = json::array();
  for (const Contradiction& c : contradictions(facts)) {
    if (!filter.fits(*c.row)) continue;
    wrong.push_back({{"line", c.row->line},
                     {"given", fact_json(*c.row)},
                     {"is", name(c.reading.match)},
                     {"of", fact_json(*c.reading.fact)}});
  }
  json disputed = json::array();
  for (const Fact& fact : facts.rows()) {
    if (fact.status == "disputed" && filter.fits(fact)) disputed.push_back(fact_json(fact));
  }
  json quoted = json::array();
  for (const QuotedRatio& ratio : quoted_ratios(facts, filter)) quoted.push_back(ratio_json(ratio));
  return {{"peaks", std::move(peaks)},
          {"given_as_what_they_are_not", std::move(wrong)},
          {"disputed", std::move(disputed)},
          {"quoted_by_claims", std::move(quoted)}};
}

}  // namespace assay
