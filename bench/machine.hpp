// Facts about this machine, from /proc and /sys. `root` is the folder that holds them ("/"), so
// that tests can show other machines. What can't be read is the text "not measurable here".
#pragma once

#include <filesystem>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace assay {

inline constexpr std::string_view not_measurable = "not measurable here";

// model, microcode, isa (instruction sets that kernels care about), logical and physical
// processors, packages, NUMA nodes, governor, clock_mhz, virtual_machine.
[[nodiscard]] nlohmann::json processor_facts(const std::filesystem::path& root);

// Google Benchmark's list: type, level, size in bytes, num_sharing. Empty if unknown.
[[nodiscard]] nlohmann::json cache_facts(const std::filesystem::path& root);

// What this process may use: cpu_quota (processors, or "none"), cpuset, periods throttled.
[[nodiscard]] nlohmann::json limit_facts(const std::filesystem::path& root);

// What else happens: load_average (1, 5, 15 minutes), steal_fraction and uptime since boot,
// pressure (percent of the last 10 s in which some task waited), memory in bytes.
[[nodiscard]] nlohmann::json load_facts(const std::filesystem::path& root);

}  // namespace assay
