#include "backends/onednn/attention_graph.hpp"

#include <algorithm>
#include <cmath>
#include <oneapi/dnnl/dnnl_graph.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/attention_mask.hpp"
#include "backends/onednn/attention_plan.hpp"
#include "backends/onednn/checked.hpp"
#include "backends/onednn/isa.hpp"
#include "kernels/attention.hpp"
#include "kernels/error.hpp"

namespace assay::onednn {
namespace {

using dnnl::graph::logical_tensor;
using dnnl::graph::op;
using Dims = logical_tensor::dims;
using Type = logical_tensor::data_type;

Type graph_type(DType dtype) {
  switch (dtype) {
    case DType::bf16:
      return Type::bf16;
    case DType::f16:
      return Type::f16;
    default:
      return Type::f32;
  }
}

// The tensors that go in and out of the partition, and the partition.
struct Graph {
  logical_tensor q, k, v, scale, mask, out;
  dnnl::graph::partition partition;
};

// Shapes of a problem in the graph: [batch, kv_heads, group, rows, columns], or without the group
// where there is none.
Dims dims(const AttentionShape& shape, std::int64_t group, std::int64_t rows,
          std::int64_t columns) {
  if (shape.group() == 1) return {shape.batch, shape.heads, rows, columns};
  return {shape.batch, shape.kv_heads, group, rows, columns};
}

// Nothing unless oneDNN takes all of it as one partition.
std::optional<Graph> make_graph(const AttentionShape& shape) {
  const Type type = graph_type(shape.dtype);
  std::size_t next = 0;
  const auto tensor = [&next](Type of, const Dims& size) {
    return logical_tensor(next++, of, size, logical_tensor::layout_type::strided);
  };
  const Dims score_dims = dims(shape, shape.group(), shape.q, shape.kv);
  Graph graph;
  graph.q = tensor(type, dims(shape, shape.group(), shape.q, shape.d));
  graph.k = tensor(type, dims(shape, 1, shape.kv, shape.d));
  graph.v = tensor(type, dims(shape, 1, shape.kv, shape.d));
  graph.scale = tensor(type, {1});
  Dims mask_dims(score_dims.size(), 1);
  mask_dims[mask_dims.size() - 2] = shape.q;
  mask_dims.back() = shape.kv;
  graph.mask = tensor(type, mask_dims);
  graph.out = tensor(type, dims(shape, shape.group(), shape.q, shape.d));
  const logical_tensor scores = tensor(type, score_dims);
  const logical_tensor scaled = tensor(type, score_dims);
  const logical_tensor masked = tensor(type, score_dims);
  const logical_tensor probabilities = tensor(type, score_dims);

  op logits(next++, op::kind::MatMul, {graph.q, graph.k}, {scores}, "logits");
  logits.set_attr<bool>(op::attr::transpose_b, true);
  op scaling(next++, op::kind::Multiply, {scores, graph.scale}, {scaled}, "scaling");
  op masking(next++, op::kind::Add, {scaled, graph.mask}, {masked}, "masking");
  op softmax(next++, op::kind::SoftMax, {shape.causal ? masked : scaled}, {probabilities},
             "softmax");
  softmax.set_attr<std::int64_t>(op::attr::axis, -1);
  op sums(next++, op::kind::MatMul, {probabilities, graph.v}, {graph.out}, "sums");

  dnnl::graph::graph all(dnnl::engine::kind::cpu);
  all.add_op(logits);
  all.add_op(scaling);
  if (shape.causal) all.add_op(masking);
  all.add_op(softmax);
  all.add_op(sums);
  all.finalize();
  const auto partitions = all.get_partitions();
  if (partitions.size() != 1 || !partitions.front().is_supported()) return std::nullopt;
  graph.partition = partitions.front();
  return graph;
}

class GraphBound final : public HostBound {
 public:
  GraphBound(const Problem& problem, const Graph& graph,
             const dnnl::graph::compiled_partition& compiled, const dnnl::engine& engine,
             std::vector<std::byte>& scale, std::vector<std::byte>& mask,
             std::span<Buffer* const> buffers)
      : touched_bytes_(problem.bytes()), compiled_(compiled), stream_(engine) {
    const AttentionTensors tensors = attention_tensors(problem, buffers);
    const auto add = [&](const logical_tensor& described, const std::byte* data) {
      in_.emplace_back(described, engine, const_cast<std::byte*>(data));
    };
    for (const logical_tensor& port : graph.partition.get_input_ports()) {
      const std::size_t id = port.get_id();
      if (id == graph.q.get_id()) add(graph.q, tensors.q);
      if (id == graph.k.get_id()) add(graph.k, tensors.k);
      if (id == graph.v.get_id()) add(graph.v, tensors.v);
      if (id == graph.scale.get_id()) add(graph.scale, scale.data());
      if (id == graph.mask.get_id()) add(graph.mask, mask.data());
    }
    out_.emplace_back(graph.out, engine, tensors.out);
  }

