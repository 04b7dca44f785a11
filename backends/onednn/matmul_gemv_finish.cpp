#include <algorithm>

#include "backends/onednn/matmul_gemv_block.hpp"
#include "backends/onednn/matmul_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/onednn/matmul_gemv_finish.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace assay::onednn::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(Floats()));

HWY_INLINE Vector constant(float x) { return hn::Set(Floats(), x); }

// x / (1 + e^-x). Clamped where e^-x would overflow: the quotient is 0 to working precision.
HWY_INLINE Vector silu(Vector x) {
  const Vector e = hn::Exp(Floats(), hn::Neg(hn::Max(x, constant(-87.0F))));
  return hn::Div(x, hn::Add(constant(1.0F), e));
}

// x Phi(x), from erfc(z) = t (a1 + t (a2 + …)) e^-z^2, t = 1 / (1 + p z), for z = |x| / sqrt(2):
// Abramowitz and Stegun, 7.1.26, absolute error 1.5e-7.
HWY_INLINE Vector gelu(Vector x) {
  const Vector size = hn::Abs(x);
  const Vector z = hn::Mul(size, constant(0.70710678F));
  const Vector t = hn::Div(constant(1.0F), hn::MulAdd(constant(0.3275911F), z, constant(1.0F)));
  Vector p = constant(1.061405429F);
  p = hn::MulAdd(p, t, constant(-1.453152027F));
  p = hn::MulAdd(p, t, constant(1.421413741F));
  p = hn::MulAdd(p, t, constant(-0.284496736F));
  p = hn::MulAdd(p, t, constant(0.254829592F));
  const Vector square = hn::Min(hn::Mul(z, z), constant(87.0F));
  const Vector erfc = hn::Mul(hn::Mul(p, t), hn::Exp(Floats(), hn::Neg(square)));
  // Phi(x) is erfc(z) / 2 below 0 and 1 - erfc(z) / 2 above.
  const Vector half = hn::Mul(constant(0.5F), erfc);
  const Vector phi =
      hn::IfThenElse(hn::Lt(x, hn::Zero(Floats())), half, hn::Sub(constant(1.0F), half));
  return hn::Mul(x, phi);
}

HWY_INLINE Vector activate(MatmulShape::Activation activation, Vector x) {
  switch (activation) {
    case MatmulShape::Activation::gelu:
      return gelu(x);
    case MatmulShape::Activation::silu:
      return silu(x);
    case MatmulShape::Activation::none:
      break;
  }
  return x;
}

// `count` up to `lanes` elements of a row, from column `j` on.
HWY_INLINE Vector epilogue(const GemvShape& shape, const GemvBlock& block, const GemvFinish& finish,
                           std::int64_t at, std::int64_t j, std::size_t count) {
  const hn::RebindToSigned<Floats> integers;
  Vector x = hn::Zero(Floats());
  if (shape.format == GemvFormat::bytes) {
    x = hn::ConvertTo(Floats(), hn::LoadN(integers, block.integer_sums + at, count));
    const Vector scale = hn::LoadN(Floats(), finish.b_scale + j, count);
    x = hn::Mul(x, hn::Mul(scale, constant(finish.a_scale)));
  } else {
    x = hn::LoadN(Floats(), block.sums + at, count);
  }
  if (finish.bias != nullptr) x = hn::Add(x, hn::LoadN(Floats(), finish.bias + j, count));
  return activate(shape.matmul.activation, x);
}

template <class Stored>
HWY_INLINE void store_as(Vector x, std::byte* row, std::int64_t j, std::size_t count) {
  const hn::Rebind<Stored, Floats> stored;
  hn::StoreN(hn::DemoteTo(stored, x), stored, reinterpret_cast<Stored*>(row) + j, count);
}

HWY_INLINE void store(DType out, Vector x, std::byte* row, std::int64_t j, std::size_t count) {
  if (out == DType::bf16) return store_as<hwy::bfloat16_t>(x, row, j, count);
  if (out == DType::f16) return store_as<hwy::float16_t>(x, row, j, count);
  hn::StoreN(x, Floats(), reinterpret_cast<float*>(row) + j, count);
}

}  // namespace

void gemv_finish(const GemvShape& shape, const GemvBlock& block, const GemvFinish& finish) {
  const hn::RebindToSigned<Floats> integers;
  for (std::int64_t i = 0; i < block.rows; ++i) {
    std::byte* const row = finish.out + i * finish.out_stride;
    for (std::int64_t j = 0; j < block.columns; j += lanes) {
      const auto count = static_cast<std::size_t>(std::min(lanes, block.columns - j));
      const std::int64_t at = i * gemv_columns + j;
      if (shape.matmul.out == DType::s32) {
        hn::StoreN(hn::LoadN(integers, block.integer_sums + at, count), integers,
                   reinterpret_cast<std::int32_t*>(row) + j, count);
      } else {
        store(shape.matmul.out, epilogue(shape, block, finish, at, j, count), row, j, count);
      }
    }
  }
}

}  // namespace assay::onednn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace assay::onednn {

HWY_EXPORT(gemv_finish);

void gemv_finish(const GemvShape& shape, const GemvBlock& block, const GemvFinish& finish) {
  HWY_DYNAMIC_DISPATCH(gemv_finish)(shape, block, finish);
}

}  // namespace assay::onednn
#endif
