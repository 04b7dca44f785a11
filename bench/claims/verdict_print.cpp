#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bench/claims/verdict_text.hpp"
#include "bench/reporters/escape.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

using nlohmann::json;

// What a word means, for who reads it for the first time.
std::string_view meaning(VerdictWord word) {
  constexpr std::array<std::string_view, verdict_words> meanings = {
      "borne out, with the whole 95 % interval where it was measured",
      "contradicted, with the whole 95 % interval where it was measured",
      "it holds under some conditions and not under others",
      "what was measured doesn't decide it yet",
      "the hardware that it speaks of isn't among the records",
      "a market fact: no benchmark decides it"};
  return meanings[static_cast<std::size_t>(word)];
}

std::string rule_text(const ClaimVerdict& v) { return "rule sha256 " + v.claim->sha256; }

void print_details(const ClaimVerdict& v, std::ostream& out) {
  const Claim& claim = *v.claim;
  const auto line = [&](std::string_view title, const std::string& text) {
    out << "  " << title << std::string(title.size() < 11 ? 11 - title.size() : 1, ' ')
        << printable(text) << "\n";
  };
  out << claim.id << "\n  " << name(v.word);
  if (!v.qualification.empty()) out << " (" << v.qualification << ")";
  out << ", evidence: " << name(v.grade) << "\n";
  line("claim", claim.original);
  line("", claim.english);
  line("said in", claim.document + ", " + claim.date);
  for (const std::string& each : v.missing) line("missing", each);
  if (v.word == VerdictWord::not_measurable && !claim.absent.empty()) line("", claim.absent);
  if (v.word != VerdictWord::out_of_scope) {
    for (const ClaimTest& test : claim.tests) line("test", test.name + "; " + margins_text(test));
  }
  for (const ClaimFinding& f : v.findings) {
    const std::string_view ruling = ruling_text(f);
    line(ruling == name(Ruling::between) ? "between" : ruling,
         f.test + (place_text(f).empty() ? "" : ", " + place_text(f)) + ": " + finding_text(f));
    if (!f.why.empty()) line("", f.why);
  }
  for (const std::string& each : v.few_cases) line("left out", each);
  for (const std::string& each : v.boundaries) line("boundary", each);
  for (const ClaimFinding& f : v.shown) {
    line("besides",
         f.test + (place_text(f).empty() ? "" : ", " + place_text(f)) + ": " + finding_text(f));
    if (!f.why.empty()) line("", f.why);
  }
  for (const std::string& each : v.not_shown) line("would show", each);
  for (const std::string& each : v.wrong) line("not used", each);
  for (const std::string& each : v.paper) line("on paper", each);
  for (const std::string& each : claim.notes) line("note", each);
  for (const std::string& each : v.records) line("record", each);
  line("rule", claim.path + ", sha256 " + claim.sha256);
}

// Of a verdict with findings: one that it rests on; where it depends, one of each kind.
std::string decisive_text(const ClaimVerdict& v) {
  const auto with = [&](Ruling ruling) {
    const auto found = std::ranges::find_if(
        v.findings, [&](const ClaimFinding& f) { return !f.left_out && f.ruling == ruling; });
    return found == v.findings.end() ? nullptr : &*found;
  };
  std::vector<const ClaimFinding*> said;
  if (v.word == VerdictWord::supported) said = {with(Ruling::supported)};
  if (v.word == VerdictWord::refuted) said = {with(Ruling::refuted)};
  if (v.word == VerdictWord::conditional) {
    said = {with(Ruling::supported), with(Ruling::between), with(Ruling::refuted)};
  }
  std::erase(said, nullptr);
  if (said.empty()) said = {&v.findings.front()};
  std::string text;
  for (const ClaimFinding* f : said) {
    const bool depends = v.word == VerdictWord::conditional;
    text += (text.empty() ? "" : "; ") + f->test + ": " + finding_text(*f) +
            (depends ? fmt::format(" [{}]", name(f->ruling)) : std::string());
  }
  return text;
}

// The number that says most, for a line of an overview.
std::string headline(const ClaimVerdict& v) {
  if (v.word == VerdictWord::not_measurable) {
    return v.missing.empty() ? v.claim->absent : "missing: " + joined(v.missing, "; ");
  }
  if (!v.boundaries.empty()) return v.boundaries.front();
  if (v.word == VerdictWord::inconclusive) {
    // What is in the way, not what is settled besides.
    const auto open = std::ranges::find_if(v.findings, [](const ClaimFinding& f) {
      return !f.left_out && f.ruling != Ruling::supported && f.ruling != Ruling::refuted &&
             !f.why.empty();
    });
    if (open != v.findings.end()) return open->test + ", " + place_text(*open) + ": " + open->why;
  }
  if (!v.findings.empty()) return decisive_text(v);
  if (!v.missing.empty()) return "missing: " + v.missing.front();
  return v.on_paper ? joined(v.paper, "; ") : std::string();
}

// Of what can't be measured: what datasheets say, in one line, and that it decides nothing.
std::string datasheet_text(const ClaimVerdict& v) {
  if (v.word != VerdictWord::not_measurable || v.claim->datasheet.empty()) return {};
  // "datasheet ratio, memory capacity: 2.4 (192 GB / 80 GB; ok / ok)"
  const std::string& first = v.paper.front();
  std::string text = first.substr(0, first.find(" ("));
  const std::size_t more = v.claim->datasheet.size() - 1;
  if (more > 0) text += fmt::format(" (and {} more)", more);
  return text + "; a datasheet ratio is not a measurement";
}

