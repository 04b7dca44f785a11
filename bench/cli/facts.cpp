#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/facts/audit.hpp"
#include "bench/json_text.hpp"
#include "bench/reporters/text.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr const char* footer =
    R"(Published figures, none of them measured by assay. The state of a figure: ok, read in its source;
disputed, sources differ; unverified, remembered or derived, no verdict rests on it.
--audit recomputes peaks as units x multiply-adds per clock x 2 x clock, and shows figures that are
given as what they are not: sparse as dense, fp8 as f16, those of another model.
--quote asks what a number that somebody quotes really is.

Examples:
  assay facts --device H100
  assay facts --audit
  assay facts --quote 1979 --device 'NVIDIA H100 SXM' --dtype f16)";

struct Asked {
  std::string facts;
  std::string device;
  std::string figure;
  std::string dtype;
  std::string quote;
  std::string format = "console";
  bool audit = false;
};

std::string kind(const Fact& f) {
  std::string text;
  for (const std::string* word : {&f.dtype, &f.unit, &f.sparsity}) {
    if (*word != "-") text += (text.empty() ? "" : " ") + *word;
  }
  return f.scope == "die" ? text + (text.empty() ? "of one die" : ", of one die") : text;
}

std::string value(const Fact& f) {
  return f.value_unit == "date" || f.value_unit == "count" ? f.text : f.text + " " + f.value_unit;
}

bool fits(const Fact& fact, const Asked& asked) {
  return fact.device.find(asked.device) != std::string::npos &&
         (asked.figure.empty() || fact.figure == asked.figure) &&
         (asked.dtype.empty() || fact.dtype == asked.dtype);
}

// A usage Error for a word that no row has.
void check_words(const FactTable& facts, const Asked& asked) {
  const auto known = [&](const auto& of) {
    std::set<std::string_view> words;
    for (const Fact& fact : facts.rows()) words.insert(of(fact));
    return std::vector<std::string_view>(words.begin(), words.end());
  };
  const auto check = [&](const char* what, const std::string& word,
                         const std::vector<std::string_view>& words) {
    if (word.empty() || std::ranges::find(words, word) != words.end()) return;
    throw usage_error(unknown_word(what, word, words));
  };
  check("figure", asked.figure, known([](const Fact& f) { return std::string_view(f.figure); }));
  check("dtype", asked.dtype, known([](const Fact& f) { return std::string_view(f.dtype); }));
}

std::vector<const Fact*> chosen(const FactTable& facts, const Asked& asked) {
  std::vector<const Fact*> rows;
  for (const Fact& fact : facts.rows()) {
    if (fits(fact, asked)) rows.push_back(&fact);
  }
  if (!rows.empty()) return rows;
  check_words(facts, asked);
  const std::vector<std::string> devices = facts.devices();
  const bool some = std::ranges::any_of(devices, [&](const std::string& device) {
    return device.find(asked.device) != std::string::npos;
  });
  if (some) throw usage_error("no figure fits all of --device, --figure and --dtype");
  throw usage_error("no device has '" + asked.device + "' in its name: " + joined(devices, ", "));
}

void list(const std::vector<const Fact*>& rows, Output& out) {
  std::string device;
  std::vector<std::vector<std::string>> cells;
  const auto flush = [&] {
    print_columns(cells, out);
    cells.clear();
  };
  for (const Fact* fact : rows) {
    if (fact->device != device) {
      flush();
      out << (device.empty() ? "" : "\n") << fact->device << "\n";
      device = fact->device;
    }
    cells.push_back({"  " + fact->figure, kind(*fact), value(*fact), fact->status,
                     shortened(fact->source, 70) + ", " + fact->source_date});
  }
  flush();
}

