#include "backends/cublas/matmul.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "backends/cublas/plan.hpp"
#include "kernels/error.hpp"

namespace assay::cublas {
namespace {

bool scales(const MatmulShape& shape) {
  return shape.dtype == DType::s8 && shape.out != DType::s32;
}

// The compiled scale.ptx.
class Module {
 public:
  explicit Module(const Gpu& gpu) : gpu_(gpu) {
    gpu_.activate();
    check(gpu_.driver, gpu_.driver.load_module(&module_, scale_ptx), "cuModuleLoadData");
  }
  ~Module() { (void)gpu_.driver.unload_module(module_); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  [[nodiscard]] CUfunction function(const char* name) const {
    CUfunction found = nullptr;
    check(gpu_.driver, gpu_.driver.function(&found, module_, name), "cuModuleGetFunction");
    return found;
  }

 private:
  const Gpu& gpu_;
  CUmodule module_ = nullptr;
};

Plan some_plan(const Gpu& gpu, const MatmulShape& shape) {
  std::optional<Plan> plan = make_plan(gpu.lt, gpu.handle, shape);
  if (!plan) throw Error(Error::Kind::device, "cuBLASLt has no algorithm for this shape");
  return std::move(*plan);
}

// What all bounds of one product share. They run one after the other, so one workspace and one
// array of sums are enough.
struct Product {
  Product(const Gpu& on, const Problem& of)
      : gpu(on),
        problem(of),
        shape(matmul_shape(of)),
        plan(some_plan(on, shape)),
        workspace(on, workspace_bytes) {
    if (!scales(shape)) return;
    elements = static_cast<std::uint64_t>(shape.batch * shape.m * shape.n);
    sums.emplace(on, elements * sizeof(std::int32_t));
    module.emplace(on);
    scale = module->function(shape.out == DType::bf16 ? "scale_bf16" : "scale_f32");
  }

  const Gpu& gpu;
  Problem problem;
  MatmulShape shape;
  Plan plan;
  Memory workspace;
  std::uint64_t elements = 0;
  std::optional<Memory> sums;
  std::optional<Module> module;
  CUfunction scale = nullptr;
};

class BoundMatmul final : public StreamBound {
 public:
  BoundMatmul(const Product& product, std::span<Buffer* const> tensors) : product_(product) {
    const auto address = [&](std::string_view tensor) -> CUdeviceptr {
      if (product.problem.find(tensor) == nullptr) return 0;
      return static_cast<const Memory&>(*tensors[product.problem.index(tensor)]).get();
    };
    a_ = address("a");
    b_ = address("b");
    a_scale_ = address("a_scale");
    b_scale_ = address("b_scale");
    out_ = address("out");
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return product_.problem.bytes(); }

  void start(CUstream stream) const override {
    const bool integer = product_.shape.dtype == DType::s8;
    const CUdeviceptr target = product_.sums ? product_.sums->get() : out_;
    integer ? multiply(std::int32_t{1}, std::int32_t{0}, target, stream)
            : multiply(1.0F, 0.0F, target, stream);
    if (product_.sums) scale(*product_.sums, stream);
  }

 private:
  static void* pointer(CUdeviceptr address) {
    return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr): CUDA's own type
  }

  template <typename T>
  void multiply(T one, T zero, CUdeviceptr target, CUstream stream) const {
    const Gpu& gpu = product_.gpu;
    const Plan& plan = product_.plan;
    check(gpu.lt,
          gpu.lt.matmul(gpu.handle, plan.operation.get(), &one, pointer(b_), plan.b.get(),
                        pointer(a_), plan.a.get(), &zero, pointer(target), plan.out.get(),
                        pointer(target), plan.out.get(), &plan.algorithm,
                        pointer(product_.workspace.get()), workspace_bytes, stream),
          "cublasLtMatmul");
  }

  void scale(const Memory& from, CUstream stream) const {
    std::uint64_t sums = from.get();
    std::uint64_t a_scale = a_scale_;
    std::uint64_t b_scale = b_scale_;
    std::uint64_t out = out_;
    std::uint64_t count = product_.elements;
    auto matrix = static_cast<std::uint64_t>(product_.shape.m * product_.shape.n);
    auto columns = static_cast<std::uint64_t>(product_.shape.n);
    std::array<void*, 7> arguments = {&sums, &a_scale, &b_scale, &out, &count, &matrix, &columns};
    constexpr std::uint64_t threads = 256;
    constexpr std::uint64_t most_groups = 65536;
    const auto groups =
        static_cast<unsigned>(std::min((count + threads - 1) / threads, most_groups));
    const Driver& driver = product_.gpu.driver;
    check(driver,
          driver.launch(product_.scale, groups, 1, 1, threads, 1, 1, 0, stream, arguments.data(),
                        nullptr),
          "cuLaunchKernel");
  }

  const Product& product_;
  CUdeviceptr a_ = 0, b_ = 0, a_scale_ = 0, b_scale_ = 0, out_ = 0;
};

class CublasMatmul final : public Prepared {
 public:
  CublasMatmul(const Gpu& gpu, const Problem& problem) : product_(gpu, problem) {}

  [[nodiscard]] std::string implementation() const override {
    return product_.plan.name + ":cublasLt" + (product_.sums ? "+scale" : "");
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<BoundMatmul>(product_, tensors);
  }

 private:
  Product product_;
};

}  // namespace

Support supports_matmul(const Gpu& gpu, const DeviceInfo& info, const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  if (std::ranges::find(info.dtypes, s.dtype) == info.dtypes.end()) {
    return Support::no("cuBLASLt doesn't multiply " + std::string(name(s.dtype)) + " on " +
                       info.isa);
  }
  if (s.weights != s.dtype) return Support::no("cuBLASLt has no weight-only quantisation");
  if (s.bias || s.activation != MatmulShape::Activation::none) {
    return Support::no("cuBLASLt's epilogues aren't ours: its GELU is the tanh approximation");
  }
  gpu.activate();
  if (!make_plan(gpu.lt, gpu.handle, s)) {
    return Support::no("cuBLASLt has no algorithm for this shape, layout and dtype");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_matmul(const Gpu& gpu, const Problem& problem) {
  gpu.activate();
  return std::make_unique<CublasMatmul>(gpu, problem);
}

}  // namespace assay::cublas
