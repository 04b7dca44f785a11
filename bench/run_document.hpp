// A run's records and where they come from, and the result file that holds them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/record.hpp"

namespace assay {

struct RunDocument {
  nlohmann::json context;  // Google Benchmark's context keys and our environment
  std::vector<Record> records;
};

// Of the result file; see results/README.md.
inline constexpr std::int64_t schema_version = 1;

// The document as Google Benchmark JSON with an `assay` object in each entry, and back. Numbers
// that aren't finite become null and are read as infinity; bytes that aren't UTF-8 become U+FFFD.
// A record with a launch that has no finite, positive time is written as one without a result.
[[nodiscard]] nlohmann::json to_json(const RunDocument& document);
// Error(file) naming the path of what is missing or of the wrong type. Fields that it doesn't know
// are ignored, and so are aggregates; Google Benchmark's own files are refused as such.
[[nodiscard]] RunDocument from_json(const nlohmann::json& json);
// The same from a file's content, which may be anything.
[[nodiscard]] RunDocument parse_run_document(std::string_view text);

}  // namespace assay
