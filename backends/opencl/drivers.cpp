#include "backends/opencl/drivers.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace assay::opencl {
namespace {

using GetAddress = void* (*)(const char*);
// The headers' own name for this type differs between their versions.
using GetPlatformIds = decltype(&clGetPlatformIDs);

// The table that the first member of every object of an ICD points to (cl_khr_icd).
struct IcdObject {
  const Api* dispatch;
};

GetPlatformIds platform_getter(void* library) {
  if (const auto get =
          reinterpret_cast<GetAddress>(dlsym(library, "clGetExtensionFunctionAddress"))) {
    if (void* found = get("clIcdGetPlatformIDsKHR")) {
      return reinterpret_cast<GetPlatformIds>(found);
    }
  }
  return reinterpret_cast<GetPlatformIds>(dlsym(library, "clIcdGetPlatformIDsKHR"));
}

// Adds the driver's platforms unless they are `known`: a loader hands out the drivers' own objects.
// Returns what went wrong, if anything did.
std::string add_platforms(const std::string& file, std::vector<cl_platform_id>& known,
                          std::vector<Platform>& platforms) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return dlerror();
  const auto get_platforms = platform_getter(library);
  if (get_platforms == nullptr) return file + ": not an OpenCL driver";
  cl_uint count = 0;
  if (get_platforms(0, nullptr, &count) != CL_SUCCESS || count == 0) return file + ": no platform";
  std::vector<cl_platform_id> ids(count);
  if (get_platforms(count, ids.data(), nullptr) != CL_SUCCESS) return file + ": no platform";
  for (cl_platform_id id : ids) {
    if (std::ranges::find(known, id) != known.end()) continue;
    known.push_back(id);
    Platform platform;
    platform.api = functions_of(*reinterpret_cast<const IcdObject*>(id)->dispatch);
    platform.id = id;
    platform.source = file;
    platform.registered = false;
    platforms.push_back(platform);
  }
  return {};
}

// The files of registered vendors, where the loaders look for them.
std::vector<std::filesystem::path> vendor_files() {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  if (const char* named = std::getenv("OCL_ICD_FILENAMES"); named != nullptr && *named != '\0') {
    std::istringstream stream(named);
    for (std::string file; std::getline(stream, file, ':');) files.emplace_back(file);
  }
  const fs::path folder = vendor_folder();
  std::error_code ignored;
  if (fs::is_regular_file(folder, ignored)) files.push_back(folder);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    files.push_back(entry.path());
  }
  std::erase_if(files, [](const fs::path& file) { return file.extension() != ".icd"; });
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string vendor_folder() {
  const char* place = std::getenv("OCL_ICD_VENDORS");
  return place == nullptr || *place == '\0' ? "/etc/OpenCL/vendors" : place;
}

std::vector<std::string> broken_vendors() {
  std::vector<std::string> faults;
  for (const std::filesystem::path& file : vendor_files()) {
    std::ifstream stream(file);
    std::string library;
    std::getline(stream, library);
    while (!library.empty() && (library.back() == '\r' || library.back() == ' '))
      library.pop_back();
    if (library.empty() || dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL) != nullptr) continue;
    const char* const reason = dlerror();
    faults.push_back("vendor " + file.string() + ": " + (reason == nullptr ? library : reason));
  }
  return faults;
}

std::vector<std::string> usual_drivers() {
  std::vector<std::string> files = {"libnvidia-opencl.so.1", "libamdocl64.so", "libigdrcl.so"};
  for (const char* file :
       {"/usr/local/nvidia/lib64/libnvidia-opencl.so.1",
        "/usr/local/nvidia/lib/libnvidia-opencl.so.1", "/usr/lib/wsl/lib/libnvidia-opencl.so.1",
        "/opt/rocm/lib/libamdocl64.so", "/opt/rocm/opencl/lib/libamdocl64.so",
        "/opt/amdgpu-pro/lib/x86_64-linux-gnu/libamdocl64.so",
        "/usr/lib/x86_64-linux-gnu/intel-opencl/libigdrcl.so",
        "/usr/lib64/intel-opencl/libigdrcl.so", "/usr/local/lib/intel-opencl/libigdrcl.so"}) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) files.emplace_back(file);
  }
  return files;
}

std::vector<std::string> asked_drivers() {
  std::vector<std::string> files;
  const char* listed = std::getenv("ASSAY_OPENCL_DRIVERS");
  std::istringstream stream(listed == nullptr ? "" : listed);
  for (std::string file; std::getline(stream, file, ':');) {
    if (!file.empty()) files.push_back(file);
  }
  return files;
}

std::vector<Platform> open_drivers(const Search& search, const std::vector<Platform>& registered,
                                   std::vector<std::string>& unavailable) {
  std::vector<cl_platform_id> known;
  for (const Platform& platform : registered) known.push_back(platform.id);
  std::vector<Platform> platforms;
  for (const std::string& file : search.asked) {
    const std::string failure = add_platforms(file, known, platforms);
    if (!failure.empty()) unavailable.push_back("ASSAY_OPENCL_DRIVERS: " + failure);
  }
  for (const std::string& file : search.drivers) add_platforms(file, known, platforms);
  return platforms;
}

}  // namespace assay::opencl
