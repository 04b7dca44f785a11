#include "bench/topology.hpp"

#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

#if ASSAY_HWLOC
#include <hwloc.h>
#endif

namespace assay {

std::vector<std::int64_t> allowed_processors() {
  std::vector<std::int64_t> processors;
  // The kernel refuses a set that is smaller than its own.
  for (std::size_t size = CPU_SETSIZE; size <= 64 * std::size_t{CPU_SETSIZE}; size *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(
        CPU_ALLOC(size), [](cpu_set_t* each) { CPU_FREE(each); });
    if (set == nullptr) return processors;
    const std::size_t bytes = CPU_ALLOC_SIZE(size);
    if (sched_getaffinity(0, bytes, set.get()) != 0) continue;
    for (std::size_t i = 0; i < size; ++i) {
      if (CPU_ISSET_S(i, bytes, set.get())) processors.push_back(static_cast<std::int64_t>(i));
    }
    break;
  }
  return processors;
}

namespace {

// "0:1": package and core.
std::optional<std::string> core_of(std::int64_t processor, const std::filesystem::path& root) {
  const auto folder =
      root / "sys/devices/system/cpu" / ("cpu" + std::to_string(processor)) / "topology";
  const auto package = first_line(folder / "physical_package_id");
  const auto core = first_line(folder / "core_id");
  if (!package || !core) return std::nullopt;
  return *package + ":" + *core;
}

}  // namespace

std::optional<bool> reported_to_share(std::int64_t first, std::int64_t second,
                                      const std::filesystem::path& root) {
  const auto one = core_of(first, root);
  const auto other = core_of(second, root);
  if (!one || !other) return std::nullopt;
  return *one == *other;
}

std::vector<std::pair<std::int64_t, std::int64_t>> reported_siblings(
    std::span<const std::int64_t> processors, const std::filesystem::path& root) {
  std::vector<std::pair<std::int64_t, std::int64_t>> siblings;
  std::map<std::string, std::int64_t> first_of;  // by package and core
  for (const std::int64_t i : processors) {
    const auto core = core_of(i, root);
    if (!core) continue;
    const auto [first, added] = first_of.try_emplace(*core, i);
    if (!added) siblings.emplace_back(first->second, i);
  }
  return siblings;
}

#if ASSAY_HWLOC

std::string reported_topology(const std::string& made_up) {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return "not measurable here";
  std::string text = "not measurable here";
  const bool known =
      made_up.empty() || hwloc_topology_set_synthetic(topology, made_up.c_str()) == 0;
  if (known && hwloc_topology_load(topology) == 0) {
    const auto count = [&](hwloc_obj_type_t type) {
      return hwloc_get_nbobjs_by_type(topology, type);
    };
    const auto words = [](int number, const char* what) {
      return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
    };
    text = words(count(HWLOC_OBJ_PACKAGE), "package") + ", " +
           words(count(HWLOC_OBJ_CORE), "core") + ", " +
           words(count(HWLOC_OBJ_PU), "logical processor") +
           fmt::format(" (hwloc {}.{})", HWLOC_API_VERSION >> 16, (HWLOC_API_VERSION >> 8) & 0xff);
  }
  hwloc_topology_destroy(topology);
  return text;
}

#else

std::string reported_topology(const std::string&) { return "not measurable here"; }

#endif

std::string processor_limits(std::size_t allowed, std::size_t online, std::optional<double> quota) {
  std::string text;
  if (allowed > 0 && allowed < online) {
    text = fmt::format("{} of {} logical processors", allowed, online);
  }
  const std::size_t left = allowed > 0 ? std::min(allowed, online) : online;
  if (quota && *quota < static_cast<double>(left)) {
    text += fmt::format("{}a quota of {:g} processors", text.empty() ? "" : " and ", *quota);
  }
  return text;
}

std::string processor_limits() {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  const nlohmann::json quota = limit_facts("/").value("cpu_quota", nlohmann::json());
  return processor_limits(allowed_processors().size(),
                          static_cast<std::size_t>(std::max(online, 0L)),
                          quota.is_number() ? std::optional(quota.get<double>()) : std::nullopt);
}

}  // namespace assay
