#include "backends/onednn/device.hpp"

#include <array>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/host.hpp"
#include "backends/onednn/alu.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul.hpp"
#include "backends/onednn/stream.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay::onednn {
namespace {

// What this backend has of one kernel.
struct Implementation {
  std::string_view kernel;
  Support (*supports)(const Problem& problem, const dnnl::engine& engine);
  std::unique_ptr<Prepared> (*prepare)(const Problem& problem, const dnnl::engine& engine);
};

constexpr std::array implementations = {
    Implementation{"matmul", supports_matmul, prepare_matmul},
    Implementation{"attention", supports_attention, prepare_attention},
    Implementation{"alu", supports_alu, prepare_alu},
    Implementation{"stream", supports_stream, prepare_stream},
};

const Implementation* find_implementation(std::string_view kernel) {
  for (const Implementation& implementation : implementations) {
    if (implementation.kernel == kernel) return &implementation;
  }
  return nullptr;
}

class OnednnDevice final : public HostDevice {
 public:
  OnednnDevice(DeviceInfo info, dnnl::engine engine)
      : HostDevice(std::move(info)), engine_(std::move(engine)) {}

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    const Implementation* const found = find_implementation(problem.kernel);
    if (found == nullptr) return Support::no("the onednn backend has no " + problem.kernel);
    if (!variant.empty()) {
      return Support::no("unknown variant '" + std::string(variant) + "': " + problem.kernel +
                         " on onednn has only its default implementation");
    }
    return found->supports(problem, engine_);
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return find_implementation(problem.kernel)->prepare(problem, engine_);
  }

 private:
  dnnl::engine engine_;
};

// Whether oneDNN multiplies two matrices of this type, asked with a tiny product.
bool multiplies(DType dtype, const dnnl::engine& engine) {
  return supports_matmul(
             parse_problem("matmul/dtype:" + std::string(name(dtype)) + "/m:16/n:16/k:16"), engine)
      .supported;
}

DeviceInfo describe(const dnnl::engine& engine) {
  DeviceInfo info = host_device_info();
  info.platform = "oneDNN " + library_version();
  info.driver = library_version() + " " + threading_runtime();
  info.isa = effective_isa();
  // Attention computes all floating-point types by conversion, the rest is up to oneDNN.
  info.dtypes = {DType::f32, DType::f16, DType::bf16};
  for (const DType dtype : {DType::s8, DType::u8}) {
    if (multiplies(dtype, engine)) info.dtypes.push_back(dtype);
  }
  info.notes.emplace_back("attention", attention_target());
  return info;
}

class LinkedBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "onednn"; }

  Enumeration enumerate(std::string_view) override {
    try {
      return {{describe(engine())}, {}};
    } catch (const dnnl::error& error) {
      return {{}, {"oneDNN " + library_version() + ": " + error.what()}};
    }
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") {
      throw usage_error("onednn has no device '" + std::string(ordinal) + "', only '0'");
    }
    try {
      dnnl::engine cpu = engine();
      DeviceInfo info = describe(cpu);
      return std::make_unique<OnednnDevice>(std::move(info), std::move(cpu));
    } catch (const dnnl::error& error) {
      throw Error(Error::Kind::device, "oneDNN " + library_version() + ": " + error.what());
    }
  }

 private:
  static dnnl::engine engine() { return {dnnl::engine::kind::cpu, 0}; }
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  limit_attention_to(effective_vector_bytes());
  return std::make_unique<LinkedBackend>();
}

}  // namespace assay::onednn
