#include "backends/onednn/onednn.hpp"

#include <filesystem>

#include "backends/onednn/module.hpp"
#include "backends/plugin/host.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace onednn {

std::unique_ptr<Backend> load_module(const std::filesystem::path& directory) {
  for (const char* place : {".", "../lib/assay", "../../lib/assay"}) {
    const std::filesystem::path file = directory / place / module_file;
    if (std::error_code failed; !std::filesystem::exists(file, failed)) continue;
    return plugin::load_plugin(file).backend;
  }
  throw Error(Error::Kind::device,
              std::string("its module ") + module_file +
                  " is missing: it is neither beside the program nor in ../lib/assay (a build "
                  "without oneDNN makes none)");
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
