#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/claims/verdict_text.hpp"
#include "bench/report/html_parts.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

// A class of the style sheet for each word.
const char* css(VerdictWord word) {
  switch (word) {
    case VerdictWord::supported:
      return "yes";
    case VerdictWord::refuted:
      return "no";
    case VerdictWord::conditional:
      return "partly";
    case VerdictWord::inconclusive:
      return "open";
    case VerdictWord::not_measurable:
    case VerdictWord::out_of_scope:
      break;
  }
  return "none";
}

void list(const char* title, const std::vector<std::string>& lines, std::ostream& out) {
  if (lines.empty()) return;
  out << "<h4>" << title << "</h4><ul>";
  for (const std::string& line : lines) out << "<li>" << xml_text(line) << "</li>";
  out << "</ul>";
}

void findings(const ClaimVerdict& v, std::ostream& out) {
  if (v.findings.empty()) return;
  out << "<div class=\"wide\"><table><thead><tr><th>test<th>where<th>value and 95 % "
         "interval<th>margins<th>ruling</tr></thead><tbody>";
  for (const ClaimFinding& f : v.findings) {
    out << "<tr><td>" << xml_text(f.test) << "<td>" << xml_text(place_text(f)) << "<td>"
        << xml_text(finding_text(f)) << "<td>" << xml_text(f.margins) << "<td>" << ruling_text(f)
        << (f.why.empty() ? "" : ": ") << xml_text(f.why) << "</tr>";
  }
  out << "</tbody></table></div>";
}

void shown(const ClaimVerdict& v, std::ostream& out) {
  std::vector<std::string> lines;
  for (const ClaimFinding& f : v.shown) {
    lines.push_back(f.test + ", " + place_text(f) + ": " + finding_text(f) +
                    (f.why.empty() ? "" : " (" + f.why + ")"));
  }
  list("Besides, deciding nothing", lines, out);
  list("Would show besides", v.not_shown, out);
}

void card(const ClaimVerdict& v, bool open, std::ostream& out) {
  const Claim& claim = *v.claim;
  out << "<details class=\"claim " << css(v.word) << "\"" << (open ? " open" : "") << " id=\"claim-"
      << xml_text(claim.id) << "\"><summary><span class=\"word\">" << name(v.word)
      << (v.on_paper ? " <small>on paper</small>" : "") << "</span> <span class=\"says\">"
      << xml_text(claim.english) << "</span> <span class=\"original\" lang=\""
      << xml_text(claim.language) << "\">" << xml_text(claim.original)
      << "</span></summary>\n<div class=\"body\">";
  if (!v.qualification.empty()) out << "<p><b>" << xml_text(v.qualification) << "</b></p>";
  findings(v, out);
  list("Left out, run too few times where others of the same question were run often enough",
       v.few_cases, out);
  list("Where it turns", v.boundaries, out);
  shown(v, out);
  list("Missing", v.missing, out);
  list("Failed verification, not used", v.wrong, out);
  if (v.word == VerdictWord::not_measurable && !claim.absent.empty()) {
    out << "<p>" << xml_text(claim.absent) << "</p>";
  }
  list("On paper", v.paper, out);
  list("Notes", claim.notes, out);
  out << "<p class=\"quiet\">evidence: " << name(v.grade) << "; said in "
      << xml_text(claim.document) << ", " << xml_text(claim.date) << "; rule "
      << xml_text(claim.path) << " <code>" << claim.sha256 << "</code>";
  if (!v.records.empty()) {
    out << "; records ";
    const char* separator = "";
    for (const std::string& record : v.records) {
      out << separator << "<code>" << xml_text(record) << "</code>";
      separator = ", ";
    }
  }
  out << "</p></div></details>\n";
}

}  // namespace

void html_verdicts(std::span<const ClaimVerdict> verdicts, std::ostream& out) {
  if (verdicts.empty()) return;
  out << "<section id=\"claims\"><h2>Claims</h2>\n<p>What these records say of claims from the "
         "press and datasheets. Rules and margins were fixed before measuring. Only measurements "
         "support or refute without qualification. In the margins, low and high are the ends of "
         "the "
         "95 % interval.</p>\n<p class=\"tally\">";
  for (std::size_t w = 0; w < verdict_words; ++w) {
    const auto word = static_cast<VerdictWord>(w);
    const auto count = std::ranges::count(verdicts, word, &ClaimVerdict::word);
    const auto paper = std::ranges::count_if(
        verdicts, [&](const ClaimVerdict& v) { return v.word == word && v.on_paper; });
    out << "<span class=\"" << css(word) << "\"><b>" << count << "</b> " << name(word);
    if (paper > 0) out << ", " << (paper == count ? "" : fmt::format("{} ", paper)) << "on paper";
    out << "</span>";
  }
  out << "</p>\n";
  for (std::size_t w = 0; w < verdict_words; ++w) {
    const auto word = static_cast<VerdictWord>(w);
    const auto count = std::ranges::count(verdicts, word, &ClaimVerdict::word);
    // What no record could decide here is there to be looked up, not to be read through.
    const bool folded =
        count > 0 && (word == VerdictWord::not_measurable || word == VerdictWord::out_of_scope);
    if (folded) {
      out << "<details class=\"fold\"><summary>" << count << " " << name(word) << "</summary>\n";
    }
    for (const ClaimVerdict& v : verdicts) {
      if (v.word != word) continue;
      const bool decided = v.grade == Grade::measured && word != VerdictWord::inconclusive;
      card(v, decided, out);
    }
    if (folded) out << "</details>\n";
  }
  out << "</section>\n";
}

}  // namespace assay
