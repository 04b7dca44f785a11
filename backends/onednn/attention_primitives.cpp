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
#include "backends/onednn/threads.hpp"
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

// What calls share, who come one after the other.
struct PrimitivesState {
  PrimitivesState(Problem of, const dnnl::engine& engine)
      : problem(std::move(of)),
        p(make_primitives(attention_shape(problem), engine)),
        stream(engine),
        logits(p.logits),
        softmax(p.softmax),
        sums(p.sums),
        scores(p.scores.get_size()),
        probabilities(p.probabilities.get_size()) {
    for (HostBuffer* const each : {&scores, &probabilities}) {
      touch_shares({each->data(), each->size()}, count_threads());
    }
    const dnnl::memory of_scores(p.scores, engine, scores.data());
    const dnnl::memory of_probabilities(p.probabilities, engine, probabilities.data());
    of_logits = {{DNNL_ARG_SRC, dnnl::memory(p.q, engine, nullptr)},
                 {DNNL_ARG_WEIGHTS, dnnl::memory(p.k, engine, nullptr)},
                 {DNNL_ARG_DST, of_scores}};
    if (p.shape.causal) {
      mask = causal_mask(p.shape, p.rows);
      of_logits[DNNL_ARG_ATTR_MULTIPLE_POST_OP(1) | DNNL_ARG_SRC_1] =
          dnnl::memory(p.mask, engine, mask.data());
    }
    of_softmax = {{DNNL_ARG_SRC, of_scores}, {DNNL_ARG_DST, of_probabilities}};
    of_sums = {{DNNL_ARG_SRC, of_probabilities},
               {DNNL_ARG_WEIGHTS, dnnl::memory(p.v, engine, nullptr)},
               {DNNL_ARG_DST, dnnl::memory(p.out, engine, nullptr)}};
  }

  Problem problem;
  Primitives p;
  dnnl::stream stream;
  dnnl::matmul logits;
  dnnl::softmax_forward softmax;
  dnnl::matmul sums;
  HostBuffer scores, probabilities;
  std::vector<float> mask;
  Arguments of_logits, of_softmax, of_sums;  // those that differ are set by each call
};

class PrimitivesBound final : public HostBound {
 public:
  PrimitivesBound(PrimitivesState& state, std::span<Buffer* const> buffers)
      : state_(state), tensors_(attention_tensors(state.problem, buffers)) {}

  [[nodiscard]] std::size_t touched_bytes() const override { return state_.problem.bytes(); }

  void call() override {
    checked([&] {
      const Primitives& p = state_.p;
      const std::int64_t calls = p.shape.batch * p.shape.kv_heads / p.heads;
      for (std::int64_t i = 0; i < calls; ++i) {
        const auto part = [i](const std::byte* tensor, const Desc& desc) {
          return const_cast<std::byte*>(tensor) + static_cast<std::size_t>(i) * desc.get_size();
        };
        state_.of_logits.at(DNNL_ARG_SRC).set_data_handle(part(tensors_.q, p.q));
        state_.of_logits.at(DNNL_ARG_WEIGHTS).set_data_handle(part(tensors_.k, p.k));
        state_.of_sums.at(DNNL_ARG_WEIGHTS).set_data_handle(part(tensors_.v, p.v));
        state_.of_sums.at(DNNL_ARG_DST).set_data_handle(part(tensors_.out, p.out));
        state_.logits.execute(state_.stream, state_.of_logits);
        state_.softmax.execute(state_.stream, state_.of_softmax);
        state_.sums.execute(state_.stream, state_.of_sums);
      }
      state_.stream.wait();
    });
  }

 private:
  PrimitivesState& state_;
  AttentionTensors tensors_;
};

class PrimitivesPrepared final : public Prepared {
 public:
  PrimitivesPrepared(Problem problem, const dnnl::engine& engine)
      : state_(std::move(problem), engine) {}

  [[nodiscard]] std::string implementation() const override {
    const Primitives& p = state_.p;
    const std::array names = {p.logits.impl_info_str(), p.softmax.impl_info_str(),
                              p.sums.impl_info_str()};
    for (const std::string_view name : names) {
      if (name.starts_with("ref")) return "ref_primitives:" + std::string(name);
    }
    return "primitives:" + std::string(names[0]);
  }
  [[nodiscard]] std::string path() const override {
    return instruction_path(state_.problem.dtype(), effective_isa());
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<PrimitivesBound>(state_, tensors);
  }

 private:
  PrimitivesState state_;
};

}  // namespace

Support supports_primitives(const Problem& problem, const dnnl::engine& engine) {
  const AttentionShape shape = attention_shape(problem);
  if (const Support support = supports_whole_scores(shape); !support) return support;
  // Scores, probabilities and, of all KV heads the same, the mask.
  const std::int64_t scores = shape.group() * shape.q * shape.kv;
  const std::int64_t floats = shape.causal ? 2 : 1;
  if (const Support support =
          fits_memory(bytes_for(DType::f32, floats * scores) + bytes_for(shape.dtype, scores));
      !support) {
    return support;
  }
  if (!checked([&] { return make_primitives(shape, engine).complete(); })) {
    return Support::no("oneDNN has no matmul or softmax of " + problem.word("dtype") +
                       " on this processor");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_primitives(const Problem& problem, const dnnl::engine& engine) {
  return checked([&] { return std::make_unique<PrimitivesPrepared>(problem, engine); });
}

}  // namespace assay::onednn
