#include "backends/opencl/loader.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <utility>

#include "backends/opencl/drivers.hpp"
#include "backends/opencl/errors.hpp"

namespace assay::opencl {
namespace {

// The functions that we use, all of them in OpenCL 1.2, with the names that a loader exports.
template <typename Visit>
void for_each_function(Visit&& visit) {
  visit("clGetPlatformIDs", &Api::clGetPlatformIDs);
  visit("clGetPlatformInfo", &Api::clGetPlatformInfo);
  visit("clGetDeviceIDs", &Api::clGetDeviceIDs);
  visit("clGetDeviceInfo", &Api::clGetDeviceInfo);
  visit("clCreateContext", &Api::clCreateContext);
  visit("clReleaseContext", &Api::clReleaseContext);
  visit("clCreateCommandQueue", &Api::clCreateCommandQueue);
  visit("clReleaseCommandQueue", &Api::clReleaseCommandQueue);
  visit("clCreateBuffer", &Api::clCreateBuffer);
  visit("clReleaseMemObject", &Api::clReleaseMemObject);
  visit("clSetMemObjectDestructorCallback", &Api::clSetMemObjectDestructorCallback);
  visit("clCreateProgramWithSource", &Api::clCreateProgramWithSource);
  visit("clCreateProgramWithBinary", &Api::clCreateProgramWithBinary);
  visit("clReleaseProgram", &Api::clReleaseProgram);
  visit("clBuildProgram", &Api::clBuildProgram);
  visit("clGetProgramInfo", &Api::clGetProgramInfo);
  visit("clGetProgramBuildInfo", &Api::clGetProgramBuildInfo);
  visit("clCreateKernel", &Api::clCreateKernel);
  visit("clReleaseKernel", &Api::clReleaseKernel);
  visit("clSetKernelArg", &Api::clSetKernelArg);
  visit("clReleaseEvent", &Api::clReleaseEvent);
  visit("clGetEventProfilingInfo", &Api::clGetEventProfilingInfo);
  visit("clEnqueueFillBuffer", &Api::clEnqueueFillBuffer);
  visit("clFlush", &Api::clFlush);
  visit("clFinish", &Api::clFinish);
  visit("clEnqueueReadBuffer", &Api::clEnqueueReadBuffer);
  visit("clEnqueueWriteBuffer", &Api::clEnqueueWriteBuffer);
  visit("clEnqueueNDRangeKernel", &Api::clEnqueueNDRangeKernel);
}

std::string text_of(const Platform& platform, cl_platform_info what) {
  std::size_t size = 0;
  const auto get = platform.api.clGetPlatformInfo;
  if (get(platform.id, what, 0, nullptr, &size) != CL_SUCCESS || size == 0) return {};
  std::string text(size, '\0');
  if (get(platform.id, what, size, text.data(), nullptr) != CL_SUCCESS) return {};
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string no_vendor() { return "no OpenCL platform: no vendor registered in " + vendor_folder(); }

struct Loader {
  void* library = nullptr;
  std::string file;
  std::string failure;
};

Loader open_loader(const std::vector<std::string>& files) {
  Loader loader;
  for (const std::string& file : files) {
    loader.library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (loader.library != nullptr) {
      loader.file = file;
      return loader;
    }
    if (loader.failure.empty()) loader.failure = std::string("no OpenCL loader: ") + dlerror();
  }
  return loader;
}

std::vector<Platform> platforms_of(const Loader& loader, std::string& failure) {
  Platform platform;
  platform.api = {};
  platform.source = loader.file;
  for_each_function([&](const char* name, auto member) {
    void* function = dlsym(loader.library, name);
    if (function == nullptr) failure = "no OpenCL platform: " + loader.file + " lacks " + name;
    platform.api.*member =
        reinterpret_cast<std::remove_reference_t<decltype(platform.api.*member)>>(function);
  });
  if (!failure.empty()) return {};
  cl_uint count = 0;
  const cl_int code = platform.api.clGetPlatformIDs(0, nullptr, &count);
  if (code == -1001 || (code == CL_SUCCESS && count == 0)) {
    failure = no_vendor();
    return {};
  }
  std::vector<cl_platform_id> ids(count);
  const cl_int status =
      code == CL_SUCCESS ? platform.api.clGetPlatformIDs(count, ids.data(), nullptr) : code;
  if (status != CL_SUCCESS) {
    failure = "no OpenCL platform: " + error_name(status) + " in clGetPlatformIDs";
    return {};
  }
  std::vector<Platform> platforms(ids.size(), platform);
  for (std::size_t i = 0; i < ids.size(); ++i) platforms[i].id = ids[i];
  return platforms;
}

}  // namespace

Api functions_of(const Api& dispatch) {
  Api api{};
  for_each_function([&](const char*, auto member) { api.*member = dispatch.*member; });
  return api;
}

Search usual_places() {
  Search search;
  search.loaders = {"libOpenCL.so.1", "libOpenCL.so"};
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const auto bundled = self.parent_path().parent_path() / "lib" / "libOpenCL.so.1";
    search.loaders.push_back(bundled.string());
  }
  search.drivers = usual_drivers();
  search.asked = asked_drivers();
  return search;
}

Platforms find_platforms(const Search& search) {
  Platforms platforms;
  const Loader loader = open_loader(search.loaders);
  std::string failure = loader.failure;
  if (loader.library != nullptr) {
    failure.clear();
    platforms.found = platforms_of(loader, failure);
    platforms.unavailable = broken_vendors();
    // With a reason of its own, "no vendor" would be wrong.
    if (!platforms.unavailable.empty() && failure == no_vendor()) failure.clear();
  }
  for (Platform& platform : open_drivers(search, platforms.found, platforms.unavailable)) {
    platforms.found.push_back(std::move(platform));
  }
  if (platforms.found.empty() && !failure.empty()) {
    platforms.unavailable.insert(platforms.unavailable.begin(), failure);
  }
  for (Platform& platform : platforms.found) {
    platform.name = text_of(platform, CL_PLATFORM_NAME);
    platform.version = text_of(platform, CL_PLATFORM_VERSION);
  }
  return platforms;
}

}  // namespace assay::opencl
