#include "backends/opencl/probe_trial.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>

namespace assay::opencl {
namespace {

constexpr int tile_rows = 4;    // as in probe_tile.cl
constexpr int tile_bytes = 64;  // of a fragment tile's row, as in fragment.cl

ProbeMatrix make_matrix(DType dtype, int rows, int columns, unsigned seed) {
  ProbeMatrix matrix{rows, columns, {}};
  unsigned state = seed;
  for (int i = 0; i < rows * columns; ++i) {
    state = state * 1664525U + 1013904223U;
    const int random = static_cast<int>(state >> 24U);
    const bool extreme = (state >> 8U & 3U) == 0;
    int value = 0;
    if (dtype == DType::u8) {
      value = extreme ? 255 : random;
    } else if (dtype == DType::s8) {
      value = extreme ? (random % 2 == 0 ? 127 : -127) : random % 128 - random % 2 * 127;
    } else {
      value = random % 17 - 8;
    }
    matrix.values.push_back(value);
  }
  return matrix;
}

// |value| <= 255, which every float format here holds exactly.
void append(std::vector<std::byte>& bytes, DType dtype, int value) {
  const auto put = [&](auto bits) {
    const auto view = std::as_bytes(std::span(&bits, 1));
    bytes.insert(bytes.end(), view.begin(), view.end());
  };
  const auto real = static_cast<float>(value);
  std::uint32_t bits = 0;
  std::memcpy(&bits, &real, sizeof bits);
  if (dtype == DType::f32) {
    put(bits);
  } else if (dtype == DType::bf16) {
    put(static_cast<std::uint16_t>(bits >> 16U));
  } else if (dtype == DType::f16) {
    const std::uint32_t exponent = bits >> 23U & 0xffU;
    const std::uint32_t half =
        exponent == 0 ? 0 : (exponent - 112U) << 10U | (bits >> 13U & 0x3ffU);
    put(static_cast<std::uint16_t>((bits >> 16U & 0x8000U) | half));
  } else {
    put(static_cast<std::uint8_t>(value));
  }
}

// Rows side by side in units of k: [columns / unit][rows][unit].
std::vector<std::byte> panels(DType dtype, const ProbeMatrix& matrix, int unit) {
  std::vector<std::byte> bytes;
  for (int k = 0; k < matrix.columns; k += unit) {
    for (int row = 0; row < matrix.rows; ++row) {
      for (int i = 0; i < unit; ++i) append(bytes, dtype, matrix.at(row, k + i));
    }
  }
  return bytes;
}

float half_value(std::uint16_t half) {
  const int exponent = half >> 10U & 0x1f;
  const int mantissa = exponent == 0 ? half & 0x3ff : (half & 0x3ff) | 0x400;
  const float size = std::ldexp(static_cast<float>(mantissa), std::max(exponent, 1) - 25);
  return (half & 0x8000U) != 0 ? -size : size;
}

ProbeTrial tile_trial(const InstructionPath& path) {
  ProbeTrial trial;
  trial.source = &probe_tile_cl;
  trial.kernel = "probe_tile";
  const DType b_type = path.dtype == DType::u8 ? DType::s8 : path.dtype;
  const int k = 16 * path.k_unit;
  trial.a = make_matrix(path.dtype, tile_rows, k, 1);
  trial.b = make_matrix(b_type, 2 * path.lanes, k, 2);
  trial.a_bytes = panels(path.dtype, trial.a, path.k_unit);
  trial.b_bytes = panels(b_type, trial.b, path.k_unit);
  trial.argument = k / path.k_unit;
  trial.sums = path.k_unit == 4 ? DType::s32 : path.dtype == DType::f16 ? DType::f16 : DType::f32;
  return trial;
}

ProbeTrial fragment_trial(const InstructionPath& path) {
  ProbeTrial trial;
  trial.source = &probe_fragment_cl;
  trial.kernel = "probe_fragment";
  const int k = tile_bytes * 8 / bits(path.dtype);
  const int rows = path.maker == InstructionPath::Maker::intel ? 16 : 32;
  trial.a = make_matrix(path.dtype, rows, k, 1);
  trial.b = make_matrix(path.dtype, 32, k, 2);
  trial.a_bytes = panels(path.dtype, trial.a, k);
  trial.b_bytes = panels(path.dtype, trial.b, k);
  trial.argument = rows;
  trial.work_items = static_cast<std::size_t>(path.lanes);
  trial.sums = path.dtype == DType::s8 ? DType::s32 : DType::f32;
  return trial;
}

double sum_at(std::span<const std::byte> bytes, DType type, std::size_t index) {
  const auto read = [&]<typename T>(T value) {
    std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
    return value;
  };
  if (type == DType::s32) return read(std::int32_t{});
  if (type == DType::f16) return static_cast<double>(half_value(read(std::uint16_t{})));
  return static_cast<double>(read(float{}));
}

}  // namespace

ProbeTrial make_trial(const InstructionPath& path) {
  return path.kind == InstructionPath::Kind::tile ? tile_trial(path) : fragment_trial(path);
}

ProbeAnswer answer_of(const ProbeTrial& trial, std::span<const std::byte> sums) {
  for (int i = 0; i < trial.a.rows; ++i) {
    for (int j = 0; j < trial.b.rows; ++j) {
      double expected = 0;
      for (int k = 0; k < trial.a.columns; ++k) {
        expected += static_cast<double>(trial.a.at(i, k)) * trial.b.at(j, k);
      }
      const auto index = static_cast<std::size_t>(i) * static_cast<std::size_t>(trial.b.rows) +
                         static_cast<std::size_t>(j);
      const double sum = sum_at(sums, trial.sums, index);
      if (sum == expected) continue;
      std::ostringstream text;
      text << sum << " instead of " << expected << " at row " << i << ", column " << j;
      return {ProbeAnswer::Verdict::wrong, text.str()};
    }
  }
  return {ProbeAnswer::Verdict::works, ""};
}

}  // namespace assay::opencl
