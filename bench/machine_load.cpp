#include <algorithm>
#include <vector>

#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Processors' worth of time that a group may use.
std::optional<double> quota_of(const fs::path& group) {
  const auto ratio = [](const std::string& quota,
                        const std::string& period) -> std::optional<double> {
    const double q = parse<double>(quota).value_or(0);
    const double p = parse<double>(period).value_or(0);
    return q > 0 && p > 0 ? std::optional(q / p) : std::nullopt;
  };
  if (const auto line = first_line(group / "cpu.max")) {
    const std::vector<std::string> parts = words(*line);
    return parts.size() == 2 ? ratio(parts[0], parts[1]) : std::nullopt;
  }
  return ratio(first_line(group / "cpu.cfs_quota_us").value_or(""),
               first_line(group / "cpu.cfs_period_us").value_or(""));
}

std::optional<std::int64_t> throttled_periods(const fs::path& group) {
  for (const std::string& line : lines(group / "cpu.stat")) {
    const std::vector<std::string> parts = words(line);
    if (parts.size() == 2 && parts[0] == "nr_throttled") return parse<std::int64_t>(parts[1]);
  }
  return std::nullopt;
}

json pressure(const fs::path& root) {
  json facts = json::object();
  for (const char* resource : {"cpu", "memory", "io"}) {
    std::optional<double> value;
    if (const auto line = first_line(root / "proc/pressure" / resource)) {
      const std::size_t at = line->find("avg10=");
      if (at != std::string::npos) value = parse<double>(std::string_view(*line).substr(at + 6));
    }
    facts[resource] = or_unknown(value);
  }
  return facts;
}

// Column 8 of the first line of /proc/stat, as a fraction of all processor time since boot.
std::optional<double> steal_fraction(const fs::path& root) {
  const auto line = first_line(root / "proc/stat");
  const std::vector<std::string> columns = line ? words(*line) : std::vector<std::string>{};
  if (columns.size() < 9 || columns[0] != "cpu") return std::nullopt;
  double total = 0;
  // Guest time (columns 9 and 10) is contained in user time.
  for (std::size_t i = 1; i <= 8; ++i) total += parse<double>(columns[i]).value_or(0);
  const auto steal = parse<double>(columns[8]);
  if (!steal || total <= 0) return std::nullopt;
  return *steal / total;
}

std::optional<std::int64_t> kibibytes(const std::map<std::string, std::string>& map,
                                      const char* key) {
  const auto text = find(map, {key});
  const auto value = text ? parse<std::int64_t>(*text) : std::nullopt;
  return value ? std::optional(*value * 1024) : std::nullopt;
}

}  // namespace

json limit_facts(const fs::path& root) {
  std::vector<fs::path> groups = control_groups(root, "");
  const std::vector<fs::path> older = control_groups(root, "cpu");
  groups.insert(groups.end(), older.begin(), older.end());
  std::optional<double> quota;
  std::optional<std::int64_t> throttled;
  for (const fs::path& group : groups) {
    if (const auto q = quota_of(group)) quota = std::min(quota.value_or(*q), *q);
    if (!throttled) throttled = throttled_periods(group);
  }
  const auto allowed = find(pairs(root / "proc/self/status"), {"Cpus_allowed_list"});
  return {{"cpu_quota", groups.empty() ? json(not_measurable)
                        : quota        ? json(*quota)
                                       : json("none")},
          {"cpuset", or_unknown(allowed)},
          {"throttled_periods", or_unknown(throttled)}};
}

json load_facts(const fs::path& root) {
  json averages = json::array();
  if (const auto line = first_line(root / "proc/loadavg")) {
    for (const std::string& word : words(*line)) {
      const auto value = parse<double>(word);
      if (value && averages.size() < 3) averages.push_back(*value);
    }
  }
  const auto memory = pairs(root / "proc/meminfo");
  const auto uptime = first_line(root / "proc/uptime");
  return {{"load_average", averages.size() == 3 ? averages : json(not_measurable)},
          {"steal_fraction", or_unknown(steal_fraction(root))},
          {"uptime_s", or_unknown(uptime ? parse<double>(*uptime) : std::nullopt)},
          {"pressure", pressure(root)},
          {"memory_bytes", or_unknown(kibibytes(memory, "MemTotal"))},
          {"memory_available_bytes", or_unknown(kibibytes(memory, "MemAvailable"))}};
}

}  // namespace assay
