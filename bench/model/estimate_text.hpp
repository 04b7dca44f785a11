// Estimates as text and JSON.
#pragma once

#include <ostream>

#include <nlohmann/json_fwd.hpp>

#include "bench/model/estimate.hpp"

namespace assay {

void print_estimate(const ModelEstimate& estimate, std::ostream& out);
[[nodiscard]] nlohmann::json estimate_json(const ModelEstimate& estimate);

// "4.9 GB".
[[nodiscard]] std::string gigabytes(double bytes);

}  // namespace assay
