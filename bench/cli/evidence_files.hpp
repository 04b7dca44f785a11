// The records that verdicts, estimates and reports read.
#pragma once

#include <string>
#include <vector>

#include "bench/claims/evidence.hpp"

namespace assay {

// Adds result files and folders of them; a line on stderr for each file of a folder that is broken.
void read_records(const std::vector<std::string>& paths, Evidence& into);

// The same from nothing. Usage Error for no paths.
[[nodiscard]] Evidence evidence_from(const std::vector<std::string>& paths, const FactTable& facts,
                                     const std::string& verb);

// The device of the records that `part` names (all or part of its name); the one that has most
// cases where it is empty. Usage Error naming those that are there.
[[nodiscard]] const DeviceModel& device_among(const Evidence& evidence, const std::string& part);

}  // namespace assay
