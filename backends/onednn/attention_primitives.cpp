#include "backends/onednn/attention_primitives.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "backends/host.hpp"
#include "backends/onednn/attention_mask.hpp"
#include "backends/onednn/attention_plan.hpp"
#include "backends/onednn/checked.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul_plan.hpp"
#include "kernels/attention.hpp"

namespace assay::onednn {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

constexpr std::size_t most_score_bytes = std::size_t{64} << 20;

struct Primitives {
  AttentionShape shape;
  std::int64_t heads = 1;  // KV heads of one batch
  std::int64_t rows = 0;   // of a KV head
  Desc q, k, scores, mask, probabilities, v, out;
  dnnl::matmul::primitive_desc logits;
  dnnl::softmax_forward::primitive_desc softmax;
  dnnl::matmul::primitive_desc sums;

  [[nodiscard]] bool complete() const { return logits && softmax && sums; }
};

// The largest divisor of all KV heads whose scores are small.
std::int64_t batch_of(const AttentionShape& shape, std::size_t score_bytes) {
  const std::int64_t all = shape.batch * shape.kv_heads;
  std::int64_t best = 1;
  for (std::int64_t count = 1; count <= all; ++count) {
    if (all % count == 0 && static_cast<std::size_t>(count) * score_bytes <= most_score_bytes) {
      best = count;
    }
  }
  return best;
}

Primitives make_primitives(const AttentionShape& shape, const dnnl::engine& engine) {
  Primitives p;
  p.shape = shape;
  p.rows = shape.group() * shape.q;
  p.heads = batch_of(shape, bytes_for(DType::f32, p.rows * shape.kv));
  const Type type = data_type(shape.dtype);
  p.q = Desc({p.heads, p.rows, shape.d}, type, Tag::abc);
  p.k = Desc({p.heads, shape.d, shape.kv}, type, Tag::acb);
  p.scores = Desc({p.heads, p.rows, shape.kv}, Type::f32, Tag::abc);
  p.mask = Desc({1, p.rows, shape.kv}, Type::f32, Tag::abc);
  p.probabilities = Desc({p.heads, p.rows, shape.kv}, type, Tag::abc);
  p.v = Desc({p.heads, shape.kv, shape.d}, type, Tag::abc);
  p.out = p.q;

  dnnl::post_ops after;
  after.append_eltwise(dnnl::algorithm::eltwise_linear,
                       1.0F / std::sqrt(static_cast<float>(shape.d)), 0.0F);
  if (shape.causal) after.append_binary(dnnl::algorithm::binary_add, p.mask);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  constexpr bool empty_if_missing = true;
  p.logits = {engine, p.q, p.k, p.scores, attributes, empty_if_missing};
  p.softmax = {engine,
               dnnl::prop_kind::forward_inference,
               dnnl::algorithm::softmax_accurate,
               p.scores,
               p.probabilities,
               2,
               dnnl::primitive_attr(),
               empty_if_missing};
  p.sums = {engine, p.probabilities, p.v, p.out, dnnl::primitive_attr(), empty_if_missing};
  return p;
}

using Arguments = std::unordered_map<int, dnnl::memory>;

class PrimitivesBound final : public HostBound {
 public:
  PrimitivesBound(const Problem& problem, const Primitives& p, const dnnl::engine& engine,
                  std::span<Buffer* const> buffers)
      : touched_bytes_(problem.bytes()),
        calls_(p.shape.batch * p.shape.kv_heads / p.heads),
        p_(p),
        tensors_(attention_tensors(problem, buffers)),
        stream_(engine),
        logits_(p.logits),
        softmax_(p.softmax),
        sums_(p.sums),
        scores_(p.scores.get_size()),
        probabilities_(p.probabilities.get_size()) {
    dnnl::memory scores(p.scores, engine, scores_.data());
    dnnl::memory probabilities(p.probabilities, engine, probabilities_.data());
    of_logits_ = {{DNNL_ARG_SRC, dnnl::memory(p.q, engine, nullptr)},
                  {DNNL_ARG_WEIGHTS, dnnl::memory(p.k, engine, nullptr)},
                  {DNNL_ARG_DST, scores}};
    if (p.shape.causal) {
      mask_ = causal_mask(p.shape, p.rows);
      of_logits_[DNNL_ARG_ATTR_MULTIPLE_POST_OP(1) | DNNL_ARG_SRC_1] =
          dnnl::memory(p.mask, engine, mask_.data());
    }
    of_softmax_ = {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, probabilities}};
    of_sums_ = {{DNNL_ARG_SRC, probabilities},
                {DNNL_ARG_WEIGHTS, dnnl::memory(p.v, engine, nullptr)},
                {DNNL_ARG_DST, dnnl::memory(p.out, engine, nullptr)}};
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }

