// A whole backend in one file: f32 matmul on all processors with plain C++ threads.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "backends/host.hpp"
#include "backends/plugin/export.hpp"
#include "kernels/error.hpp"
#include "kernels/matmul.hpp"

namespace {

using namespace assay;
using Activation = MatmulShape::Activation;

constexpr std::int64_t panel_width = 16;  // columns of B that are computed together
using Sums = std::array<float, panel_width>;

// assay sets OMP_NUM_THREADS for `--threads`.
unsigned thread_count() {
  const char* const set = std::getenv("OMP_NUM_THREADS");
  const int asked = set == nullptr ? 0 : std::atoi(set);
  return asked > 0 ? static_cast<unsigned>(asked)
                   : std::max(1U, std::thread::hardware_concurrency());
}

// Calls body(i) for every i below `count`, each once, on several threads; waits for them.
template <class Body>
void parallel(std::int64_t count, const Body& body) {
  std::atomic<std::int64_t> next = 0;
  const auto work = [&] {
    for (std::int64_t i = next++; i < count; i = next++) body(i);
  };
  std::vector<std::jthread> others;
  const auto most = std::min<std::int64_t>(thread_count(), count);
  for (std::int64_t i = 1; i < most; ++i) others.emplace_back(work);
  work();
}

float activate(Activation activation, float x) {
  switch (activation) {
    case Activation::gelu:
      return 0.5F * x * (1.0F + std::erf(x * std::sqrt(0.5F)));
    case Activation::silu:
      return x / (1.0F + std::exp(-x));
    case Activation::none:
      break;
  }
  return x;
}

class Matmul final : public HostBound {
 public:
  Matmul(const Problem& problem, std::span<Buffer* const> tensors)
      : shape_(matmul_shape(problem)),
        a_(floats(*tensors[problem.index("a")])),
        b_(floats(*tensors[problem.index("b")])),
        bias_(shape_.bias ? floats(*tensors[problem.index("bias")]) : nullptr),
        out_(floats(*tensors.back())),
        touched_(problem.bytes()),
        panels_((shape_.n + panel_width - 1) / panel_width) {
    packed_.resize(static_cast<std::size_t>(shape_.batch * panels_ * shape_.k * panel_width));
    // A weight may be packed here, once and untimed; anything else belongs into the call.
    if (shape_.constant) pack();
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }

  void call() override {
    if (!shape_.constant) pack();
    parallel(shape_.batch * shape_.m, [this](std::int64_t row) { compute(row); });
  }

 private:
  static float* floats(Buffer& buffer) { return reinterpret_cast<float*>(host_data(buffer)); }

  // b as panels of 16 columns, each k rows of 16; columns past the last are 0.
  void pack() {
    parallel(shape_.batch * panels_, [this](std::int64_t index) {
      const float* const b = b_ + index / panels_ * shape_.k * shape_.n;
      float* const panel = panel_at(index);
      for (std::int64_t l = 0; l < shape_.k; ++l) {
        for (std::int64_t c = 0; c < panel_width; ++c) {
          const std::int64_t j = index % panels_ * panel_width + c;
          const std::int64_t from = shape_.b_transposed ? j * shape_.k + l : l * shape_.n + j;
          panel[l * panel_width + c] = j < shape_.n ? b[from] : 0.0F;
        }
      }
    });
  }

  float* panel_at(std::int64_t index) { return packed_.data() + index * shape_.k * panel_width; }

  void compute(std::int64_t row) {
    const std::int64_t batch = row / shape_.m, i = row % shape_.m;
    const float* const a = a_ + batch * shape_.m * shape_.k;
    const float* const first = shape_.a_transposed ? a + i : a + i * shape_.k;
    const std::int64_t stride = shape_.a_transposed ? shape_.m : 1;
    for (std::int64_t p = 0; p < panels_; ++p) {
      const float* const panel = panel_at(batch * panels_ + p);
      Sums sums = {};
      for (std::int64_t l = 0; l < shape_.k; ++l) {
        const float factor = first[l * stride];
        for (std::size_t c = 0; c < sums.size(); ++c) {
          sums[c] += factor * panel[l * panel_width + static_cast<std::int64_t>(c)];
        }
      }
      store(row, p * panel_width, sums);
    }
  }

  void store(std::int64_t row, std::int64_t column, const Sums& sums) {
    const std::int64_t count = std::min(panel_width, shape_.n - column);
    for (std::int64_t c = 0; c < count; ++c) {
      const float bias = bias_ == nullptr ? 0.0F : bias_[row / shape_.m * shape_.n + column + c];
      out_[row * shape_.n + column + c] =
          activate(shape_.activation, sums[static_cast<std::size_t>(c)] + bias);
    }
  }

  MatmulShape shape_;
  const float* a_;
  const float* b_;
  const float* bias_;
  float* out_;
  std::size_t touched_;
  std::int64_t panels_;
  std::vector<float> packed_;
};

class ThreadsPrepared final : public Prepared {
 public:
  explicit ThreadsPrepared(Problem problem) : problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override { return "threads:panel16"; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<Matmul>(problem_, tensors);
  }

 private:
  Problem problem_;  // the one that prepare was given is gone by now
};

class ThreadsDevice final : public HostDevice {
 public:
  using HostDevice::HostDevice;

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel != "matmul") return Support::no("threads computes only matmul");
    if (!variant.empty()) return Support::no("threads has only its default implementation");
    const MatmulShape shape = matmul_shape(problem);
    for (const DType dtype : {shape.dtype, shape.weights, shape.out}) {
      if (dtype != DType::f32) {
        return Support::no("threads computes only f32, not " + std::string(name(dtype)));
      }
    }
    return Support::yes();
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    const Support support = supports(problem, variant);
    if (!support) throw Error(Error::Kind::device, support.reason);
    return std::make_unique<ThreadsPrepared>(problem);
  }
};

DeviceInfo describe() {
  DeviceInfo info = host_device_info();
  info.platform = "C++ threads";
  info.dtypes = {DType::f32};
  return info;
}

class ThreadsBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "threads"; }
  Enumeration enumerate(std::string_view) override { return {{describe()}, {}}; }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") throw usage_error("threads has only device 0");
    return std::make_unique<ThreadsDevice>(describe());
  }
};

std::unique_ptr<Backend> make_threads() { return std::make_unique<ThreadsBackend>(); }

}  // namespace

ASSAY_EXPORT_BACKEND("threads", make_threads, "plain C++ threads: an example of a plugin", "1.0")
