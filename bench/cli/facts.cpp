#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/facts_audit.hpp"
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
  assay facts --audit --device H100 --format json
  assay facts --quote 1979 --device 'NVIDIA H100 SXM' --dtype f16)";

struct Asked : FactFilter {
  std::string facts;
  std::string quote;
  std::string format = "console";
  bool audit = false;
};

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
    if (asked.fits(fact)) rows.push_back(&fact);
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
    cells.push_back({"  " + fact->figure, fact_kind(*fact), fact_value(*fact), fact->status,
                     shortened(fact->source, 70) + ", " + fact->source_date});
  }
  flush();
}

void list_json(const std::vector<const Fact*>& rows, Output& out) {
  json list = json::array();
  for (const Fact* f : rows) list.push_back(fact_json(*f));
  out << pretty(writable({{"facts", std::move(list)}}));
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
    out << text << " stands in a note to " << fact.device << " " << fact.figure << " "
        << fact_kind(fact) << " " << fact_value(fact) << ": " << fact.note << "\n";
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
        << " " << fact_kind(*r.fact) << " " << fact_value(*r.fact) << " (" << r.fact->status
        << ")\n";
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
  if (as_json && !asked.quote.empty()) {
    throw usage_error("--format json is of the list of figures and of --audit, not of --quote");
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
    if (as_json) {
      out << pretty(writable(audit_json(facts, asked)));
    } else {
      print_audit(facts, asked, out);
    }
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
