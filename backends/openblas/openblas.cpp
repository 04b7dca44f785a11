#include "backends/openblas/openblas.hpp"

#include <sstream>

#include "backends/host.hpp"
#include "backends/openblas/library.hpp"
#include "kernels/error.hpp"
#include "kernels/matmul.hpp"

namespace assay {
namespace {

using openblas::Library;

class OpenblasBound final : public HostBound {
 public:
  OpenblasBound(const Library& library, const Problem& problem, std::span<Buffer* const> buffers)
      : library_(library), shape_(matmul_shape(problem)), touched_bytes_(problem.bytes()) {
    const auto data = [&](const char* tensor) {
      return reinterpret_cast<float*>(host_data(*buffers[problem.index(tensor)]));
    };
    a_ = data("a");
    b_ = data("b");
    out_ = data("out");
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }

  void call() override {
    for (std::int64_t element = 0; element < shape_.batch; ++element) multiply(element);
  }

 private:
  void multiply(std::int64_t element) const {
    const auto m = static_cast<int>(shape_.m);
    const auto n = static_cast<int>(shape_.n);
    const auto k = static_cast<int>(shape_.k);
    const float* const a = a_ + element * shape_.m * shape_.k;
    const float* const b = b_ + element * shape_.n * shape_.k;
    float* const out = out_ + element * shape_.m * shape_.n;
    const bool nt = shape_.b_transposed;
    if (m == 1) {
      // out = B a, or B^T a.
      library_.sgemv(openblas::row_major, nt ? openblas::no_transpose : openblas::transpose,
                     nt ? n : k, nt ? k : n, 1.0F, b, nt ? k : n, a, 1, 0.0F, out, 1);
      return;
    }
    library_.sgemm(openblas::row_major,
                   shape_.a_transposed ? openblas::transpose : openblas::no_transpose,
                   nt ? openblas::transpose : openblas::no_transpose, m, n, k, 1.0F, a,
                   shape_.a_transposed ? m : k, b, nt ? k : n, 0.0F, out, n);
  }

  const Library& library_;
  MatmulShape shape_;
  std::size_t touched_bytes_;
  const float* a_ = nullptr;
  const float* b_ = nullptr;
  float* out_ = nullptr;
};

class OpenblasPrepared final : public Prepared {
 public:
  OpenblasPrepared(const Library& library, Problem problem)
      : library_(library), problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override {
    return (problem_.integer("m") == 1 ? "sgemv:" : "sgemm:") + library_.core();
  }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<OpenblasBound>(library_, problem_, tensors);
  }

 private:
  const Library& library_;
  Problem problem_;
};

class OpenblasDevice final : public HostDevice {
 public:
  OpenblasDevice(DeviceInfo info, std::shared_ptr<const Library> library)
      : HostDevice(std::move(info)), library_(std::move(library)) {}

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel != "matmul") return Support::no("OpenBLAS has no " + problem.kernel);
    if (!variant.empty()) {
      return Support::no("matmul on openblas has no variant '" + std::string(variant) +
                         "', there are none");
    }
    const MatmulShape shape = matmul_shape(problem);
    if (shape.dtype != DType::f32 || shape.weights != DType::f32 || shape.out != DType::f32) {
      return Support::no("OpenBLAS's sgemm multiplies f32 by f32 only");
    }
    if (shape.bias || shape.activation != MatmulShape::Activation::none) {
      return Support::no("OpenBLAS's sgemm has no epilogue");
    }
    return Support::yes();
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return std::make_unique<OpenblasPrepared>(*library_, problem);
  }

 private:
  std::shared_ptr<const Library> library_;
};

DeviceInfo describe(const Library& library) {
  DeviceInfo info = host_device_info();
  // "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64"
  std::istringstream words(library.configuration());
  std::string name;
  std::string version;
  words >> name >> version;
  info.platform = "OpenBLAS " + version;
  info.driver = library.configuration();
  info.isa = library.core();
  info.dtypes = {DType::f32};
  info.notes.emplace_back("threads", std::to_string(library.threads()));
  return info;
}

class OpenblasBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "openblas"; }
  Enumeration enumerate(std::string_view) override {
    try {
      return {{describe(*library())}, {}};
    } catch (const Error& error) {
      return {{}, {error.what()}};
    }
  }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") {
      throw usage_error("openblas has no device '" + std::string(ordinal) + "', only '0'");
    }
    return std::make_unique<OpenblasDevice>(describe(*library()), library());
  }

 private:
  const std::shared_ptr<const Library>& library() {
    if (!library_) library_ = std::make_shared<const Library>();
    return library_;
  }

  std::shared_ptr<const Library> library_;
};

}  // namespace

std::unique_ptr<Backend> make_openblas() { return std::make_unique<OpenblasBackend>(); }

}  // namespace assay