std::string few_text(const ClaimVerdict& v) {
  if (v.left_out.empty()) return {};
  const std::size_t more = v.left_out.size() - 1;
  return "left out, run too few times: " + v.left_out.front() +
         (more > 0 ? fmt::format(" (and {} more)", more) : std::string());
}

json estimate_json(const Estimate& e, bool spread) {
  return {{"value", e.value},
          {"low", spread ? json(e.low) : json()},
          {"high", spread ? json(e.high) : json()}};
}

json finding_json(const ClaimFinding& f) {
  return {{"test", f.test},
          {"margins", f.margins},
          {"subject", f.reading.subject},
          {"unit", f.reading.unit},
          {"given", f.reading.given},
          {"condition", f.reading.condition},
          {"measured", estimate_json(f.reading.value, has_interval(f.reading))},
          {"judged", estimate_json(f.interval, has_interval(f.reading))},
          {"widened", f.widened},
          {"runs", f.reading.least_runs},
          {"boards", f.reading.boards},
          {"left_out", f.reading.left_out},
          {"ruling", name(f.ruling)},
          {"why", f.why},
          {"left_out_for_few_runs", f.left_out},
          {"refused", f.reading.refused},
          {"note", f.reading.note}};
}

}  // namespace

void print_verdicts(std::span<const ClaimVerdict> verdicts, bool details, std::ostream& out) {
  for (std::size_t w = 0; w < verdict_words; ++w) {
    bool titled = false;
    for (const ClaimVerdict& v : verdicts) {
      if (v.word != static_cast<VerdictWord>(w)) continue;
      if (details) {
        print_details(v, out);
        out << "\n";
        continue;
      }
      if (!titled) out << name(v.word) << ": " << meaning(v.word) << "\n";
      titled = true;
      out << "  " << v.claim->id << (v.on_paper ? " (on paper)" : "") << ": "
          << printable(v.claim->english) << "\n";
      const std::string number = headline(v);
      if (!number.empty()) out << "      " << printable(number) << "\n";
      const std::string paper = datasheet_text(v);
      if (!paper.empty()) out << "      " << printable(paper) << "\n";
      const std::string few = few_text(v);
      if (!few.empty()) out << "      " << printable(few) << "\n";
      out << "      ";
      if (v.word != VerdictWord::out_of_scope) {
        out << "evidence: " << name(v.grade)
            << (v.qualification.empty() ? "" : ", " + printable(v.qualification)) << "; ";
      }
      out << rule_text(v) << "\n";
    }
    if (titled) out << "\n";
  }
  out << verdict_counts(verdicts) << "\n";
}

void print_verdicts_markdown(std::span<const ClaimVerdict> verdicts, std::ostream& out) {
  out << verdict_counts(verdicts)
      << "\n\n| claim | verdict | evidence | what decides | sha256 of the rule |\n"
      << "|:--|:--|:--|:--|:--|\n";
  for (std::size_t w = 0; w < verdict_words; ++w) {
    for (const ClaimVerdict& v : verdicts) {
      if (v.word != static_cast<VerdictWord>(w)) continue;
      std::vector<std::string> decides = {headline(v), datasheet_text(v), few_text(v)};
      std::erase(decides, std::string());
      out << "| " << markdown_cell(v.claim->english) << " (`" << v.claim->id << "`) | "
          << name(v.word) << (v.on_paper ? " (on paper)" : "") << " | " << name(v.grade) << " | "
          << markdown_cell(joined(decides, "; ")) << " | `" << v.claim->sha256 << "` |\n";
    }
  }
}

json verdicts_json(std::span<const ClaimVerdict> verdicts) {
  json list = json::array();
  for (const ClaimVerdict& v : verdicts) {
    json findings = json::array();
    for (const ClaimFinding& f : v.findings) findings.push_back(finding_json(f));
    json shown = json::array();
    for (const ClaimFinding& f : v.shown) shown.push_back(finding_json(f));
    list.push_back({{"claim", v.claim->id},
                    {"verdict", name(v.word)},
                    {"qualification", v.qualification},
                    {"on_paper_only", v.on_paper},
                    {"evidence", name(v.grade)},
                    {"class", name(v.claim->kind)},
                    {"original", v.claim->original},
                    {"language", v.claim->language},
                    {"english", v.claim->english},
                    {"document", v.claim->document},
                    {"date", v.claim->date},
                    {"findings", std::move(findings)},
                    {"shown", std::move(shown)},
                    {"not_shown", v.not_shown},
                    {"boundaries", v.boundaries},
                    {"missing", v.missing},
                    {"left_out", v.left_out},
                    {"not_used", v.wrong},
                    {"absent", v.word == VerdictWord::not_measurable ? v.claim->absent : ""},
                    {"on_paper", v.paper},
                    {"notes", v.claim->notes},
                    {"records", v.records},
                    {"rule_file", v.claim->path},
                    {"rule_sha256", v.claim->sha256}});
  }
  return {{"verdict_schema", 1}, {"verdicts", std::move(list)}};
}

}  // namespace assay
