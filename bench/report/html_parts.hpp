// The parts of the page that are there without scripts.
#pragma once

#include <ostream>
#include <span>

#include "bench/report/report.hpp"

namespace assay {

void html_verdicts(std::span<const ClaimVerdict> verdicts, std::ostream& out);
void html_portability(const Report& report, std::ostream& out);
void html_devices(const Report& report, std::ostream& out);
void html_cases(const Report& report, std::ostream& out);

}  // namespace assay
