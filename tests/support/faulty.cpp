#include "tests/support/faulty.hpp"

#include "bench/check.hpp"
#include "kernels/attention.hpp"
#include "kernels/matmul.hpp"

namespace assay {
namespace {

std::vector<Fault> faults_of_matmul(const Problem& problem) {
  const MatmulShape s = matmul_shape(problem);
  std::vector<Fault> faults = {Fault::unwritten_row};
  const auto add = [&](Fault fault, bool applies) {
    if (applies) faults.push_back(fault);
  };
  const bool floats = is_float(s.dtype);
  add(Fault::wrong_corner, s.n > 1);
  add(Fault::last_k_dropped, true);
  add(Fault::batch_shifted, s.batch > 1);
  add(Fault::neighbour_scale, problem.find("b_scale") != nullptr && s.n > 1);
  add(Fault::neighbour_group_scale, s.group != 0 && s.k > s.group);
  add(Fault::zero_point_ignored, s.zero_points.has_value());
  add(Fault::nibbles_swapped, bits(s.weights) == 4);
  add(Fault::transposed, s.n > 1 && s.k > 1);
  // Rounding shows once there are many sums, and through what the weights' rounding allows.
  add(Fault::accumulated_in_bf16, floats && s.k >= 256);
  add(Fault::accumulated_in_f16, floats && s.k >= 256 && (s.group == 0 || s.dtype != DType::bf16));
  add(Fault::operands_in_bf16, s.dtype == DType::f32 || s.dtype == DType::f16);
  add(Fault::bias_ignored, s.bias);
  add(Fault::activation_ignored, s.activation != MatmulShape::Activation::none);
  add(Fault::pairs_saturated, s.dtype == DType::u8 && s.k > 16);
  return faults;
}

std::vector<Fault> faults_of_attention(const Problem& problem) {
  const AttentionShape s = attention_shape(problem);
  std::vector<Fault> faults = {Fault::unwritten_row};
  const auto add = [&](Fault fault, bool applies) {
    if (applies) faults.push_back(fault);
  };
  const bool groups = s.group() > 1 && s.kv_heads > 1;
  add(Fault::wrong_corner, s.d > 1);
  add(Fault::batch_shifted, s.batch > 1);
  add(Fault::neighbour_scale, s.kv_dtype == DType::s8 && s.kv > 1);
  add(Fault::transposed, s.heads > 1 && s.q > 1);
  // Rounding shows in rows that add up many values.
  const bool adds = s.kv >= 128 && s.q > 16;
  add(Fault::accumulated_in_bf16, adds);
  add(Fault::accumulated_in_f16, adds && s.dtype != DType::bf16);
  add(Fault::sees_one_more, s.causal && s.q > 1 && s.kv > 1);
  add(Fault::sees_one_fewer, s.causal && s.kv > 1);
  add(Fault::aligned_top_left, s.causal && s.q != s.kv);
  add(Fault::last_key_dropped, s.kv > 1);
  add(Fault::head_shifted, s.kv_heads > 1);
  add(Fault::heads_interleaved, groups);
  add(Fault::merged_without_rescale, s.kv >= 16);
  add(Fault::updated_without_rescale, s.kv >= 64);
  add(Fault::scores_in_bf16, s.kv >= 16 && s.dtype != DType::bf16);
  add(Fault::masked_row_averaged, s.causal && s.q > s.kv);
  return faults;
}

}  // namespace

std::string_view name(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::wrong_corner:
      return "wrong_corner";
    case Fault::unwritten_row:
      return "unwritten_row";
    case Fault::batch_shifted:
      return "batch_shifted";
    case Fault::neighbour_scale:
      return "neighbour_scale";
    case Fault::transposed:
      return "transposed";
    case Fault::accumulated_in_bf16:
      return "accumulated_in_bf16";
    case Fault::accumulated_in_f16:
      return "accumulated_in_f16";
    case Fault::last_k_dropped:
      return "last_k_dropped";
    case Fault::neighbour_group_scale:
      return "neighbour_group_scale";
    case Fault::zero_point_ignored:
      return "zero_point_ignored";
    case Fault::nibbles_swapped:
      return "nibbles_swapped";
    case Fault::operands_in_bf16:
      return "operands_in_bf16";
    case Fault::bias_ignored:
      return "bias_ignored";
    case Fault::activation_ignored:
      return "activation_ignored";
    case Fault::pairs_saturated:
      return "pairs_saturated";
    case Fault::sees_one_more:
      return "sees_one_more";
    case Fault::sees_one_fewer:
      return "sees_one_fewer";
    case Fault::aligned_top_left:
      return "aligned_top_left";
    case Fault::last_key_dropped:
      return "last_key_dropped";
    case Fault::head_shifted:
      return "head_shifted";
    case Fault::heads_interleaved:
      return "heads_interleaved";
    case Fault::merged_without_rescale:
      return "merged_without_rescale";
    case Fault::updated_without_rescale:
      return "updated_without_rescale";
    case Fault::scores_in_bf16:
      return "scores_in_bf16";
    case Fault::masked_row_averaged:
      return "masked_row_averaged";
  }
  return "";
}

std::vector<Fault> faults_of(const Problem& problem) {
  return problem.kernel == "matmul" ? faults_of_matmul(problem) : faults_of_attention(problem);
}

void run(const Problem& problem, ConstTensorData inputs, const Implementation& how,
         std::span<std::byte> output) {
  if (problem.kernel == "matmul") {
    run_matmul(problem, inputs, how, output);
  } else {
    run_attention(problem, inputs, how, output);
  }
}

HostTensors::HostTensors(const Problem& problem) {
  for (const TensorSpec& spec : problem.tensors) {
    std::vector<Line>& lines = memory_.emplace_back(spec.bytes() / 64 + 1);
    spans_.emplace_back(lines.front().bytes, spec.bytes());
    const_spans_.emplace_back(spans_.back());
  }
}

HostTensors::HostTensors(const Problem& problem, std::uint64_t seed) : HostTensors(problem) {
  fill_tensors(problem, Fill::random, seed, data());
  poison(output(), problem.output().dtype);
}

}  // namespace assay
