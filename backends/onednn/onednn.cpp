#include "backends/onednn/onednn.hpp"

#include <dlfcn.h>

#include <array>
#include <filesystem>

#include "backends/onednn/module.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

std::string dl_error() {
  const char* text = dlerror();
  return text != nullptr ? text : "unknown error of the dynamic loader";
}

// Loads the module and makes its backend; `Error` with the loader's words where that fails. The
// module is never unloaded: the threads of its OpenMP runtime outlive every Backend.
std::unique_ptr<Backend> load_module() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path directory = fs::read_symlink("/proc/self/exe", failed).parent_path();
  const std::array<fs::path, 3> places = {directory, directory / "../lib/assay",
                                          directory / "../../lib/assay"};
  for (const fs::path& place : places) {
    const fs::path file = place / onednn::module_file;
    if (!fs::exists(file, failed)) continue;
    void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) throw Error(Error::Kind::device, dl_error());
    const auto make = reinterpret_cast<onednn::MakeBackend*>(dlsym(module, onednn::module_entry));
    if (make == nullptr) throw Error(Error::Kind::device, dl_error());
    return std::unique_ptr<Backend>(make());
  }
  throw Error(Error::Kind::device, std::string(onednn::module_file) +
                                       " is neither beside the program nor in ../lib/assay: built "
                                       "without oneDNN 3.7 or later");
}

class OnednnBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "onednn"; }
  Enumeration enumerate(std::string_view part) override {
    try {
      return module().enumerate(part);
    } catch (const Error& error) {
      return {{}, {error.what()}};
    }
  }
  std::unique_ptr<Device> open(std::string_view ordinal) override { return module().open(ordinal); }

 private:
  Backend& module() {
    if (!module_) module_ = load_module();
    return *module_;
  }

  std::unique_ptr<Backend> module_;
};

}  // namespace

std::unique_ptr<Backend> make_onednn() { return std::make_unique<OnednnBackend>(); }

}  // namespace assay
