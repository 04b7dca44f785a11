// Performance portability as text.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "bench/portability/portability.hpp"

namespace assay {

// "0.87"; of small ones two digits that count: "0.0013".
[[nodiscard]] std::string share_text(double share);

// "0.87 [0.85, 0.90]"; without an interval where some case has too few launches.
[[nodiscard]] std::string mean_text(const EfficiencySummary& s);

void print_portability(std::span<const PortabilityGroup> groups, std::ostream& out);
void print_portability_markdown(std::span<const PortabilityGroup> groups, std::ostream& out);
[[nodiscard]] nlohmann::json portability_json(std::span<const PortabilityGroup> groups);

}  // namespace assay