  void call() override {
    checked([&] {
      for (std::int64_t i = 0; i < calls_; ++i) {
        const auto part = [i](const std::byte* tensor, const Desc& desc) {
          return const_cast<std::byte*>(tensor) + static_cast<std::size_t>(i) * desc.get_size();
        };
        of_logits_.at(DNNL_ARG_SRC).set_data_handle(part(tensors_.q, p_.q));
        of_logits_.at(DNNL_ARG_WEIGHTS).set_data_handle(part(tensors_.k, p_.k));
        of_sums_.at(DNNL_ARG_WEIGHTS).set_data_handle(part(tensors_.v, p_.v));
        of_sums_.at(DNNL_ARG_DST).set_data_handle(part(tensors_.out, p_.out));
        logits_.execute(stream_, of_logits_);
        softmax_.execute(stream_, of_softmax_);
        sums_.execute(stream_, of_sums_);
      }
      stream_.wait();
    });
  }

 private:
  std::size_t touched_bytes_;
  std::int64_t calls_;
  const Primitives& p_;
  AttentionTensors tensors_;
  dnnl::stream stream_;
  dnnl::matmul logits_;
  dnnl::softmax_forward softmax_;
  dnnl::matmul sums_;
  HostBuffer scores_, probabilities_;
  std::vector<float> mask_;
  Arguments of_logits_, of_softmax_, of_sums_;
};

class PrimitivesPrepared final : public Prepared {
 public:
  PrimitivesPrepared(Problem problem, dnnl::engine engine)
      : problem_(std::move(problem)),
        engine_(std::move(engine)),
        primitives_(checked([&] { return make_primitives(attention_shape(problem_), engine_); })) {}

  [[nodiscard]] std::string implementation() const override {
    const std::array names = {primitives_.logits.impl_info_str(),
                              primitives_.softmax.impl_info_str(),
                              primitives_.sums.impl_info_str()};
    for (const std::string_view name : names) {
      if (name.starts_with("ref")) return "ref_primitives:" + std::string(name);
    }
    return "primitives:" + std::string(names[0]);
  }
  [[nodiscard]] std::string path() const override {
    return instruction_path(problem_.dtype(), effective_isa());
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return checked(
        [&] { return std::make_unique<PrimitivesBound>(problem_, primitives_, engine_, tensors); });
  }

 private:
  Problem problem_;
  dnnl::engine engine_;
  Primitives primitives_;
};

}  // namespace

Support supports_primitives(const Problem& problem, const dnnl::engine& engine) {
  const AttentionShape shape = attention_shape(problem);
  if (const Support support = supports_whole_scores(shape); !support) return support;
  if (!checked([&] { return make_primitives(shape, engine).complete(); })) {
    return Support::no("oneDNN has no matmul or softmax of " + problem.word("dtype") +
                       " on this processor");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_primitives(const Problem& problem, const dnnl::engine& engine) {
  return std::make_unique<PrimitivesPrepared>(problem, engine);
}

}  // namespace assay::onednn
