#include "backends/onednn/matmul_plan.hpp"

#include <string_view>

#include "kernels/error.hpp"

namespace assay::onednn {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

// Bits of a scale mask, for a two-dimensional b of [k, n].
constexpr int per_k = 1 << 0;
constexpr int per_n = 1 << 1;

// A matrix of [rows, columns], or `elements` of them; `transposed`: stored as [columns, rows].
Desc matrix(std::int64_t elements, std::int64_t rows, std::int64_t columns, Type type,
            bool transposed) {
  if (elements == 1) return {{rows, columns}, type, transposed ? Tag::ba : Tag::ab};
  return {{elements, rows, columns}, type, transposed ? Tag::acb : Tag::abc};
}

Desc any_layout(const Desc& stored) {
  return {stored.get_dims(), stored.get_data_type(), Tag::any};
}

// The mode that lets float activations meet integer weights, which oneDNN then dequantises.
dnnl::fpmath_mode dequantised_in(DType dtype) {
  switch (dtype) {
    case DType::bf16:
      return dnnl::fpmath_mode::bf16;
    case DType::f16:
      return dnnl::fpmath_mode::f16;
    default:
      return dnnl::fpmath_mode::strict;
  }
}

void add_dequantisation(const MatmulShape& shape, dnnl::primitive_attr& attributes) {
  const bool grouped = shape.group != shape.k;
  const int mask = grouped ? per_k | per_n : per_n;
  const dnnl::memory::dims groups =
      grouped ? dnnl::memory::dims{shape.group, 1} : dnnl::memory::dims{};
  attributes.set_fpmath_mode(dequantised_in(shape.dtype), true);
  attributes.set_scales(DNNL_ARG_WEIGHTS, mask, groups, Type::f32);
  if (shape.zero_points) attributes.set_zero_points(DNNL_ARG_WEIGHTS, mask, groups, Type::u8);
}

dnnl::primitive_attr make_attributes(const MatmulShape& shape) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (has_output_scales(shape)) {
    attributes.set_scales_mask(DNNL_ARG_SRC, 0);
    attributes.set_scales_mask(DNNL_ARG_WEIGHTS, per_n);
  }
  if (shape.group != 0) add_dequantisation(shape, attributes);
  dnnl::post_ops post_ops;
  switch (shape.activation) {
    case MatmulShape::Activation::gelu:
      post_ops.append_eltwise(dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
      break;
    case MatmulShape::Activation::silu:
      post_ops.append_eltwise(dnnl::algorithm::eltwise_swish, 1.0F, 0.0F);
      break;
    case MatmulShape::Activation::none:
      break;
  }
  attributes.set_post_ops(post_ops);
  return attributes;
}

constexpr bool empty_if_missing = true;

MatmulPlan make_plan(const MatmulShape& s, std::int64_t elements, bool pack,
                     const dnnl::engine& engine) {
  MatmulPlan plan;
  plan.elements = elements;
  plan.calls = s.batch / elements;
  plan.stored_weights = matrix(elements, s.k, s.n, data_type(s.weights), s.b_transposed);
  plan.turned_weights = matrix(elements, s.k, s.n, data_type(s.weights), false);
  const Desc a = matrix(elements, s.m, s.k, data_type(s.dtype), s.a_transposed);
  const Desc b = pack ? any_layout(plan.stored_weights) : plan.stored_weights;
  const Desc bias = s.bias ? matrix(elements, 1, s.n, Type::f32, false) : Desc();
  const Desc out = matrix(elements, s.m, s.n, data_type(s.out), false);
  plan.primitive =
      dnnl::matmul::primitive_desc(engine, a, b, bias, out, make_attributes(s), empty_if_missing);
  return plan;
}

// Whether oneDNN can turn the stored weights into what the primitive wants: not so for 4-bit types
// and its reference implementation.
bool can_pack(const MatmulPlan& plan, const dnnl::engine& engine) {
  const Desc wanted = plan.primitive.weights_desc();
  return wanted == plan.stored_weights || static_cast<bool>(dnnl::reorder::primitive_desc(
                                              engine, plan.stored_weights, engine, wanted,
                                              dnnl::primitive_attr(), empty_if_missing));
}

MatmulPlan make_plan(const MatmulShape& shape, std::int64_t elements, const dnnl::engine& engine) {
  // Matrices of one element stay as they are: for AVX2-VNNI oneDNN 3.7 packs only the batch's first.
  if (shape.constant && shape.n * shape.k > 1) {
    MatmulPlan packed = make_plan(shape, elements, true, engine);
    if (packed.found() && can_pack(packed, engine)) return packed;
  }
  return make_plan(shape, elements, false, engine);
}

}  // namespace

MatmulPlan plan_matmul(const MatmulShape& shape, const dnnl::engine& engine) {
  // The scales of a batch differ from element to element, which no attribute can say.
  const bool separate = shape.batch > 1 && (has_output_scales(shape) || shape.group != 0);
  if (shape.batch == 1 || separate) return make_plan(shape, 1, engine);
  MatmulPlan whole = make_plan(shape, shape.batch, engine);
  if (whole.found() && !is_reference(whole)) return whole;
  MatmulPlan single = make_plan(shape, 1, engine);
  return single.found() && (!whole.found() || !is_reference(single)) ? single : whole;
}

bool is_reference(const MatmulPlan& plan) {
  return std::string_view(plan.primitive.impl_info_str()).starts_with("ref");
}

bool has_output_scales(const MatmulShape& shape) {
  return !is_float(shape.dtype) && shape.out != DType::s32;
}

dnnl::memory::data_type data_type(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return Type::f32;
    case DType::f16:
      return Type::f16;
    case DType::bf16:
      return Type::bf16;
    case DType::s8:
      return Type::s8;
    case DType::u8:
      return Type::u8;
    case DType::s4:
      return Type::s4;
    case DType::u4:
      return Type::u4;
    case DType::s32:
      return Type::s32;
  }
  throw Error(Error::Kind::internal, "a dtype that oneDNN has no name for");
}

}  // namespace assay::onednn
