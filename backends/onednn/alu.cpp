#include "backends/onednn/alu.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/alu_code.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/threads.hpp"

namespace assay::onednn {
namespace {

AluCode find_code(const AluShape& shape) {
  switch (shape.path) {
    case AluShape::Path::fma:
      return shape.dtype == DType::f32 ? find_alu_fma(shape) : find_alu_half(shape);
    case AluShape::Path::matrix:
      return find_alu_matrix(shape);
    case AluShape::Path::add:
      return find_alu_add(shape);
    case AluShape::Path::dot:
      break;
  }
  if (shape.dtype != DType::f16) return find_alu_dot(shape, effective_vector_bytes());
  AluCode none;
  none.missing = "no code of ours for path:dot in f16 on processors";
  return none;
}

class AluBound final : public HostBound {
 public:
  AluBound(const Problem& problem, AluCode code, int threads, std::span<Buffer* const> buffers)
      : shape_(alu_shape(problem)),
        code_(std::move(code)),
        threads_(threads),
        touched_(problem.bytes()),
        block_(std::int64_t{code_.accumulators} * code_.width),
        x_(host_data(*buffers[0])),
        a_(host_data(*buffers[1])),
        b_(host_data(*buffers[buffers.size() - 2])),  // path add has none, and reads none
        out_(host_data(*buffers.back())),
        row_bytes_(bytes_for(shape_.dtype, shape_.depth)),
        repeated_(static_cast<std::size_t>(alu_table + block_) * row_bytes_),
        tail_(bytes_for(shape_.sum, block_)) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_; }

  void call() override {
    if (shape_.loads) repeat_table();
    const std::int64_t blocks = (shape_.chains + block_ - 1) / block_;
    const auto threads = static_cast<int>(std::min<std::int64_t>(threads_, blocks));
#pragma omp parallel for num_threads(threads) schedule(static)
    for (std::int64_t i = 0; i < blocks; ++i) advance(i * block_);
  }

 private:
  // The table's first rows once more behind its last, so that a block's rows follow each other.
  void repeat_table() {
    const std::size_t all = static_cast<std::size_t>(alu_table) * row_bytes_;
    std::memcpy(repeated_.data(), b_, all);
    std::memcpy(repeated_.data() + all, b_, repeated_.size() - all);
  }

  void advance(std::int64_t first) {
    AluBlock block;
    block.a = a_;
    block.b = shape_.loads ? repeated_.data() : b_;
    block.first = first;
    block.steps = shape_.steps;
    const std::size_t offset = bytes_for(shape_.sum, first);
    if (first + block_ <= shape_.chains) {
      block.x = x_ + offset;
      block.out = out_ + offset;
      code_.run(block);
      return;
    }
    // The last block only, so no other thread is here.
    const std::size_t bytes = bytes_for(shape_.sum, shape_.chains - first);
    std::memset(tail_.data(), 0, tail_.size());
    std::memcpy(tail_.data(), x_ + offset, bytes);
    block.x = tail_.data();
    block.out = tail_.data();
    code_.run(block);
    std::memcpy(out_ + offset, tail_.data(), bytes);
  }

  AluShape shape_;
  AluCode code_;
  int threads_;
  std::size_t touched_;
  std::int64_t block_;  // chains that a thread advances at the same time
  const std::byte* x_;
  const std::byte* a_;
  const std::byte* b_;
  std::byte* out_;
  std::size_t row_bytes_;
  HostBuffer repeated_;
  HostBuffer tail_;
};

class AluPrepared final : public Prepared {
 public:
  explicit AluPrepared(Problem problem)
      : problem_(std::move(problem)), shape_(alu_shape(problem_)), code_(find_code(shape_)) {}

  [[nodiscard]] std::string implementation() const override {
    return "chains_" + std::to_string(code_.accumulators) + "x" + std::to_string(code_.width) +
           (shape_.loads ? "_loads:" : ":") + code_.isa;
  }
  [[nodiscard]] std::string path() const override {
    return problem_.word("dtype") + "." + problem_.word("path");
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const int threads = shape_.units == 0 ? count_threads() : static_cast<int>(shape_.units);
    return std::make_unique<AluBound>(problem_, code_, threads, tensors);
  }

 private:
  Problem problem_;
  AluShape shape_;
  AluCode code_;
};

}  // namespace

Support supports_alu(const Problem& problem, std::string_view, const dnnl::engine&) {
  const AluShape shape = alu_shape(problem);
  if (shape.items > 1) return Support::no("a thread of a processor has no work-items");
  if (shape.units > 1024) return Support::no("more than 1024 threads");
  const AluCode code = find_code(shape);
  return code.run != nullptr ? Support::yes() : Support::no(code.missing);
}

std::unique_ptr<Prepared> prepare_alu(const Problem& problem, std::string_view,
                                      const dnnl::engine&) {
  return std::make_unique<AluPrepared>(problem);
}

}  // namespace assay::onednn
