#include "backends/opencl/cuda_cache.hpp"

#include <dlfcn.h>

namespace assay::opencl {
namespace {

// CUDA's driver as its ABI is, since its headers needn't be here.
constexpr int second_level_cache_size = 38;  // CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
using Uuid = std::array<unsigned char, 16>;

template <typename Function>
Function function(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

std::int64_t cuda_cache_bytes(const Uuid& uuid, const char* file) {
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return 0;
  const auto init = function<int (*)(unsigned)>(library, "cuInit");
  const auto count = function<int (*)(int*)>(library, "cuDeviceGetCount");
  const auto device = function<int (*)(int*, int)>(library, "cuDeviceGet");
  const auto uuid_of = function<int (*)(Uuid*, int)>(library, "cuDeviceGetUuid_v2");
  const auto attribute = function<int (*)(int*, int, int)>(library, "cuDeviceGetAttribute");
  int devices = 0;
  if (init == nullptr || count == nullptr || device == nullptr || uuid_of == nullptr ||
      attribute == nullptr || init(0) != 0 || count(&devices) != 0) {
    return 0;
  }
  for (int i = 0; i < devices; ++i) {
    int handle = 0;
    Uuid found{};
    int bytes = 0;
    if (device(&handle, i) != 0 || uuid_of(&found, handle) != 0 || found != uuid) continue;
    if (attribute(&bytes, second_level_cache_size, handle) == 0) return bytes;
  }
  return 0;
}

}  // namespace assay::opencl
