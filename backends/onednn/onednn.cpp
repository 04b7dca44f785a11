#include "backends/onednn/onednn.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "backends/onednn/module.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace onednn {
namespace {

Error loader_error() {
  const char* const text = dlerror();
  return {Error::Kind::device, text != nullptr ? text : "unknown error of the dynamic loader"};
}

}  // namespace

std::unique_ptr<Backend> load_module(const std::filesystem::path& directory) {
  for (const char* place : {".", "../lib/assay", "../../lib/assay"}) {
    const std::filesystem::path file = directory / place / module_file;
    if (std::error_code failed; !std::filesystem::exists(file, failed)) continue;
    void* const module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) throw loader_error();
    const auto make = reinterpret_cast<MakeBackend*>(dlsym(module, module_entry));
    if (make == nullptr) throw loader_error();
    return std::unique_ptr<Backend>(make());
  }
  throw Error(Error::Kind::device,
              std::string(module_file) +
                  " is neither beside the program nor in ../lib/assay: this build has no oneDNN");
}

}  // namespace onednn

namespace {

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
    if (!module_) {
      std::error_code failed;
      module_ = onednn::load_module(
          std::filesystem::read_symlink("/proc/self/exe", failed).parent_path());
    }
    return *module_;
  }

  std::unique_ptr<Backend> module_;
};

}  // namespace

std::unique_ptr<Backend> make_onednn() { return std::make_unique<OnednnBackend>(); }

}  // namespace assay
