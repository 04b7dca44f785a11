// What the system says of its processors; measurements may show otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace assay {

// Logical processors that this process may run on, in rising order; empty if unknown.
[[nodiscard]] std::vector<std::int64_t> allowed_processors();

// Pairs of `processors` (rising) that the system calls threads of one core: the first of a core with
// each other one of it. A machine whose topology isn't told has none.
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> reported_siblings(
    std::span<const std::int64_t> processors, const std::filesystem::path& root = "/");

// Whether the system calls two logical processors threads of one core; nothing where it doesn't say.
[[nodiscard]] std::optional<bool> reported_to_share(std::int64_t first, std::int64_t second,
                                                    const std::filesystem::path& root = "/");

// "1 package, 2 cores, 2 logical processors (hwloc 2.9)"; "not measurable here" without hwloc. Of this
// machine, or of one that hwloc makes up: "package:1 core:4 pu:2".
[[nodiscard]] std::string reported_topology(const std::string& made_up = "");

// What this process may use of a machine's processors: "1 of 2 logical processors", "a quota of 0.5
// processors", both with " and "; empty: all of them. No quota: nothing.
[[nodiscard]] std::string processor_limits(std::size_t allowed, std::size_t online,
                                           std::optional<double> quota);
// Of this machine, now.
[[nodiscard]] std::string processor_limits();

}  // namespace assay
