#include "backends/clblast/clblast.hpp"

#include "backends/clblast/library.hpp"
#include "backends/clblast/matmul.hpp"
#include "backends/opencl/devices.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace clblast {
namespace {

class ClblastDevice final : public opencl::SessionDevice {
 public:
  ClblastDevice(const opencl::DeviceList::Found& found, std::string ordinal)
      : SessionDevice(found, std::move(ordinal)), info_(describe(SessionDevice::info())) {}

  // An OpenCL device as CLBlast's.
  static DeviceInfo describe(DeviceInfo info) {
    info.platform = (library().version.empty() ? "CLBlast" : "CLBlast " + library().version) +
                    " on " + info.platform;
    info.dtypes = {DType::f32};
    if (has_half(info)) info.dtypes.push_back(DType::f16);
    return info;
  }

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel != "matmul") return Support::no("CLBlast has no " + problem.kernel);
    if (!variant.empty()) {
      return Support::no("unknown variant '" + std::string(variant) + "': clblast has none");
    }
    return supports_matmul(session(), problem);
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, "unsupported: " + support.reason);
    }
    return prepare_matmul(session(), problem);
  }

  std::unique_ptr<Queue> queue() override { return make_clblast_queue(session()); }

 private:
  DeviceInfo info_;
};

class ClblastBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "clblast"; }

  std::vector<std::string> parts() override {
    if (!library().failure.empty()) return {""};
    return devices_.parts();
  }

  Enumeration enumerate(std::string_view part) override {
    if (!library().failure.empty()) return {{}, {library().failure}};
    Enumeration enumeration = devices_.enumerate(part);
    for (DeviceInfo& info : enumeration.devices) info = ClblastDevice::describe(std::move(info));
    return enumeration;
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (!library().failure.empty()) throw Error(Error::Kind::device, library().failure);
    return std::make_unique<ClblastDevice>(devices_.find(ordinal), std::string(ordinal));
  }

 private:
  opencl::DeviceList devices_;
};

}  // namespace
}  // namespace clblast

std::unique_ptr<Backend> make_clblast() { return std::make_unique<clblast::ClblastBackend>(); }

}  // namespace assay
