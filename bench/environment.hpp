// What a result depends on besides the code: machine, drivers, libraries, settings.
#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "bench/inventory.hpp"

namespace assay {

// The `context` of a result file: Google Benchmark's keys (date, host_name, executable, num_cpus,
// mhz_per_cpu, cpu_scaling_enabled, caches, load_avg, library_version, library_build_type,
// json_schema_version, …) and `assay`: CPU model and microcode, topology, ISA, governor, quota,
// steal, kernel, denormals, devices with drivers, library versions, compiler and flags, source
// revision, and the environment variables that libraries heed. What can't be read is "not
// measurable here", never 0. Takes milliseconds; loads no library.
[[nodiscard]] nlohmann::json environment(const Inventory& inventory);
// With the /proc and /sys of another folder than "/".
[[nodiscard]] nlohmann::json environment(const Inventory& inventory,
                                         const std::filesystem::path& root);

}  // namespace assay
