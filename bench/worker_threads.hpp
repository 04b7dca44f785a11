// How many threads a worker's CPU devices get, and where they run.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace assay {

// Physical cores that this process may use, at most as many as its control group's quota pays for,
// at least 1; 0 where neither is known. Two threads of one core, and threads that a quota stops while
// others wait for them, make kernels slower, not faster.
[[nodiscard]] int available_threads(const std::filesystem::path& root = "/");

// Variables for the environment of a worker, none of which the user has set. threads > 0: that many,
// whatever is set. 0: available_threads() where that is less than the libraries would take, unless
// OMP_NUM_THREADS is set. Threads stay where they are, one a core.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> thread_environment(
    int threads, const std::filesystem::path& root = "/");

}  // namespace assay
