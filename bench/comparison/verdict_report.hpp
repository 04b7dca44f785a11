// Verdicts as text. Only formats.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "bench/comparison/verdicts.hpp"

namespace assay {

enum class VerdictFormat : std::uint8_t {
  console,
  json,
  csv,
  markdown,  // for a pull request: one line, what was compared, then at most ten rows
  junit,     // regression = failure, failed or wrong = error, inconclusive = skipped
  github,    // annotations of GitHub's workflow commands: ::error, ::warning, ::notice
};
[[nodiscard]] std::span<const std::string_view> verdict_format_names();
[[nodiscard]] VerdictFormat parse_verdict_format(std::string_view text);
// .md, .xml (JUnit), .csv, .txt; anything else JSON.
[[nodiscard]] VerdictFormat verdict_format_of_path(std::string_view path);

// What VerdictFormat::json writes.
[[nodiscard]] nlohmann::json verdicts_json(const VerdictTable& table);

void report_verdicts(VerdictFormat format, const VerdictTable& table, std::ostream& out);

}  // namespace assay
