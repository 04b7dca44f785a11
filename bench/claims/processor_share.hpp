// How much of a processor a run had.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace assay {

// "2 processors of a virtual machine", "2 of 96 processors" (of a container); empty where it had them
// all. How many cores the package has, where that is on record: a virtual machine doesn't say. 0: unknown.
[[nodiscard]] std::string processor_share(const nlohmann::json& context, double cores_on_record);

}  // namespace assay
