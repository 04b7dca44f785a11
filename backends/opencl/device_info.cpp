#include "backends/opencl/device_info.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "backends/hardware.hpp"
#include "backends/host.hpp"
#include "backends/opencl/cuda_cache.hpp"

namespace assay::opencl {
namespace {

// From extensions that older headers lack.
constexpr cl_device_info uuid_khr = 0x106A;
constexpr cl_device_info pci_bus_info_khr = 0x410F;
constexpr cl_device_info pci_bus_id_nv = 0x4008;
constexpr cl_device_info pci_slot_id_nv = 0x4009;
constexpr cl_device_info pci_domain_id_nv = 0x400A;
constexpr cl_device_info compute_capability_major_nv = 0x4000;
constexpr cl_device_info compute_capability_minor_nv = 0x4001;

class Query {
 public:
  Query(const Api& api, cl_device_id device)
      : api_(api), device_(device), extensions_(text(CL_DEVICE_EXTENSIONS)) {}

  template <typename T>
  [[nodiscard]] std::optional<T> value(cl_device_info what) const {
    T result{};
    const cl_int code = api_.clGetDeviceInfo(device_, what, sizeof result, &result, nullptr);
    return code == CL_SUCCESS ? std::optional(result) : std::nullopt;
  }

  [[nodiscard]] std::int64_t number(cl_device_info what) const {
    return static_cast<std::int64_t>(value<cl_ulong>(what).value_or(0));
  }

  [[nodiscard]] std::string text(cl_device_info what) const {
    std::size_t size = 0;
    if (api_.clGetDeviceInfo(device_, what, 0, nullptr, &size) != CL_SUCCESS || size == 0)
      return {};
    std::string result(size, '\0');
    if (api_.clGetDeviceInfo(device_, what, size, result.data(), nullptr) != CL_SUCCESS) return {};
    while (!result.empty() && (result.back() == '\0' || result.back() == ' ')) result.pop_back();
    return result.substr(std::min(result.size(), result.find_first_not_of(' ')));
  }

  [[nodiscard]] bool has(std::string_view extension) const {
    return extensions_.find(extension) != std::string::npos;
  }
  [[nodiscard]] const std::string& extensions() const { return extensions_; }

