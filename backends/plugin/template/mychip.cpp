// A backend to start from: replace what is marked "yours", one piece at a time, and run
// `assay conformance --plugin mychip.so` after each. As it stands it computes f32 matmul on the host
// in the plainest way, behind the calls that a device with a memory of its own needs.
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "backends/host.hpp"
#include "backends/plugin/export.hpp"
#include "kernels/error.hpp"
#include "kernels/matmul.hpp"

namespace {

using namespace assay;

// Yours: a handle of device memory. HostBuffer puts it between guard pages in `assay conformance`:
// what a simulator or a device in host memory wants too.
class ChipBuffer final : public Buffer {
 public:
  explicit ChipBuffer(std::size_t bytes) : memory_(bytes) {}
  [[nodiscard]] std::size_t size() const override { return memory_.size(); }
  [[nodiscard]] std::byte* data() { return memory_.data(); }
  [[nodiscard]] const std::byte* data() const { return memory_.data(); }
  [[nodiscard]] bool intact() const { return memory_.intact(); }

 private:
  HostBuffer memory_;
};

float* floats(Buffer& buffer) {
  return reinterpret_cast<float*>(static_cast<ChipBuffer&>(buffer).data());
}

// Yours: a program with its arguments set. Pack tensors of role `weight` in the constructor and keep
// the copies; anything else that has to be repacked is repacked in every call.
class ChipBound final : public Bound {
 public:
  ChipBound(const Problem& problem, std::span<Buffer* const> tensors)
      : shape_(matmul_shape(problem)),
        touched_(problem.bytes()),
        a_(floats(*tensors[problem.index("a")])),
        b_(floats(*tensors[problem.index("b")])),
        out_(floats(*tensors.back())) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }

  void call() {
    for (std::int64_t i = 0; i < shape_.m; ++i) {
      for (std::int64_t j = 0; j < shape_.n; ++j) {
        float sum = 0;
        for (std::int64_t l = 0; l < shape_.k; ++l) {
          sum += a_[i * shape_.k + l] * b_[j * shape_.k + l];
        }
        out_[i * shape_.n + j] = sum;
      }
    }
  }

 private:
  MatmulShape shape_;
  std::size_t touched_;
  const float* a_;
  const float* b_;
  float* out_;
};

// Yours: a compiled program. Compile in Device::prepare, so that it is timed as compiling.
class ChipPrepared final : public Prepared {
 public:
  explicit ChipPrepared(Problem problem) : problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override { return "mychip:plain"; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<ChipBound>(problem_, tensors);
  }

 private:
  Problem problem_;  // a copy: prepare's argument is gone afterwards
};

// Yours: an in-order queue. submit() starts the calls and returns; wait() waits for all of them.
class ChipQueue final : public Queue {
 public:
  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    for (std::int64_t i = 0; i < calls; ++i) {
      const auto next = static_cast<std::size_t>(i) % ring.size();
      static_cast<ChipBound*>(ring[next])->call();
    }
  }
  // The device's own nanoseconds for what was submitted, if it has a clock.
  std::optional<double> wait() override { return std::nullopt; }
};

class ChipDevice final : public Device {
 public:
  explicit ChipDevice(DeviceInfo info) : info_(std::move(info)) {}
  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  // Every "no" needs a reason: users read it in their results.
  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel != "matmul") return Support::no("mychip computes only matmul");
    if (!variant.empty()) return Support::no("mychip has only its default implementation");
    const MatmulShape shape = matmul_shape(problem);
    if (shape.dtype != DType::f32 || shape.weights != DType::f32 || shape.out != DType::f32) {
      return Support::no("mychip computes only f32");
    }
    if (shape.a_transposed || !shape.b_transposed) return Support::no("mychip has only layout nt");
    if (shape.batch > 1) return Support::no("mychip has no batched matmul");
    if (shape.bias || shape.activation != MatmulShape::Activation::none) {
      return Support::no("mychip has no epilogues");
    }
    return Support::yes();
  }

  // What runs out is an Error of kind memory, as HostBuffer throws it.
  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    return std::make_unique<ChipBuffer>(bytes);
  }
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    std::memcpy(static_cast<ChipBuffer&>(buffer).data(), data.data(), data.size());
  }
  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    const auto& memory = static_cast<const ChipBuffer&>(buffer);
    if (!memory.intact()) throw Error(Error::Kind::internal, "a call wrote outside its tensors");
    std::memcpy(data.data(), memory.data(), data.size());
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return std::make_unique<ChipPrepared>(problem);
  }
  std::unique_ptr<Queue> queue() override { return std::make_unique<ChipQueue>(); }

 private:
  DeviceInfo info_;
};

// Yours: what the driver says. `hardware` is the chip's identity: equal for every way to reach it.
DeviceInfo describe() {
  DeviceInfo info;
  info.ordinal = "0";
  info.name = "My chip";
  info.vendor = "Me";
  info.hardware = "npu:mychip-0";
  info.platform = "mychip runtime 1.0";
  info.dtypes = {DType::f32};
  return info;
}

class ChipBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "mychip"; }
  // No device is no error: return the reason in `unavailable`.
  Enumeration enumerate(std::string_view) override { return {{describe()}, {}}; }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") throw usage_error("mychip has only device 0");
    return std::make_unique<ChipDevice>(describe());
  }
};

std::unique_ptr<Backend> make_mychip() { return std::make_unique<ChipBackend>(); }

}  // namespace

ASSAY_EXPORT_BACKEND("mychip", make_mychip, "my chip through its driver", "0.1")
