#include "bench/worker_threads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// "0-3,8": 0, 1, 2, 3, 8.
std::vector<int> processors_in(const std::string& list) {
  std::vector<int> found;
  std::istringstream stream(list);
  for (std::string range; std::getline(stream, range, ',');) {
    const std::size_t dash = range.find('-');
    const auto first = parse<int>(range);
    const auto last = dash == std::string::npos ? first : parse<int>(range.substr(dash + 1));
    if (!first || !last) continue;
    for (int i = *first; i <= *last; ++i) found.push_back(i);
  }
  return found;
}

std::vector<int> allowed_processors(const json& limits) {
  const json& list = limits.at("cpuset");
  return list.is_string() ? processors_in(list.get<std::string>()) : std::vector<int>{};
}

// How many of these are cores of their own; a processor without known topology is one.
std::size_t count_cores(const fs::path& root, const std::vector<int>& processors) {
  std::set<std::string> cores;
  for (const int i : processors) {
    const fs::path topology =
        root / "sys/devices/system/cpu" / ("cpu" + std::to_string(i)) / "topology";
    const auto package = first_line(topology / "physical_package_id");
    const auto core = first_line(topology / "core_id");
    cores.insert(package && core ? *package + ":" + *core : "processor " + std::to_string(i));
  }
  return cores.size();
}

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

}  // namespace

int available_threads(const fs::path& root) {
  const json limits = limit_facts(root);
  const std::vector<int> processors = allowed_processors(limits);
  auto threads = static_cast<double>(count_cores(root, processors));
  if (const json& quota = limits.at("cpu_quota"); quota.is_number()) {
    const double whole = std::max(1.0, std::floor(quota.get<double>()));
    threads = threads == 0 ? whole : std::min(threads, whole);
  }
  return static_cast<int>(threads);
}

std::vector<std::pair<std::string, std::string>> thread_environment(int threads,
                                                                    const fs::path& root) {
  std::vector<std::pair<std::string, std::string>> variables;
  if (threads == 0 && !is_set("OMP_NUM_THREADS")) {
    const int available = available_threads(root);
    const auto processors = static_cast<int>(allowed_processors(limit_facts(root)).size());
    if (available < processors) threads = available;
  }
  if (threads > 0) {
    // OpenMP, OpenBLAS, and OpenCL on CPUs by PoCL, Intel and Mesa.
    for (const char* key : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POCL_CPU_MAX_CU_COUNT",
                            "DPCPP_CPU_NUM_CUS", "LP_NUM_THREADS"}) {
      variables.emplace_back(key, std::to_string(threads));
    }
  }
  if (!is_set("OMP_PROC_BIND")) variables.emplace_back("OMP_PROC_BIND", "true");
  if (!is_set("OMP_PLACES") && !is_set("GOMP_CPU_AFFINITY") && !is_set("KMP_AFFINITY")) {
    variables.emplace_back("OMP_PLACES", "cores");
  }
  return variables;
}

}  // namespace assay
