#include "backends/cublas/libraries.hpp"

#include <dlfcn.h>

#include "kernels/error.hpp"

namespace assay::cublas {
namespace {

struct Opened {
  void* handle = nullptr;
  std::string file;
  std::string failure;
};

Opened open_first(const std::vector<std::string>& files) {
  Opened opened;
  for (const std::string& file : files) {
    opened.handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (opened.handle != nullptr) {
      opened.file = file;
      return opened;
    }
    if (opened.failure.empty()) opened.failure = dlerror();
  }
  return opened;
}

// The symbols that the headers' macros stand for: those with _v2 replaced older ones.
void take_driver(const Opened& library, Driver& driver, std::string& failure) {
  const auto take = [&]<typename F>(const char* name, F& function) {
    function = reinterpret_cast<F>(dlsym(library.handle, name));
    if (function == nullptr && failure.empty()) failure = library.file + " lacks " + name;
  };
  take("cuInit", driver.init);
  take("cuDriverGetVersion", driver.version);
  take("cuGetErrorName", driver.error_name);
  take("cuDeviceGetCount", driver.device_count);
  take("cuDeviceGet", driver.device);
  take("cuDeviceGetName", driver.device_name);
  take("cuDeviceGetUuid_v2", driver.device_uuid);
  take("cuDeviceGetAttribute", driver.device_attribute);
  take("cuDeviceTotalMem_v2", driver.device_memory);
  take("cuDevicePrimaryCtxRetain", driver.retain_context);
  take("cuDevicePrimaryCtxRelease_v2", driver.release_context);
  take("cuCtxSetCurrent", driver.set_context);
  take("cuMemAlloc_v2", driver.allocate);
  take("cuMemFree_v2", driver.free);
  take("cuMemcpyHtoD_v2", driver.copy_in);
  take("cuMemcpyDtoH_v2", driver.copy_out);
  take("cuStreamCreate", driver.create_stream);
  take("cuStreamDestroy_v2", driver.destroy_stream);
  take("cuStreamSynchronize", driver.synchronize);
  take("cuEventCreate", driver.create_event);
  take("cuEventDestroy_v2", driver.destroy_event);
  take("cuEventRecord", driver.record_event);
  take("cuEventElapsedTime", driver.elapsed_time);
  take("cuModuleLoadData", driver.load_module);
  take("cuModuleUnload", driver.unload_module);
  take("cuModuleGetFunction", driver.function);
  take("cuLaunchKernel", driver.launch);
}

void take_lt(const Opened& library, Lt& lt, std::string& failure) {
  const auto take = [&]<typename F>(const char* name, F& function) {
    function = reinterpret_cast<F>(dlsym(library.handle, name));
    if (function == nullptr && failure.empty()) failure = library.file + " lacks " + name;
  };
  take("cublasLtGetVersion", lt.version);
  take("cublasLtGetStatusName", lt.status_name);
  take("cublasLtCreate", lt.create);
  take("cublasLtDestroy", lt.destroy);
  take("cublasLtMatmulDescCreate", lt.create_operation);
  take("cublasLtMatmulDescDestroy", lt.destroy_operation);
  take("cublasLtMatmulDescSetAttribute", lt.set_operation);
  take("cublasLtMatrixLayoutCreate", lt.create_layout);
  take("cublasLtMatrixLayoutDestroy", lt.destroy_layout);
  take("cublasLtMatrixLayoutSetAttribute", lt.set_layout);
  take("cublasLtMatmulPreferenceCreate", lt.create_preference);
  take("cublasLtMatmulPreferenceDestroy", lt.destroy_preference);
  take("cublasLtMatmulPreferenceSetAttribute", lt.set_preference);
  take("cublasLtMatmulAlgoGetHeuristic", lt.heuristic);
  take("cublasLtMatmulAlgoConfigGetAttribute", lt.algorithm_attribute);
  take("cublasLtMatmul", lt.matmul);
}

std::string name_of(const Driver& driver, CUresult status) {
  const char* name = nullptr;
  if (driver.error_name(status, &name) != CUDA_SUCCESS || name == nullptr) name = "CUDA error";
  return std::string(name) + " (" + std::to_string(static_cast<int>(status)) + ")";
}

}  // namespace

Search usual_libraries() {
  Search search;
  search.driver = {"libcuda.so.1"};
  // The version whose headers we were compiled with, then others that keep its interface.
  search.lt = {"libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR), "libcublasLt.so.13",
               "libcublasLt.so.12"};
  for (const char* folder : {"/usr/local/cuda/lib64/", "/opt/cuda/lib64/"}) {
    search.lt.push_back(std::string(folder) + "libcublasLt.so.13");
    search.lt.push_back(std::string(folder) + "libcublasLt.so.12");
  }
  return search;
}

Libraries open_libraries(const Search& search) {
  Libraries libraries;
  const Opened driver = open_first(search.driver);
  if (driver.handle == nullptr) {
    libraries.failure = "no NVIDIA driver: " + driver.failure;
    return libraries;
  }
  take_driver(driver, libraries.driver, libraries.failure);
  if (!libraries.failure.empty()) {
    libraries.failure = "the NVIDIA driver is too old: " + libraries.failure;
    return libraries;
  }
  if (const CUresult status = libraries.driver.init(0); status != CUDA_SUCCESS) {
    libraries.failure = "no NVIDIA GPU: " + name_of(libraries.driver, status) + " in cuInit";
    return libraries;
  }
  const Opened lt = open_first(search.lt);
  if (lt.handle == nullptr) {
    libraries.failure = "no cuBLASLt: " + lt.failure;
    return libraries;
  }
  take_lt(lt, libraries.lt, libraries.failure);
  return libraries;
}

void check(const Driver& driver, CUresult status, std::string_view function) {
  if (status == CUDA_SUCCESS) return;
  throw Error(status == CUDA_ERROR_OUT_OF_MEMORY ? Error::Kind::memory : Error::Kind::device,
              name_of(driver, status) + " in " + std::string(function));
}

void check(const Lt& lt, cublasStatus_t status, std::string_view function) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(Error::Kind::device,
              std::string(lt.status_name(status)) + " in " + std::string(function));
}

}  // namespace assay::cublas
