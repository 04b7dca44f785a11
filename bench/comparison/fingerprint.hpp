// What must be the same for two times to be comparable.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/comparison/result_file.hpp"

namespace assay {

// What a time depends on besides the code, by name: processor, limits, kernel, denormals, the device's
// driver, heeded environment variables, options of the run. The build isn't part of it: it is what
// is judged.
using Fingerprint = std::map<std::string, std::string>;
[[nodiscard]] Fingerprint fingerprint(const nlohmann::json& context, const ResultCase& c);

// "processor.model: baseline A, here B", one line each; empty: they match.
[[nodiscard]] std::vector<std::string> differences(const Fingerprint& stored,
                                                   const Fingerprint& here);

// A value as a fingerprint holds it: texts as they are, others as JSON.
[[nodiscard]] std::string fingerprint_text(const nlohmann::json& value);

}  // namespace assay