void list_json(const std::vector<const Fact*>& rows, Output& out) {
  json list = json::array();
  for (const Fact* f : rows) {
    list.push_back({{"device", f->device},
                    {"vendor", f->vendor},
                    {"class", f->device_class},
                    {"figure", f->figure},
                    {"dtype", f->dtype},
                    {"unit", f->unit},
                    {"sparsity", f->sparsity},
                    {"scope", f->scope},
                    {"value", f->value ? json(*f->value) : json(f->text)},
                    {"value_unit", f->value_unit},
                    {"source", f->source},
                    {"source_date", f->source_date},
                    {"status", f->status},
                    {"note", f->note}});
  }
  out << pretty(writable({{"facts", std::move(list)}}));
}

void print_peaks(const FactTable& facts, const Asked& asked, Output& out) {
  std::vector<std::vector<std::string>> cells;
  int fitting = 0;
  for (const PeakCheck& c : check_peaks(facts)) {
    if (!fits(*c.peak, asked)) continue;
    fitting += c.fits ? 1 : 0;
    cells.push_back(
        {c.fits ? "  fits" : "  DIFFERS", c.peak->device, kind(*c.peak), value(*c.peak),
         fmt::format("= {} {} x {:.4g} x 2 x {} MHz", c.units->text,
                     c.units->figure == "lanes" ? "lanes" : "units", c.per_clock, c.clock->text),
         c.fits ? "" : fmt::format("nearest power of two {:.4g}", c.nearest)});
  }
  out << "Peaks as units x multiply-adds per clock x 2 x clock: " << fitting << " of "
      << cells.size() << " fit within 2 %\n"
      << "(with every clock on record; the multiply-adds of a clock ought to be a power of two)\n";
  print_columns(cells, out);
}

void print_contradictions(const FactTable& facts, const Asked& asked, Output& out) {
  out << "\nGiven as what they are not\n";
  for (const Contradiction& c : contradictions(facts)) {
    if (!fits(*c.row, asked)) continue;
    out << fmt::format("  line {}: {} {} {} ({}) is {}: {} {}\n", c.row->line, c.row->device,
                       kind(*c.row).empty() ? c.row->figure : kind(*c.row), value(*c.row),
                       c.row->status, name(c.reading.match),
                       c.reading.fact->device == c.row->device ? "" : c.reading.fact->device,
                       kind(*c.reading.fact));
  }
  out << "\nDisputed\n";
  std::vector<std::vector<std::string>> cells;
  for (const Fact& fact : facts.rows()) {
    if (fact.status != "disputed" || !fits(fact, asked)) continue;
    cells.push_back({"  " + fact.device, fact.figure, kind(fact), value(fact), fact.note});
  }
  print_columns(cells, out);
}

// Ratios that claims quote, under the word they use, and what they are against other models.
void print_quoted_ratios(const FactTable& facts, const Asked& asked, Output& out) {
  out << "\nQuoted by claims\n";
  for (const Claim& claim : built_in_claims(facts)) {
    if (!claim.quote) continue;
    const ClaimQuote& quote = *claim.quote;
    const Fact* over = facts.best({quote.over, quote.figure});
    const Fact* under = facts.best({quote.under, quote.figure});
    if (over == nullptr || under == nullptr || !fits(*over, asked)) continue;
    const double ratio = *over->value / *under->value;
    out << fmt::format("  {}: {} x \"{}\"; {} of {} over {} is {:.2f}: {}\n", claim.id, quote.value,
                       quote.word, quote.figure, quote.over, quote.under, ratio,
                       std::abs(ratio / quote.value - 1) <= 0.05 ? "fits" : "DIFFERS");
    if (quote.figure.find(quote.word) == std::string::npos) {
      out << "    \"" << quote.word << "\" is no figure on record; the number is that of "
          << quote.figure << "\n";
    }
    for (const std::string& device : facts.devices()) {
      const Fact* other = facts.best({device, quote.figure});
      if (other == nullptr || other->vendor != under->vendor || device == quote.under) continue;
      out << fmt::format("    against {} it is {:.2f}\n", device, *over->value / *other->value);
    }
  }
}

