#include "backends/opencl/opencl.hpp"

#include <algorithm>
#include <charconv>

#include "backends/opencl/attention.hpp"
#include "backends/opencl/loader.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/queue.hpp"
#include "backends/opencl/session.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace opencl {
namespace {

class OpenclDevice final : public Device {
 public:
  OpenclDevice(const Platform& platform, cl_device_id device, std::string ordinal)
      : session_(platform, device, describe(platform, device, std::move(ordinal))) {}

  [[nodiscard]] const DeviceInfo& info() const override { return session_.info; }

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel == "matmul") return supports_matmul(session_, problem, variant);
    if (problem.kernel == "attention") return supports_attention(session_, problem, variant);
    return Support::no("the opencl backend has no kernel '" + problem.kernel + "'");
  }

  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    return std::make_unique<Memory>(session_, bytes);
  }

  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    if (data.empty()) return;
    check(session_.api.clEnqueueWriteBuffer(session_.copies.get(), memory_of(buffer), CL_TRUE, 0,
                                            data.size(), data.data(), 0, nullptr, nullptr),
          "clEnqueueWriteBuffer");
  }

  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    if (data.empty()) return;
    check(session_.api.clEnqueueReadBuffer(session_.copies.get(), memory_of(buffer), CL_TRUE, 0,
                                           data.size(), data.data(), 0, nullptr, nullptr),
          "clEnqueueReadBuffer");
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, "unsupported: " + support.reason);
    }
    return problem.kernel == "matmul" ? prepare_matmul(session_, problem, variant)
                                      : prepare_attention(session_, problem, variant);
  }

  std::unique_ptr<Queue> queue() override { return make_event_queue(session_); }

  Tunable tunable(const Problem& problem, std::string_view best) override {
    if (problem.kernel != "matmul") return {};
    const MatmulShape shape = matmul_shape(problem);
    return {matmul_tuning_key(session_, shape), matmul_candidates(session_, shape, best)};
  }

  std::vector<std::pair<std::string, std::string>> probe() override {
    std::vector<std::pair<std::string, std::string>> verdicts;
    for (const InstructionPath& path : instruction_paths()) {
      verdicts.emplace_back(std::string(path.name) + " " + std::string(name(path.dtype)),
                            to_text(session_.probes->answer(session_, path)));
    }
    return verdicts;
  }

 private:
  Session session_;
};

// The number at the front of `text`, which is left behind it.
std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

void add_devices(const Platform& platform, std::size_t index, Enumeration& enumeration) {
  const auto devices = devices_of(platform);
  const std::string part = std::to_string(index);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    enumeration.devices.push_back(describe(platform, devices[i], part + "." + std::to_string(i)));
  }
  if (devices.empty()) {
    enumeration.unavailable.push_back("platform " + part + " '" + platform.name +
                                      "' has no devices");
  }
}

class OpenclBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "opencl"; }

  std::vector<std::string> parts() override {
    const Platforms& all = platforms();
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < all.found.size(); ++i) parts.push_back(std::to_string(i));
    // Somebody has to say why there is nothing, or what couldn't be opened.
    if (parts.empty()) parts.emplace_back();
    return parts;
  }

  Enumeration enumerate(std::string_view part) override {
    const Platforms& all = platforms();
    Enumeration enumeration;
    if (part.empty() || part == "0") enumeration.unavailable = all.unavailable;
    std::string_view rest = part;
    const auto wanted = take_number(rest);
    if (!part.empty() && (!wanted || !rest.empty() || *wanted >= all.found.size())) {
      enumeration.unavailable.push_back("no OpenCL platform " + std::string(part));
      return enumeration;
    }
    for (std::size_t i = 0; i < all.found.size(); ++i) {
      if (!wanted || *wanted == i) add_devices(all.found[i], i, enumeration);
    }
    return enumeration;
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    const Platforms& all = platforms();
    std::string_view rest = ordinal;
    const auto platform = take_number(rest);
    if (platform && *platform < all.found.size() && rest.starts_with('.')) {
      rest.remove_prefix(1);
      const auto device = take_number(rest);
      const auto devices = devices_of(all.found[*platform]);
      if (device && rest.empty() && *device < devices.size()) {
        return std::make_unique<OpenclDevice>(all.found[*platform], devices[*device],
                                              std::string(ordinal));
      }
    }
    throw usage_error("no OpenCL device '" + std::string(ordinal) +
                      "'; devices are platform.device, and there are " +
                      std::to_string(all.found.size()) + " platforms");
  }

 private:
  const Platforms& platforms() {
    if (!platforms_) platforms_ = find_platforms(usual_places());
    return *platforms_;
  }

  std::optional<Platforms> platforms_;
};

}  // namespace
}  // namespace opencl

std::unique_ptr<Backend> make_opencl() { return std::make_unique<opencl::OpenclBackend>(); }

}  // namespace assay
