// Devices that were asked for and have no figures, as rows of their own beside those that have.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "bench/exit_code.hpp"
#include "bench/inventory.hpp"
#include "bench/select.hpp"

namespace assay {

struct Absent {
  std::string device;  // or the selector that found none
  std::string status;  // "skipped": not here; "failed": its process ended or broke
  std::string reason;
};

// Those of the selectors, and of the ones that --require-device names.
[[nodiscard]] std::vector<std::string> backends_to_ask(const std::vector<std::string>& selectors,
                                                       const std::vector<std::string>& required);
// What --require-device says: false, with a line on `err`, where one of these selectors finds nothing.
[[nodiscard]] bool all_here(const std::vector<std::string>& required, const Inventory& inventory,
                            std::ostream& err);

[[nodiscard]] std::vector<Absent> absent_of(const Selection& selected);
// "opencl:3.0  skipped: no device opencl:3.0 here".
void report_absent(std::span<const Absent> absent, std::ostream& out);
[[nodiscard]] nlohmann::json absent_json(std::span<const Absent> absent);
// Only failures count: a device that isn't here is no error.
[[nodiscard]] Exit exit_code_of(std::span<const Absent> absent);

}  // namespace assay
