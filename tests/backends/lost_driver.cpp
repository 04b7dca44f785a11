// A driver that loses its device midway: PoCL, but that after a number of kernels every call on a queue fails for the
// rest of the process, as NVIDIA's driver does after a fault. Opened by ASSAY_OPENCL_DRIVERS.
//   ASSAY_TEST_DRIVER      PoCL's library
//   ASSAY_TEST_LOSE_AFTER  kernels until the loss
//   ASSAY_TEST_LOSE_ONCE   a file that the first process to lose its device makes; others then keep theirs. Unset:
//                          every process loses its device
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl_icd.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace {

using Dispatch = cl_icd_dispatch;

struct PlatformObject {
  const Dispatch* dispatch;
};

const Dispatch* real = nullptr;
Dispatch table;
std::atomic<long> kernels = 0;
std::atomic<bool> lost = false;

void lose_if_due() {
  const char* after = std::getenv("ASSAY_TEST_LOSE_AFTER");
  if (lost || after == nullptr || ++kernels <= std::atol(after)) return;
  if (const char* once = std::getenv("ASSAY_TEST_LOSE_ONCE")) {
    const int file = open(once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    close(file);
  }
  lost = true;
}

cl_int CL_API_CALL enqueue_kernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                  const std::size_t* offset, const std::size_t* global,
                                  const std::size_t* local, cl_uint waits,
                                  const cl_event* wait_list, cl_event* event) {
  lose_if_due();
  if (lost) return CL_OUT_OF_RESOURCES;
  return real->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, waits,
                                      wait_list, event);
}

cl_int CL_API_CALL finish(cl_command_queue queue) {
  return lost ? CL_OUT_OF_RESOURCES : real->clFinish(queue);
}

cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                               std::size_t offset, std::size_t size, void* to, cl_uint waits,
                               const cl_event* wait_list, cl_event* event) {
  if (lost) return CL_OUT_OF_RESOURCES;
  return real->clEnqueueReadBuffer(queue, buffer, blocking, offset, size, to, waits, wait_list,
                                   event);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) cl_int CL_API_CALL
clIcdGetPlatformIDsKHR(cl_uint count, cl_platform_id* platforms, cl_uint* found) {
  const char* file = std::getenv("ASSAY_TEST_DRIVER");
  void* library = file == nullptr ? nullptr : dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return CL_INVALID_VALUE;
  using GetAddress = void* (*)(const char*);
  const auto address =
      reinterpret_cast<GetAddress>(dlsym(library, "clGetExtensionFunctionAddress"));
  if (address == nullptr) return CL_INVALID_VALUE;
  const auto get =
      reinterpret_cast<decltype(&clIcdGetPlatformIDsKHR)>(address("clIcdGetPlatformIDsKHR"));
  cl_platform_id platform = nullptr;
  if (get == nullptr || get(1, &platform, nullptr) != CL_SUCCESS) return CL_INVALID_VALUE;
  auto* object = reinterpret_cast<PlatformObject*>(platform);
  if (real == nullptr) {
    real = object->dispatch;
    table = *real;
    table.clEnqueueNDRangeKernel = enqueue_kernel;
    table.clFinish = finish;
    table.clEnqueueReadBuffer = read_buffer;
    object->dispatch = &table;
  }
  if (found != nullptr) *found = 1;
  if (platforms != nullptr && count > 0) platforms[0] = platform;
  return CL_SUCCESS;
}
