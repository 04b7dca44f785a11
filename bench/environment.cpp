#include "bench/environment.hpp"

#include <gnu/libc-version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <string_view>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "bench/build_info.hpp"
#include "bench/json_text.hpp"
#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

using nlohmann::json;

// Settings that the libraries and drivers below us heed.
constexpr std::array heeded = {"ONEDNN_VERBOSE",
                               "ONEDNN_MAX_CPU_ISA",
                               "ONEDNN_DEFAULT_FPMATH_MODE",
                               "OMP_NUM_THREADS",
                               "OMP_THREAD_LIMIT",
                               "OMP_PLACES",
                               "OMP_PROC_BIND",
                               "OMP_WAIT_POLICY",
                               "GOMP_CPU_AFFINITY",
                               "GOMP_SPINCOUNT",
                               "KMP_AFFINITY",
                               "OPENBLAS_NUM_THREADS",
                               "OCL_ICD_VENDORS",
                               "OCL_ICD_FILENAMES",
                               "OPENCL_LAYERS",
                               "POCL_DEVICES",
                               "POCL_AFFINITY",
                               "POCL_MAX_COMPUTE_UNITS",
                               "RUSTICL_ENABLE",
                               "CUDA_VISIBLE_DEVICES",
                               "NO_COLOR",
                               "ASSAY_DELAY",
                               "ASSAY_PLUGIN_PATH",
                               "ASSAY_TUNING",
                               "ASSAY_OPENBLAS",
                               "ASSAY_OPENCL_DRIVERS",
                               "ASSAY_GUARD_PAGES",
                               "LD_LIBRARY_PATH",
                               "LD_PRELOAD"};

json heeded_variables() {
  json variables = json::object();
  for (const char* name : heeded) {
    if (const char* value = std::getenv(name); value != nullptr) variables[name] = value;
  }
  return variables;
}

// "2024-05-01T12:00:00+02:00"
std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &local);
  std::string result(text.data(), length);
  return result.insert(result.size() - 2, ":");
}

std::string denormals() {
#if defined(__x86_64__)
  const unsigned mode = _mm_getcsr();
  const bool results = (mode & 0x8000U) != 0;
  const bool inputs = (mode & 0x0040U) != 0;
  if (results && inputs) return "flushed (FTZ, DAZ)";
  if (results) return "results flushed (FTZ)";
  return inputs ? "inputs flushed (DAZ)" : "kept";
#elif defined(__aarch64__)
  std::uint64_t mode = 0;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return (mode & (1ULL << 24U)) != 0 ? "flushed (FZ)" : "kept";
#else
  return std::string(not_measurable);
#endif
}

json device_json(const KnownDevice& device) {
  json dtypes = json::array();
  for (const DType dtype : device.info.dtypes) dtypes.push_back(name(dtype));
  json notes = json::object();
  for (const auto& [key, value] : device.info.notes) notes[key] = value;
  const auto text = [](const std::string& value) {
    return value.empty() ? json(not_measurable) : json(value);
  };
  const auto count = [](std::int64_t value) {
    return value == 0 ? json(not_measurable) : json(value);
  };
  return {{"device", device.id()},
          {"backend", device.backend},
          {"name", device.info.name},
          {"vendor", device.info.vendor},
          {"hardware", device.info.hardware},
          {"platform", text(device.info.platform)},
          {"driver", text(device.info.driver)},
          {"isa", text(device.info.isa)},
          {"software", device.info.software},
          {"compute_units", count(device.info.compute_units)},
          {"memory_bytes", count(device.info.memory_bytes)},
          {"cache_bytes", count(device.info.cache_bytes)},
          {"dtypes", std::move(dtypes)},
          {"notes", std::move(notes)}};
}

json devices_json(const Inventory& inventory) {
  json devices = json::array();
  for (const KnownDevice& device : inventory.devices) devices.push_back(device_json(device));
  return devices;
}

json unavailable_json(const Inventory& inventory) {
  json parts = json::array();
  for (const Unavailable& part : inventory.unavailable) {
    parts.push_back({{"backend", part.backend}, {"reason", part.reason}});
  }
  return parts;
}

json build_json() {
  const BuildInfo build = build_info();
  return {{"version", build.version},
          {"source_revision", build.revision.empty() ? "unknown" : build.revision},
          {"kernel_sources_sha256", build.kernel_sources},
          {"compiler", build.compiler},
          {"flags", build.flags},
          {"build_type", build.build_type}};
}

json kernel_json(const std::filesystem::path& root) {
  utsname names{};
  const bool known = ::uname(&names) == 0;
  const auto setting = [&](const char* path) {
    const auto line = first_line(root / path);
    return line ? json(*line) : json(not_measurable);
  };
  return {{"system", known ? json(names.sysname) : json(not_measurable)},
          {"release", known ? json(names.release) : json(not_measurable)},
          {"architecture", known ? json(names.machine) : json(not_measurable)},
          {"transparent_huge_pages", setting("sys/kernel/mm/transparent_hugepage/enabled")},
          {"glibc", gnu_get_libc_version()}};
}

// The keys that Google Benchmark's readers look for; what is unknown is left out there.
void add_google_benchmark_keys(const std::filesystem::path& root, json& context) {
  const json& ours = context["assay"];
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) context["host_name"] = host.data();
  std::error_code code;
  const auto executable = std::filesystem::read_symlink(root / "proc/self/exe", code);
  // Without its folder: where it lay on this machine is nobody else's business.
  if (!code) context["executable"] = executable.filename().string();
  context["date"] = date();
  const json& processor = ours["processor"];
  if (processor["logical_processors"].is_number()) {
    context["num_cpus"] = processor["logical_processors"];
  }
  if (processor["clock_mhz"].is_number()) {
    context["mhz_per_cpu"] = std::llround(processor["clock_mhz"].get<double>());
  }
  if (processor["governor"] != json(not_measurable)) {
    context["cpu_scaling_enabled"] = processor["governor"] != "performance";
  }
  if (const auto aslr = first_line(root / "proc/sys/kernel/randomize_va_space")) {
    context["aslr_enabled"] = *aslr != "0";
  }
  context["caches"] = cache_facts(root);
  const json& load = ours["load"]["load_average"];
  context["load_avg"] = load.is_array() ? load : json::array();
  context["library_version"] = "assay " + std::string(build_info().version);
#ifdef NDEBUG
  context["library_build_type"] = "release";
#else
  context["library_build_type"] = "debug";
#endif
  context["json_schema_version"] = 1;
}

}  // namespace

json environment(const Inventory& inventory, const std::filesystem::path& root) {
  json context = json::object();
  context["assay"] = {{"processor", processor_facts(root)},
                      {"limits", limit_facts(root)},
                      {"load", load_facts(root)},
                      {"kernel", kernel_json(root)},
                      {"denormals", denormals()},
                      {"devices", devices_json(inventory)},
                      {"unavailable", unavailable_json(inventory)},
                      {"build", build_json()},
                      {"variables", heeded_variables()}};
  add_google_benchmark_keys(root, context);
  return writable(std::move(context));
}

json environment(const Inventory& inventory) { return environment(inventory, "/"); }

}  // namespace assay
