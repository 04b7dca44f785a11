// Screen, then confirm: which of many cases got slower, with few false alarms over all of them.
//
// 1. Screen: every case gets a few blocks; moderated t of trimmed means (moderated.hpp), one-sided 5 %,
//    flags f cases. Those that are not flagged can only pass (by the upper bound of the same t) or stay inconclusive.
// 2. Confirm: the flagged cases get fresh blocks, their number fixed beforehand: `most_blocks`, or what
//    the time left allows, at least ceil(log2(100 f)) + 2. (What the screen's noise would ask for is too
//    few where some blocks are wild: with 14 blocks one that points the wrong way ends all hope.)
//    Exact sign-flip tests (sign_flip.hpp), Holm over f at 1 %, one look.
// What is called faster was shown so by the screen, Holm over all its cases at the same 1 %.
// The probability of any regression among cases that did not get slower is at most the family's 1 %,
// because the confirmation's data are independent of the screen's and Holm's procedure holds for any f.
//
// A state machine without clocks or input: ask requests(), measure, give(), until requests() is empty.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bench/statistics/estimate.hpp"
#include "bench/statistics/verdict.hpp"

namespace assay {

struct ProcedureOptions {
  VerdictRule rule;
  std::size_t screen_blocks = 6;
  double screen_level = 0.05;
  double screen_trim = 0.2;      // of the blocks, at each end; none of 3 or 4 blocks
  double family_level = 0.01;    // L: Holm's level over all flagged cases
  double pass_level = 0.025;     // U of each stage: a case has two chances to pass, 5 % together
  double power = 0.95;           // what Outlook speaks of
  std::size_t most_blocks = 50;  // of a case's confirmation
};

struct CaseVerdict {
  Verdict verdict;
  bool measured = false;   // false: fewer than 3 blocks; nothing below means anything
  bool flagged = false;    // by the screen
  Estimate log_ratio;      // Hodges-Lehmann; low = L (-infinity: not tested), high = U
  double noise = 0;        // standard deviation of a block's ln(T_B / T_A): of the confirmation's
                           // blocks, or of the screen's, moderated
  double adjusted_p = 1;   // Holm's; 1 where not flagged
  std::size_t blocks = 0;  // behind log_ratio
};

// What the two stages together could have shown of a case, by normal theory (power.hpp).
struct Outlook {
  double visible = 0;      // the slowdown, as ln ratio, that is found with ProcedureOptions::power
  double power = 0;        // to find a slowdown of the margin
  std::size_t needed = 0;  // blocks of a confirmation that would find that with the power asked for
};

class Procedure {
 public:
  struct Request {
    std::size_t index = 0;  // of the case
    std::size_t blocks = 0;
  };

  Procedure(std::size_t cases, const ProcedureOptions& options);

  // What to measure next; empty when done.
  [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }

  // Lowers what a confirmation asks for, never below its least: for budgets of time. To be called before
  // the confirmation's first block is seen.
  void limit_blocks(std::size_t most);

  // ln(T_B / T_A) of each block, one vector for each request and in their order. Fewer or more blocks
  // than asked for are taken as they are; nothing may be left out because of its value.
  void give(std::span<const std::vector<double>> blocks);

  // In the order of the cases; after the screen. What is to be confirmed is not measured until it is.
  [[nodiscard]] const std::vector<CaseVerdict>& verdicts() const;
  [[nodiscard]] std::size_t flagged() const { return flagged_; }
  [[nodiscard]] Outlook outlook(const CaseVerdict& verdict) const;

 private:
  enum class Stage : unsigned char { screen, confirm, done };
  void screen(std::span<const std::vector<double>> blocks);
  void confirm(std::span<const std::vector<double>> blocks);

  ProcedureOptions options_;
  Stage stage_ = Stage::screen;
  std::size_t flagged_ = 0;
  std::vector<Request> requests_;
  std::vector<CaseVerdict> verdicts_;
};

// The fewest blocks that let each of f hypotheses be rejected at 1 % over all, with room to spare:
// ceil(log2(f / level)) + 2.
[[nodiscard]] std::size_t least_confirm_blocks(std::size_t flagged, double family_level);

// Probability that a slowdown is flagged by the screen and then rejected in a confirmation of
// `confirm_blocks` blocks with f flagged cases, worst case of Holm. By normal theory (power.hpp).
[[nodiscard]] double combined_power(double effect, double noise, std::size_t confirm_blocks,
                                    std::size_t flagged, const ProcedureOptions& options);

}  // namespace assay
