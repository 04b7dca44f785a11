// Ceilings as text and JSON, and the file that keeps the last ones of each device for display.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/ceilings/ceilings.hpp"

namespace assay {

// One table a device, then the highest of each piece of hardware that has several devices. `cached`
// says that the figures are old.
void report_ceilings(const std::vector<DeviceCeilings>& devices, bool cached, std::ostream& out);

// See results/README.md. Reading: Error(file) for what isn't such a document.
[[nodiscard]] nlohmann::json ceilings_json(const std::vector<DeviceCeilings>& devices);
[[nodiscard]] std::vector<DeviceCeilings> ceilings_from_json(const nlohmann::json& json);

// $XDG_CACHE_HOME/assay/ceilings.json, else $HOME/.cache/assay/ceilings.json; empty where neither is
// set.
[[nodiscard]] std::string ceilings_file();
// Replaces what the file holds of these devices, known by hardware, name and backend. Why it couldn't,
// in one line; empty if it could: a cache that can't be written is no error. What is there and can't be
// read is left alone.
[[nodiscard]] std::string store_ceilings(const std::string& file,
                                         const std::vector<DeviceCeilings>& devices);
// Nothing where the file is absent or unreadable.
[[nodiscard]] std::vector<DeviceCeilings> stored_ceilings(const std::string& file);

}  // namespace assay
