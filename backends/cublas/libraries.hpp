// CUDA's driver and cuBLASLt, opened at run time: their functions by their names without prefix.
#pragma once

#include <cublasLt.h>
#include <cuda.h>

#include <string>
#include <string_view>
#include <vector>

namespace assay::cublas {

struct Driver {
  decltype(&::cuInit) init;
  decltype(&::cuDriverGetVersion) version;
  decltype(&::cuGetErrorName) error_name;
  decltype(&::cuDeviceGetCount) device_count;
  decltype(&::cuDeviceGet) device;
  decltype(&::cuDeviceGetName) device_name;
  decltype(&::cuDeviceGetUuid) device_uuid;
  decltype(&::cuDeviceGetAttribute) device_attribute;
  decltype(&::cuDeviceTotalMem) device_memory;
  decltype(&::cuDevicePrimaryCtxRetain) retain_context;
  decltype(&::cuDevicePrimaryCtxRelease) release_context;
  decltype(&::cuCtxSetCurrent) set_context;
  decltype(&::cuMemAlloc) allocate;
  decltype(&::cuMemFree) free;
  decltype(&::cuMemcpyHtoD) copy_in;
  decltype(&::cuMemcpyDtoH) copy_out;
  decltype(&::cuStreamCreate) create_stream;
  decltype(&::cuStreamDestroy) destroy_stream;
  decltype(&::cuStreamSynchronize) synchronize;
  decltype(&::cuEventCreate) create_event;
  decltype(&::cuEventDestroy) destroy_event;
  decltype(&::cuEventRecord) record_event;
  decltype(&::cuEventElapsedTime) elapsed_time;
  decltype(&::cuModuleLoadData) load_module;
  decltype(&::cuModuleUnload) unload_module;
  decltype(&::cuModuleGetFunction) function;
  decltype(&::cuLaunchKernel) launch;
};

struct Lt {
  decltype(&::cublasLtGetVersion) version;
  decltype(&::cublasLtGetStatusName) status_name;
  decltype(&::cublasLtCreate) create;
  decltype(&::cublasLtDestroy) destroy;
  decltype(&::cublasLtMatmulDescCreate) create_operation;
  decltype(&::cublasLtMatmulDescDestroy) destroy_operation;
  decltype(&::cublasLtMatmulDescSetAttribute) set_operation;
  decltype(&::cublasLtMatrixLayoutCreate) create_layout;
  decltype(&::cublasLtMatrixLayoutDestroy) destroy_layout;
  decltype(&::cublasLtMatrixLayoutSetAttribute) set_layout;
  decltype(&::cublasLtMatmulPreferenceCreate) create_preference;
  decltype(&::cublasLtMatmulPreferenceDestroy) destroy_preference;
  decltype(&::cublasLtMatmulPreferenceSetAttribute) set_preference;
  decltype(&::cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&::cublasLtMatmulAlgoConfigGetAttribute) algorithm_attribute;
  decltype(&::cublasLtMatmul) matmul;
};

// What dlopen takes, the first that opens.
struct Search {
  std::vector<std::string> driver, lt;
};
[[nodiscard]] Search usual_libraries();

struct Libraries {
  std::string failure;  // why they can't be used; then nothing else is valid
  Driver driver{};
  Lt lt{};
};

// Opens both and starts the driver. Never closed: their threads outlive everything of ours.
[[nodiscard]] Libraries open_libraries(const Search& search);

// Throw an Error with the library's own name of the status unless it is success.
void check(const Driver& driver, CUresult status, std::string_view function);
void check(const Lt& lt, cublasStatus_t status, std::string_view function);

}  // namespace assay::cublas
