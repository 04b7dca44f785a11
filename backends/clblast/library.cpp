#include "backends/clblast/library.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "backends/opencl/errors.hpp"
#include "kernels/error.hpp"

namespace assay::clblast {
namespace {

// "libclblast.so.1.5.3" -> "1.5.3": the library has no function that tells.
std::string version_in(const void* function) {
  Dl_info info{};
  if (dladdr(function, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  const std::string file = std::filesystem::canonical(info.dli_fname, failed).filename().string();
  const auto end = file.find(".so.");
  return failed || end == std::string::npos ? "" : file.substr(end + 4);
}

}  // namespace

Library open_library(const char* file) {
  Library library;
  void* const handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    library.failure = std::string("no CLBlast: ") + dlerror();
    return library;
  }
  const auto take = [&]<typename F>(const char* name, F& function) {
    function = reinterpret_cast<F>(dlsym(handle, name));
    if (function == nullptr && library.failure.empty()) {
      library.failure = std::string("no CLBlast: ") + file + " lacks " + name;
    }
  };
  take("CLBlastSgemmWithTempBuffer", library.sgemm);
  take("CLBlastHgemmWithTempBuffer", library.hgemm);
  take("CLBlastSGemmTempBufferSize", library.sgemm_temp_size);
  take("CLBlastHGemmTempBufferSize", library.hgemm_temp_size);
  take("CLBlastSgemmStridedBatched", library.sgemm_batched);
  take("CLBlastHgemmStridedBatched", library.hgemm_batched);
  take("CLBlastSgemv", library.sgemv);
  take("CLBlastHgemv", library.hgemv);
  if (library.failure.empty()) {
    library.version = version_in(reinterpret_cast<const void*>(library.sgemm));
  }
  return library;
}

const Library& library() {
  static const Library opened = open_library("libclblast.so.1");
  return opened;
}

void check(CLBlastStatusCode code, std::string_view function) {
  if (code == CLBlastSuccess) return;
  // Up to CL_INVALID_… these are OpenCL's own codes.
  if (code > -1000) return opencl::check(static_cast<cl_int>(code), function);
  throw Error(Error::Kind::device, "CLBlast's status " + std::to_string(static_cast<int>(code)) +
                                       " in " + std::string(function));
}

}  // namespace assay::clblast
