#include "backends/reference/reference.hpp"

#include <numeric>

#include "backends/host.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

class ReferenceBound final : public HostBound {
 public:
  ReferenceBound(const Problem& problem, std::span<Buffer* const> buffers) : problem_(problem) {
    for (Buffer* buffer : buffers) tensors_.emplace_back(host_data(*buffer), buffer->size());
    selection_.resize(static_cast<std::size_t>(problem.output().elements()));
    std::iota(selection_.begin(), selection_.end(), std::int64_t{0});
    expected_.resize(selection_.size());
  }
  [[nodiscard]] std::size_t touched_bytes() const override { return problem_.bytes(); }
  void call() override {
    const std::vector<std::span<const std::byte>> inputs(tensors_.begin(), tensors_.end());
    kernel_of(problem_).reference(problem_, inputs, selection_, expected_);
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      store(problem_.output().dtype, tensors_.back().data(), selection_[i], expected_[i].value);
    }
  }

 private:
  const Problem& problem_;
  std::vector<std::span<std::byte>> tensors_;
  std::vector<std::int64_t> selection_;
  std::vector<Expected> expected_;
};

class ReferencePrepared final : public Prepared {
 public:
  explicit ReferencePrepared(Problem problem) : problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override { return "reference:f64"; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<ReferenceBound>(problem_, tensors);
  }

 private:
  Problem problem_;
};

class ReferenceDevice final : public HostDevice {
 public:
  using HostDevice::HostDevice;
  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (find_kernel(problem.kernel) == nullptr) {
      return Support::no("no definition of the kernel '" + problem.kernel + "'");
    }
    if (kernel_of(problem).probe) {
      return Support::no("the reference finds the answer of " + problem.kernel +
                         " without its work: the time would say nothing");
    }
    return variant.empty() ? Support::yes() : Support::no("the reference has no variants");
  }
  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return std::make_unique<ReferencePrepared>(problem);
  }
};

DeviceInfo describe() {
  DeviceInfo info = host_device_info();
  info.platform = "assay reference";
  info.dtypes.assign(all_dtypes().begin(), all_dtypes().end());
  return info;
}

class ReferenceBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "reference"; }
  Enumeration enumerate(std::string_view) override { return {{describe()}, {}}; }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") throw usage_error("the reference has only the device '0'");
    return std::make_unique<ReferenceDevice>(describe());
  }
};

}  // namespace

std::unique_ptr<Backend> make_reference() { return std::make_unique<ReferenceBackend>(); }

}  // namespace assay
