// Claims judged by records and facts.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/claims/decide.hpp"
#include "bench/claims/evidence.hpp"
#include "bench/claims/measures.hpp"

namespace assay {

enum class VerdictWord : std::uint8_t {
  supported,
  refuted,
  conditional,     // true under some conditions and not under others, or in between
  inconclusive,    // the runs are too few or too far apart, or some were not made
  not_measurable,  // hardware is missing
  out_of_scope,    // a market fact
};
[[nodiscard]] std::string_view name(VerdictWord word);  // "SUPPORTED", "NOT MEASURABLE HERE"
inline constexpr std::size_t verdict_words = 6;

enum class Grade : std::uint8_t { measured, arithmetic, label, published, datasheet, news };
[[nodiscard]] std::string_view name(Grade grade);  // "measured here", "driver's label", "news"

// A test on one device or pair under one condition.
struct ClaimFinding {
  std::string test;
  std::string margins;  // "support: low >= 1, refute: high < 1"
  Reading reading;
  Estimate interval;  // as it was judged: widened where one board speaks for its model
  bool widened = false;
  Ruling ruling = Ruling::missing;
  std::string why;          // of inconclusive: what could have been seen
  bool lacks_runs = false;  // that, and nothing else, is in the way
  // And others of its question have them: it says nothing either way.
  bool left_out = false;
};

struct ClaimVerdict {
  const Claim* claim = nullptr;
  VerdictWord word = VerdictWord::inconclusive;
  Grade grade = Grade::news;
  std::string qualification;  // "on paper: published figures, not measured"; may be empty
  bool on_paper = false;      // decided by published figures: nothing was measured
  std::vector<ClaimFinding> findings;
  std::vector<ClaimFinding> shown;      // measured and said besides: decides nothing
  std::vector<std::string> not_shown;   // what these lacked
  std::vector<std::string> boundaries;  // "time: supported up to m:16, refuted from m:512 on"
  std::vector<std::string> missing;     // devices, records
  std::vector<std::string> left_out;    // sizes, problems and devices of too few runs
  std::vector<std::string> few_cases;   // of these, those within findings that count
  std::vector<std::string> wrong;       // cases that failed verification: reported and not used
  std::vector<std::string> paper;       // datasheet ratios and what others published
  std::set<std::string> records;
};

[[nodiscard]] ClaimVerdict judge(const Claim& claim, const Evidence& evidence);
[[nodiscard]] std::vector<ClaimVerdict> judge_all(std::span<const Claim> claims,
                                                  const Evidence& evidence);

}  // namespace assay
