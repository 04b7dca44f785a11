// What verdicts say in words, for every format.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/claims/verdict.hpp"

namespace assay {

[[nodiscard]] std::string margins_text(const ClaimTest& test);
// Of an interval that crosses a margin: from which value on it would not have.
[[nodiscard]] std::string seen_text(const ClaimTest& test, const Estimate& interval);
// Datasheet ratios with the status of both rows, and what others published.
[[nodiscard]] std::vector<std::string> paper_lines(const Claim& claim, const FactTable& facts);
// Where the ruling changes along the key that a quantity is split by.
[[nodiscard]] std::vector<std::string> boundary_lines(const Claim& claim,
                                                      std::span<const ClaimFinding> findings);
// Of runs: not below three, of which nothing can be said.
[[nodiscard]] bool has_interval(const Reading& reading);
// "1.23 [1.10, 1.38], 10 runs": value, interval as judged, evidence.
// "AMD EPYC, m:512": where a finding was made.
[[nodiscard]] std::string place_text(const ClaimFinding& f);
// "refuted", "left out".
[[nodiscard]] std::string_view ruling_text(const ClaimFinding& f);
[[nodiscard]] std::string finding_text(const ClaimFinding& finding);
// "75 claims: 2 supported, …".
[[nodiscard]] std::string verdict_counts(std::span<const ClaimVerdict> verdicts);

// `details`: everything of each claim; else a line each.
void print_verdicts(std::span<const ClaimVerdict> verdicts, bool details, std::ostream& out);
void print_verdicts_markdown(std::span<const ClaimVerdict> verdicts, std::ostream& out);
[[nodiscard]] nlohmann::json verdicts_json(std::span<const ClaimVerdict> verdicts);

}  // namespace assay