// Whether a note names that number: what others print and the row doesn't hold.
bool names_number(const std::string& note, double number) {
  constexpr double within = 0.005;
  const char* const end = note.data() + note.size();
  for (std::size_t at = 0; (at = note.find_first_of("0123456789", at)) != std::string::npos;) {
    double found = 0;
    const auto [stop, code] = std::from_chars(note.data() + at, end, found);
    if (code == std::errc{} && std::abs(found - number) <= within * number) return true;
    at = std::max(at + 1, static_cast<std::size_t>(stop - note.data()));
  }
  return false;
}

// Of a number that is no figure: the rows whose notes say what it is.
bool print_notes(const FactTable& facts, const Quote& quote, const std::string& text, Output& out) {
  bool any = false;
  for (const Fact& fact : facts.rows()) {
    const bool asked = fact.device == quote.device && fact.figure == quote.figure &&
                       (quote.dtype == "-" || fact.dtype == quote.dtype);
    if (!asked || !names_number(fact.note, quote.value)) continue;
    out << text << " stands in a note to " << fact.device << " " << fact.figure << " " << kind(fact)
        << " " << value(fact) << ": " << fact.note << "\n";
    any = true;
  }
  return any;
}

void print_quote(const FactTable& facts, const Asked& asked, double quoted, Output& out) {
  Quote quote{asked.device, asked.figure.empty() ? "peak" : asked.figure,
              asked.dtype.empty() ? "-" : asked.dtype, "matrix", quoted};
  const std::vector<QuoteReading> readings = read_quote(facts, quote);
  if (readings.empty() && !print_notes(facts, quote, asked.quote, out)) {
    out << "no figure of " << asked.device << " or of another model of its vendor is near "
        << asked.quote << "\n";
  }
  for (const QuoteReading& r : readings) {
    out << asked.quote << " is " << name(r.match) << ": " << r.fact->device << " " << r.fact->figure
        << " " << kind(*r.fact) << " " << value(*r.fact) << " (" << r.fact->status << ")\n";
  }
}

double quoted_number(const std::string& text) {
  try {
    std::size_t end = 0;
    const double number = std::stod(text, &end);
    if (end == text.size() && number > 0) return number;
  } catch (const std::exception&) {
  }
  throw usage_error("--quote '" + text + "' must be a positive number");
}

}  // namespace

Exit facts_verb(Arguments arguments, Output& out) {
  Asked asked;
  Command command("facts", "Published figures of devices, and whether they fit each other.",
                  footer);
  command.text("--device", asked.device, "part of a device's name; whole with --quote", "TEXT");
  command.text("--figure", asked.figure, "peak, memory_capacity, memory_bandwidth, tdp, …", "WORD");
  command.text("--dtype", asked.dtype, "f32, tf32, f16, bf16, fp8, int8, int4", "WORD");
  command.flag("--audit", asked.audit, "arithmetic and contradictions");
  command.text("--quote", asked.quote, "what this number is", "NUMBER");
  command.text("--facts", asked.facts, "another table [the built-in one]", "FILE");
  command.text("--format", asked.format, "console, json [console]", "WORD");
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool as_json = wants_json(asked.format);
  const FactTable facts = asked.facts.empty() ? built_in_facts() : read_facts(asked.facts);
  if (as_json && (asked.audit || !asked.quote.empty())) {
    throw usage_error(std::string("--format json is of the list of figures, not of ") +
                      (asked.audit ? "--audit" : "--quote"));
  }
  if (!asked.quote.empty()) {
    const double number = quoted_number(asked.quote);
    if (asked.audit) throw usage_error("--audit and --quote are two questions: ask one");
    if (asked.device.empty()) {
      throw usage_error("--quote needs the device that the number is said of: --device NAME");
    }
    check_words(facts, asked);
    print_quote(facts, asked, number, out);
    return Exit::pass;
  }
  const std::vector<const Fact*> rows = chosen(facts, asked);
  if (asked.audit) {
    print_peaks(facts, asked, out);
    print_contradictions(facts, asked, out);
    print_quoted_ratios(facts, asked, out);
    return Exit::pass;
  }
  if (as_json) {
    list_json(rows, out);
  } else {
    list(rows, out);
  }
  return Exit::pass;
}

}  // namespace assay
