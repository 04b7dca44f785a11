#include "backends/null/null.hpp"

#include "backends/host.hpp"

namespace assay {
namespace {

class NullBound final : public HostBound {
 public:
  explicit NullBound(std::size_t bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t touched_bytes() const override { return bytes_; }
  void call() override {}

 private:
  std::size_t bytes_;
};

class NullPrepared final : public Prepared {
 public:
  explicit NullPrepared(std::size_t bytes) : bytes_(bytes) {}
  [[nodiscard]] std::string implementation() const override { return "null"; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const>) override {
    return std::make_unique<NullBound>(bytes_);
  }

 private:
  std::size_t bytes_;
};

class NullDevice final : public HostDevice {
 public:
  using HostDevice::HostDevice;
  [[nodiscard]] Support supports(const Problem&, std::string_view variant) const override {
    return variant.empty() ? Support::yes() : Support::no("the null backend has no variants");
  }
  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view) override {
    return std::make_unique<NullPrepared>(problem.bytes());
  }
};

class NullBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "null"; }
  Enumeration enumerate(std::string_view) override { return {{host_device_info()}, {}}; }
  std::unique_ptr<Device> open(std::string_view) override {
    return std::make_unique<NullDevice>(host_device_info());
  }
};

}  // namespace

std::unique_ptr<Backend> make_null() { return std::make_unique<NullBackend>(); }

}  // namespace assay
