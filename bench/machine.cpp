#include "bench/machine.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <vector>

#include "bench/ceilings/published.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The folders cpu0, cpu1, … below /sys/devices/system/cpu.
std::vector<fs::path> cpu_folders(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(root / "sys/devices/system/cpu", code)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > 3 && name.starts_with("cpu") &&
        std::all_of(name.begin() + 3, name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      folders.push_back(entry.path());
    }
  }
  std::ranges::sort(folders);
  return folders;
}

std::vector<std::string> instruction_sets(const std::string& flags) {
  constexpr std::array<std::string_view, 17> prefixes = {
      "sse4", "ssse3", "avx",  "fma",  "f16c", "amx", "asimd", "sve", "sme",
      "bf16", "i8mm",  "fphp", "neon", "zve",  "zvf", "vsx",   "mma"};
  // x86 uses the same letters for memory encryption and protection.
  const bool arm = flags.find("asimd") != std::string::npos;
  std::vector<std::string> found;
  for (const std::string& word : words(flags)) {
    const auto starts = [&](std::string_view prefix) { return word.starts_with(prefix); };
    if (!arm && word.starts_with("sme")) continue;
    if (std::ranges::any_of(prefixes, starts)) found.push_back(word);
  }
  return found;
}

std::string joined(const std::set<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

json governor(const std::vector<fs::path>& cpus) {
  std::set<std::string> governors;
  for (const fs::path& cpu : cpus) {
    if (const auto line = first_line(cpu / "cpufreq/scaling_governor")) governors.insert(*line);
  }
  return governors.empty() ? json(not_measurable) : json(joined(governors));
}

void add_topology(const fs::path& root, const std::vector<fs::path>& cpus, json& facts) {
  std::set<std::string> packages;
  std::set<std::string> cores;
  for (const fs::path& cpu : cpus) {
    const auto package = first_line(cpu / "topology/physical_package_id");
    const auto core = first_line(cpu / "topology/core_id");
    if (!package || !core) continue;
    packages.insert(*package);
    cores.insert(*package + ":" + *core);
  }
  std::size_t nodes = 0;
  while (fs::exists(root / "sys/devices/system/node" / ("node" + std::to_string(nodes)))) ++nodes;
  const auto count = [](std::size_t n) { return n == 0 ? json(not_measurable) : json(n); };
  facts["logical_processors"] = count(cpus.size());
  facts["cores"] = count(cores.size());
  facts["packages"] = count(packages.size());
  facts["numa_nodes"] = count(nodes);
  const auto smt = first_line(root / "sys/devices/system/cpu/smt/active");
  facts["smt"] = smt ? json(*smt == "1") : json(not_measurable);
}

std::optional<double> clock_mhz(const std::vector<fs::path>& cpus,
                                const std::map<std::string, std::string>& cpuinfo) {
  if (!cpus.empty()) {
    if (const auto khz = first_line(cpus.front() / "cpufreq/cpuinfo_max_freq")) {
      if (const auto value = parse<double>(*khz)) return *value / 1000.0;
    }
  }
  const auto mhz = find(cpuinfo, {"cpu MHz", "clock"});
  return mhz ? parse<double>(*mhz) : std::nullopt;
}

// "32K", "8M" or plain bytes.
std::optional<std::int64_t> size_in_bytes(const std::string& text) {
  const auto value = parse<std::int64_t>(text);
  if (!value) return std::nullopt;
  if (text.ends_with("K")) return *value * 1024;
  if (text.ends_with("M")) return *value * 1024 * 1024;
  return value;
}

// "0-3,8": 5.
std::int64_t count_list(const std::string& list) {
  std::int64_t count = 0;
  std::istringstream stream(list);
  for (std::string range; std::getline(stream, range, ',');) {
    const std::size_t dash = range.find('-');
    const auto first = parse<std::int64_t>(range);
    const auto last =
        dash == std::string::npos ? first : parse<std::int64_t>(range.substr(dash + 1));
    if (first && last) count += *last - *first + 1;
  }
  return count;
}

}  // namespace

json processor_facts(const fs::path& root) {
  const auto cpuinfo = pairs(root / "proc/cpuinfo");
  const std::vector<fs::path> cpus = cpu_folders(root);
  json facts = json::object();
  auto microcode = first_line(root / "sys/devices/system/cpu/cpu0/microcode/version");
  if (!microcode) microcode = find(cpuinfo, {"microcode"});
  const auto flags = find(cpuinfo, {"flags", "Features", "isa"});
  facts["model"] = or_unknown(find(cpuinfo, {"model name", "Model", "cpu model", "cpu", "uarch"}));
  facts["microcode"] = or_unknown(microcode);
  const std::string core = published_core(root / "proc/cpuinfo").name;
  facts["core"] = core.empty() ? json(not_measurable) : json(core);
  facts["isa"] = flags ? json(instruction_sets(*flags)) : json(not_measurable);
  add_topology(root, cpus, facts);
  facts["governor"] = governor(cpus);
  facts["clock_mhz"] = or_unknown(clock_mhz(cpus, cpuinfo));
  const bool x86 = cpuinfo.contains("flags");
  facts["virtual_machine"] =
      x86 ? json((" " + *flags + " ").find(" hypervisor ") != std::string::npos)
          : json(not_measurable);
  return facts;
}

json cache_facts(const fs::path& root) {
  json caches = json::array();
  for (int index = 0;; ++index) {
    const fs::path folder =
        root / "sys/devices/system/cpu/cpu0/cache" / ("index" + std::to_string(index));
    const auto type = first_line(folder / "type");
    const auto level = first_line(folder / "level");
    const auto size = first_line(folder / "size");
    const auto shared = first_line(folder / "shared_cpu_list");
    if (!type || !level || !size) return caches;
    const auto level_number = parse<std::int64_t>(*level);
    const auto bytes = size_in_bytes(*size);
    if (!level_number || !bytes) continue;
    caches.push_back({{"type", *type},
                      {"level", *level_number},
                      {"size", *bytes},
                      {"num_sharing", shared ? count_list(*shared) : 1}});
  }
}

}  // namespace assay
