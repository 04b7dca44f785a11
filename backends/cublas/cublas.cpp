#include "backends/cublas/cublas.hpp"

#include <optional>

#include "backends/cublas/backend.hpp"
#include "backends/cublas/device.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace cublas {
namespace {

class CublasBackend final : public Backend {
 public:
  explicit CublasBackend(Search search) : search_(std::move(search)) {}

  [[nodiscard]] std::string_view name() const override { return "cublas"; }

  Enumeration enumerate(std::string_view) override {
    if (!libraries().failure.empty()) return {{}, {libraries().failure}};
    Enumeration enumeration;
    try {
      const int count = device_count();
      for (int i = 0; i < count; ++i) {
        enumeration.devices.push_back(describe(libraries(), device(i), i));
      }
      if (count == 0) enumeration.unavailable.emplace_back("no NVIDIA GPU");
    } catch (const Error& error) {
      enumeration.unavailable.emplace_back(error.what());
    }
    return enumeration;
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (!libraries().failure.empty()) throw Error(Error::Kind::device, libraries().failure);
    const int count = device_count();
    for (int i = 0; i < count; ++i) {
      if (std::to_string(i) == ordinal) return make_device(libraries(), device(i), i);
    }
    throw usage_error("no cublas device '" + std::string(ordinal) + "', there are " +
                      std::to_string(count));
  }

 private:
  const Libraries& libraries() {
    if (!libraries_) libraries_ = open_libraries(search_);
    return *libraries_;
  }

  int device_count() {
    int count = 0;
    check(libraries().driver, libraries().driver.device_count(&count), "cuDeviceGetCount");
    return count;
  }

  CUdevice device(int ordinal) {
    CUdevice found = 0;
    check(libraries().driver, libraries().driver.device(&found, ordinal), "cuDeviceGet");
    return found;
  }

  Search search_;
  std::optional<Libraries> libraries_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const Search& search) {
  return std::make_unique<CublasBackend>(search);
}

}  // namespace cublas

std::unique_ptr<Backend> make_cublas() { return cublas::make_backend(cublas::usual_libraries()); }

}  // namespace assay
