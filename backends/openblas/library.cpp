#include "backends/openblas/library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "kernels/error.hpp"

namespace assay::openblas {
namespace {

std::vector<std::string> candidates() {
  if (const char* const chosen = std::getenv("ASSAY_OPENBLAS")) return {chosen};
#ifdef __APPLE__
  return {"libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"};
#else
  return {"libopenblas.so.0", "libopenblas.so"};
#endif
}

template <typename Function>
void look_up(void* handle, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(handle, name));
  if (function == nullptr) {
    throw Error(Error::Kind::device, std::string("OpenBLAS has no ") + name);
  }
}

}  // namespace

// Stays loaded: its threads may outlive us.
void Library::Close::operator()(void*) const {}

Library::Library() {
  std::string tried;
  for (const std::string& name : candidates()) {
    handle_.reset(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (handle_) break;
    tried += (tried.empty() ? "" : ", ") + name;
  }
  if (!handle_) throw Error(Error::Kind::device, "no OpenBLAS: can't open " + tried);
  look_up(handle_.get(), "cblas_sgemm", sgemm);
  look_up(handle_.get(), "cblas_sgemv", sgemv);
  look_up(handle_.get(), "openblas_get_config", get_config);
  look_up(handle_.get(), "openblas_get_corename", get_corename);
  look_up(handle_.get(), "openblas_get_num_threads", get_num_threads);
}

}  // namespace assay::openblas