  [[nodiscard]] std::size_t touched_bytes() const override { return touched_bytes_; }
  void call() override {
    checked([&] {
      compiled_.execute(stream_, in_, out_);
      stream_.wait();
    });
  }

 private:
  std::size_t touched_bytes_;
  dnnl::graph::compiled_partition compiled_;
  dnnl::stream stream_;
  std::vector<dnnl::graph::tensor> in_, out_;
};

class GraphPrepared final : public Prepared {
 public:
  GraphPrepared(Problem problem, dnnl::engine engine, Graph graph)
      : problem_(std::move(problem)), engine_(std::move(engine)), graph_(std::move(graph)) {
    const AttentionShape shape = attention_shape(problem_);
    scale_ = stored({1.0F / std::sqrt(static_cast<float>(shape.d))});
    if (shape.causal) mask_ = stored(causal_mask(shape, shape.q));
    std::vector<logical_tensor> in;
    for (const logical_tensor& port : graph_.partition.get_input_ports()) {
      for (const logical_tensor* each :
           {&graph_.q, &graph_.k, &graph_.v, &graph_.scale, &graph_.mask}) {
        if (each->get_id() == port.get_id()) in.push_back(*each);
      }
    }
    compiled_ = graph_.partition.compile(in, {graph_.out}, engine_);
  }

  [[nodiscard]] std::string implementation() const override {
    return "graph_sdpa:" + effective_isa();
  }
  [[nodiscard]] std::string path() const override {
    return instruction_path(problem_.dtype(), effective_isa());
  }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return checked([&] {
      return std::make_unique<GraphBound>(problem_, graph_, compiled_, engine_, scale_, mask_,
                                          tensors);
    });
  }

 private:
  // In the problem's type.
  [[nodiscard]] std::vector<std::byte> stored(const std::vector<float>& values) const {
    const DType dtype = problem_.dtype();
    std::vector<std::byte> bytes(bytes_for(dtype, static_cast<std::int64_t>(values.size())));
    for (std::size_t i = 0; i < values.size(); ++i) {
      // A mask's large number is one that f16 has, too.
      const double value = dtype == DType::f16 ? std::max(values[i], -60000.0F) : values[i];
      store(dtype, bytes.data(), static_cast<std::int64_t>(i), value);
    }
    return bytes;
  }

  Problem problem_;
  dnnl::engine engine_;
  Graph graph_;
  dnnl::graph::compiled_partition compiled_;
  std::vector<std::byte> scale_, mask_;
};

}  // namespace

Support supports_graph_sdpa(const Problem& problem, const dnnl::engine&) {
  const AttentionShape shape = attention_shape(problem);
  if (const Support support = supports_whole_scores(shape); !support) return support;
  // The mask in f32 and as it is used, and the scores of all heads, which oneDNN 3.7 keeps at once.
  const std::int64_t scores = shape.q * shape.kv;
  const std::size_t mask =
      shape.causal ? bytes_for(DType::f32, scores) + bytes_for(shape.dtype, scores) : 0;
  const std::size_t all = bytes_for(shape.dtype, shape.batch * shape.heads * scores);
  if (const Support support = fits_memory(mask + all); !support) return support;
  if (!checked([&] { return make_graph(shape).has_value(); })) {
    return Support::no("oneDNN's graph doesn't take this attention of " + problem.word("dtype") +
                       " as one partition");
  }
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_graph_sdpa(const Problem& problem, const dnnl::engine& engine) {
  return checked([&] {
    std::optional<Graph> graph = make_graph(attention_shape(problem));
    if (!graph) throw Error(Error::Kind::internal, "no graph for what isn't supported");
    return std::make_unique<GraphPrepared>(problem, engine, std::move(*graph));
  });
}

}  // namespace assay::onednn
