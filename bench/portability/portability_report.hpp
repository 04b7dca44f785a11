// Performance portability as text.
#pragma once

#include <ostream>
#include <span>

#include <nlohmann/json_fwd.hpp>

#include "bench/portability/portability.hpp"

namespace assay {

void print_portability(std::span<const PortabilityGroup> groups, std::ostream& out);
void print_portability_markdown(std::span<const PortabilityGroup> groups, std::ostream& out);
[[nodiscard]] nlohmann::json portability_json(std::span<const PortabilityGroup> groups);

}  // namespace assay