 private:
  const Api& api_;
  cl_device_id device_;
  std::string extensions_;
};

std::string gpu_identity(const Query& query, const DeviceInfo& info) {
  if (query.has("cl_khr_device_uuid")) {
    const auto uuid = query.value<std::array<unsigned char, 16>>(uuid_khr);
    if (uuid && *uuid != std::array<unsigned char, 16>{}) return gpu_of_uuid(*uuid);
  }
  if (query.has("cl_khr_pci_bus_info")) {
    if (const auto pci = query.value<std::array<cl_uint, 4>>(pci_bus_info_khr)) {
      return gpu_of_pci((*pci)[0], (*pci)[1], (*pci)[2], (*pci)[3]);
    }
  }
  if (query.has("cl_nv_device_attribute_query")) {
    const auto bus = query.value<cl_uint>(pci_bus_id_nv);
    const cl_uint slot = query.value<cl_uint>(pci_slot_id_nv).value_or(0);
    const cl_uint domain = query.value<cl_uint>(pci_domain_id_nv).value_or(0);
    if (bus) return gpu_of_pci(domain, *bus, slot >> 3, slot & 7);
  }
  return "gpu:" + info.vendor + " " + info.name;
}

// NVIDIA's compute capability; the target that PoCL puts at the end of the device's version.
std::string instruction_set(const Query& query) {
  if (query.has("cl_nv_device_attribute_query")) {
    const auto major = query.value<cl_uint>(compute_capability_major_nv);
    const auto minor = query.value<cl_uint>(compute_capability_minor_nv);
    if (major && minor) return "sm_" + std::to_string(*major) + std::to_string(*minor);
  }
  const std::string version = query.text(CL_DEVICE_VERSION);
  const auto target = version.find("HSTR: ");
  return target == std::string::npos ? "" : version.substr(target + 6);
}

bool simulated(const std::string& name) {
  return std::ranges::any_of(std::array{"llvmpipe", "softpipe", "Oclgrind"}, [&](const char* word) {
    return name.find(word) != std::string::npos;
  });
}

void add_notes(const Query& query, const Platform& platform, DeviceInfo& info) {
  const auto add = [&](const char* key, std::string value) {
    if (!value.empty()) info.notes.emplace_back(key, std::move(value));
  };
  if (!platform.registered) {
    add("unregistered driver", platform.source + ", opened directly: no loader knows it");
  } else {
    add("loader", platform.source);
  }
  add("device version", query.text(CL_DEVICE_VERSION));
  add("OpenCL C version", query.text(CL_DEVICE_OPENCL_C_VERSION));
  const auto add_number = [&](const char* key, std::int64_t value) {
    if (value > 0) add(key, std::to_string(value));
  };
  add_number("clock MHz", query.value<cl_uint>(CL_DEVICE_MAX_CLOCK_FREQUENCY).value_or(0));
  add_number("local memory bytes", query.number(CL_DEVICE_LOCAL_MEM_SIZE));
  add_number("work-group size", query.number(CL_DEVICE_MAX_WORK_GROUP_SIZE));
  add_number("native float vector",
             query.value<cl_uint>(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT).value_or(0));
  add("extensions", query.extensions());
}

}  // namespace

std::vector<cl_device_id> devices_of(const Platform& platform) {
  cl_uint count = 0;
  const auto get = platform.api.clGetDeviceIDs;
  if (get(platform.id, CL_DEVICE_TYPE_ALL, 0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices(count);
  if (count == 0 ||
      get(platform.id, CL_DEVICE_TYPE_ALL, count, devices.data(), nullptr) != CL_SUCCESS) {
    return {};
  }
  return devices;
}

DeviceInfo describe(const Platform& platform, cl_device_id device, std::string ordinal) {
  const Query query(platform.api, device);
  DeviceInfo info;
  info.ordinal = std::move(ordinal);
  info.name = query.text(CL_DEVICE_NAME);
  info.vendor = query.text(CL_DEVICE_VENDOR);
  info.platform = platform.name + " " + platform.version;
  info.driver = query.text(CL_DRIVER_VERSION);
  info.isa = instruction_set(query);
  info.software = simulated(info.name);
  info.cpu = (query.value<cl_device_type>(CL_DEVICE_TYPE).value_or(0) & CL_DEVICE_TYPE_CPU) != 0;
  info.compute_units = query.value<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS).value_or(0);
  info.memory_bytes = query.number(CL_DEVICE_GLOBAL_MEM_SIZE);
  info.max_allocation_bytes = query.number(CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  info.cache_bytes = query.number(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
  if (info.cpu || info.software) {
    const DeviceInfo host = host_device_info();
    info.hardware = host.hardware;
    info.memory_bytes = host.memory_bytes;
    info.cache_bytes = std::max(info.cache_bytes, host.cache_bytes);
  } else {
    info.hardware = gpu_identity(query, info);
    if (query.has("cl_nv_device_attribute_query")) {
      const auto uuid = query.value<std::array<unsigned char, 16>>(uuid_khr);
      if (uuid) info.cache_bytes = std::max(info.cache_bytes, cuda_cache_bytes(*uuid));
    }
  }
  info.dtypes = {DType::f32, DType::f16, DType::bf16, DType::s8, DType::u8, DType::s4, DType::u4};
  add_notes(query, platform, info);
  return info;
}

Limits limits_of(const Api& api, cl_device_id device) {
  const Query query(api, device);
  Limits limits;
  limits.local_memory = static_cast<std::size_t>(query.number(CL_DEVICE_LOCAL_MEM_SIZE));
  limits.work_group = static_cast<std::size_t>(query.number(CL_DEVICE_MAX_WORK_GROUP_SIZE));
  const cl_uint width = query.value<cl_uint>(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT).value_or(0);
  limits.vector_width = width >= 16 ? 16 : width >= 8 ? 8 : 4;
  const auto single = query.value<cl_device_fp_config>(CL_DEVICE_SINGLE_FP_CONFIG).value_or(0);
  limits.fma = (single & CL_FP_FMA) != 0;
  return limits;
}

}  // namespace assay::opencl
