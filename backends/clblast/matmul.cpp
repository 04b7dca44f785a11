#include "backends/clblast/matmul.hpp"

#include <algorithm>

#include "backends/clblast/library.hpp"
#include "kernels/error.hpp"

namespace assay::clblast {
namespace {

constexpr cl_half half_one = 0x3c00;

// A row-major product as BLAS takes it.
struct Gemm {
  explicit Gemm(const MatmulShape& s)
      : m(static_cast<std::size_t>(s.m)),
        n(static_cast<std::size_t>(s.n)),
        k(static_cast<std::size_t>(s.k)),
        batch(static_cast<std::size_t>(s.batch)),
        a_transpose(s.a_transposed ? CLBlastTransposeYes : CLBlastTransposeNo),
        b_transpose(s.b_transposed ? CLBlastTransposeYes : CLBlastTransposeNo),
        a_ld(s.a_transposed ? m : k),
        b_ld(s.b_transposed ? k : n) {}

  std::size_t m, n, k, batch;
  CLBlastTranspose a_transpose, b_transpose;
  std::size_t a_ld, b_ld;
};

struct Operands {
  cl_mem a, b, out, temp;
};

class BoundGemm final : public Bound {
 public:
  BoundGemm(const opencl::Session& session, const Gemm& gemm, bool half, const Operands& operands,
            std::size_t touched)
      : session_(session), gemm_(gemm), half_(half), operands_(operands), touched_(touched) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }

  // Enqueues one call.
  void call(cl_command_queue queue) const {
    if (half_) {
      const Library& l = library();
      enqueue(queue, half_one, cl_half{0}, l.hgemv, l.hgemm, l.hgemm_batched);
    } else {
      const Library& l = library();
      enqueue(queue, 1.0F, 0.0F, l.sgemv, l.sgemm, l.sgemm_batched);
    }
  }

 private:
  template <typename T, typename Gemv, typename One, typename Many>
  void enqueue(cl_command_queue queue, T one, T zero, Gemv gemv, One gemm, Many batched) const {
    const auto& [m, n, k, batch, a_transpose, b_transpose, a_ld, b_ld] = gemm_;
    const auto& [a, b, out, temp] = operands_;
    const CLBlastLayout rows = CLBlastLayoutRowMajor;
    if (batch > 1) {
      check(batched(rows, a_transpose, b_transpose, m, n, k, one, a, 0, a_ld, m * k, b, 0, b_ld,
                    k * n, zero, out, 0, n, m * n, batch, &queue, nullptr),
            "CLBlast's batched GEMM");
    } else if (m == 1) {
      // out = op(b)^T a, b being [n, k] or [k, n]; one row of a is contiguous in every layout.
      const bool nk = b_transpose == CLBlastTransposeYes;
      // 0 y + a x is no number where y held none: CLBlast's GEMV reads y even so.
      opencl::check(session_.api.clEnqueueFillBuffer(queue, out, &zero, sizeof zero, 0,
                                                     n * sizeof zero, 0, nullptr, nullptr),
                    "clEnqueueFillBuffer");
      check(gemv(rows, nk ? CLBlastTransposeNo : CLBlastTransposeYes, nk ? n : k, nk ? k : n, one,
                 b, 0, b_ld, a, 0, 1, zero, out, 0, 1, &queue, nullptr),
            "CLBlast's GEMV");
    } else {
      check(gemm(rows, a_transpose, b_transpose, m, n, k, one, a, 0, a_ld, b, 0, b_ld, zero, out, 0,
                 n, &queue, nullptr, temp),
            "CLBlast's GEMM");
    }
  }

  const opencl::Session& session_;
  Gemm gemm_;
  bool half_;
  Operands operands_;
  std::size_t touched_;
};

class ClblastMatmul final : public Prepared {
 public:
  ClblastMatmul(const opencl::Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(matmul_shape(problem)),
        half_(shape_.dtype == DType::f16),
        gemm_(shape_) {
    if (gemm_.batch > 1 || gemm_.m == 1) return;
    const auto size = half_ ? library().hgemm_temp_size : library().sgemm_temp_size;
    std::size_t bytes = 0;
    cl_command_queue queue = session.copies.get();
    check(size(CLBlastLayoutRowMajor, gemm_.a_transpose, gemm_.b_transpose, gemm_.m, gemm_.n,
               gemm_.k, 0, gemm_.a_ld, 0, gemm_.b_ld, 0, gemm_.n, &queue, &bytes),
          "CLBlast's GemmTempBufferSize");
    // One for all bounds: they run one after the other.
    if (bytes > 0) temp_ = std::make_unique<opencl::Memory>(session, bytes);
  }

  [[nodiscard]] std::string implementation() const override {
    return std::string(half_ ? "h" : "s") +
           (gemm_.batch > 1 ? "gemm_strided_batched"
            : gemm_.m == 1  ? "gemv"
                            : "gemm") +
           ":clblast";
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const auto memory = [&](std::string_view name) {
      return opencl::memory_of(*tensors[problem_.index(name)]);
    };
    const Operands operands = {memory("a"), memory("b"), memory("out"),
                               temp_ ? temp_->get() : nullptr};
    return std::make_unique<BoundGemm>(session_, gemm_, half_, operands, problem_.bytes());
  }

 private:
  const opencl::Session& session_;
  Problem problem_;
  MatmulShape shape_;
  bool half_;
  Gemm gemm_;
  std::unique_ptr<opencl::Memory> temp_;
};

// CLBlast starts several kernels a call and hands out the last one's event, so there is no device
// time of a call.
class ClblastQueue final : public Queue {
 public:
  explicit ClblastQueue(const opencl::Session& session)
      : session_(session), queue_(opencl::make_queue(session)) {}

  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    const auto size = static_cast<std::int64_t>(ring.size());
    for (std::int64_t i = 0; i < calls; ++i) {
      static_cast<const BoundGemm*>(ring[static_cast<std::size_t>(i % size)])->call(queue_.get());
    }
    opencl::check(session_.api.clFlush(queue_.get()), "clFlush");
  }

  std::optional<double> wait() override {
    opencl::check(session_.api.clFinish(queue_.get()), "clFinish");
    return std::nullopt;
  }

 private:
  const opencl::Session& session_;
  opencl::Handle<cl_command_queue> queue_;
};

}  // namespace

bool has_half(const DeviceInfo& info) {
  return std::ranges::any_of(info.notes, [](const auto& note) {
    return note.first == "extensions" && note.second.find("cl_khr_fp16") != std::string::npos;
  });
}

Support supports_matmul(const opencl::Session& session, const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  if (s.dtype != DType::f32 && s.dtype != DType::f16) {
    return Support::no("CLBlast multiplies f32 and f16, not " + std::string(name(s.dtype)));
  }
  if (s.weights != s.dtype) return Support::no("CLBlast has no weight-only quantisation");
  if (s.out != s.dtype) return Support::no("CLBlast writes the inputs' dtype");
  if (s.bias || s.activation != MatmulShape::Activation::none) {
    return Support::no("CLBlast has no epilogues");
  }
  if (s.dtype == DType::f16 && !has_half(session.info)) {
    return Support::no("the device doesn't list cl_khr_fp16, which CLBlast's HGEMM needs");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_matmul(const opencl::Session& session, const Problem& problem) {
  return std::make_unique<ClblastMatmul>(session, problem);
}

std::unique_ptr<Queue> make_clblast_queue(const opencl::Session& session) {
  return std::make_unique<ClblastQueue>(session);
}

}  // namespace assay::clblast
