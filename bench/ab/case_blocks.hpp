// The blocks of a case, and what is told of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/ab/block.hpp"
#include "bench/comparison/verdicts.hpp"
#include "bench/statistics/procedure.hpp"

namespace assay {

struct AbCase {
  PlannedCase planned;
  Status status = Status::ok;
  std::string reason;         // "head: …"
  std::vector<Block> screen;  // dropped ones too
  std::vector<Block> confirm;
};

// Blocks that count.
[[nodiscard]] std::size_t kept(std::span<const Block> blocks);

// ln(head / base) of the blocks that count.
[[nodiscard]] std::vector<double> log_ratios_of(std::span<const Block> blocks);

// The row of a case that was judged; the reason says why it has no verdict.
[[nodiscard]] VerdictRow judged_row(const AbCase& c, const Procedure& procedure, std::size_t index);

// The blocks as measured, for a result's details: for each case and stage the times of both sides to 7
// digits, who began ("b" or "h" each), and why blocks were dropped, by their number.
[[nodiscard]] nlohmann::json blocks_json(std::span<const AbCase> cases);

}  // namespace assay
