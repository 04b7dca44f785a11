#include "kernels/dtype.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace assay {
namespace {

struct Properties {
  DType dtype;
  std::string_view name;
  int bits;
  double roundoff;
};

constexpr std::array properties = {
    Properties{DType::f32, "f32", 32, 0x1p-24},  Properties{DType::f16, "f16", 16, 0x1p-11},
    Properties{DType::bf16, "bf16", 16, 0x1p-8}, Properties{DType::s8, "s8", 8, 0.0},
    Properties{DType::u8, "u8", 8, 0.0},         Properties{DType::s4, "s4", 4, 0.0},
    Properties{DType::u4, "u4", 4, 0.0},         Properties{DType::s32, "s32", 32, 0.0},
};

constexpr std::array dtypes = {DType::f32, DType::f16, DType::bf16, DType::s8,
                               DType::u8,  DType::s4,  DType::u4,   DType::s32};

const Properties& of(DType dtype) { return properties[static_cast<std::size_t>(dtype)]; }

template <typename T>
T read(const std::byte* data, std::int64_t index) {
  T value;
  std::memcpy(&value, data + index * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

template <typename T>
void write(std::byte* data, std::int64_t index, T value) {
  std::memcpy(data + index * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
}

template <typename T>
T saturate(double value, double low, double high) {
  return static_cast<T>(std::clamp(std::nearbyint(value), low, high));
}

int nibble(const std::byte* data, std::int64_t index) {
  return static_cast<int>((std::to_integer<unsigned>(data[index / 2]) >> (4 * (index % 2))) & 15U);
}

void write_nibble(std::byte* data, std::int64_t index, int value) {
  const auto shift = static_cast<unsigned>(4 * (index % 2));
  const unsigned old = std::to_integer<unsigned>(data[index / 2]);
  data[index / 2] = static_cast<std::byte>((old & ~(15U << shift)) |
                                           ((static_cast<unsigned>(value) & 15U) << shift));
}

}  // namespace

std::string_view name(DType dtype) { return of(dtype).name; }

std::optional<DType> parse_dtype(std::string_view text) {
  for (const Properties& each : properties) {
    if (each.name == text) return each.dtype;
  }
  return std::nullopt;
}

std::span<const DType> all_dtypes() { return dtypes; }

int bits(DType dtype) { return of(dtype).bits; }

bool is_float(DType dtype) { return of(dtype).roundoff > 0.0; }

double unit_roundoff(DType dtype) { return of(dtype).roundoff; }

std::size_t bytes_for(DType dtype, std::int64_t elements) {
  return (static_cast<std::size_t>(elements) * static_cast<std::size_t>(bits(dtype)) + 7) / 8;
}

float from_f16(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 31U;
  const std::uint32_t mantissa = half & 0x3ffU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255U : exponent + 112U;
  return std::bit_cast<float>(sign | (wide << 23U) | (mantissa << 13U));
}

std::uint16_t to_f16(float value) {
  const auto pattern = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((pattern >> 16U) & 0x8000U);
  const std::uint32_t magnitude = pattern & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) {
    // Subnormal half: scaling by 2^24 is exact, and nearbyint rounds to nearest even.
    const float scaled = std::ldexp(std::bit_cast<float>(magnitude), 24);
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(std::nearbyint(scaled)));
  }
  const std::uint32_t rounded = magnitude + 0xfffU + ((magnitude >> 13U) & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000U) >> 13U));
}

float from_bf16(std::uint16_t half) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16U);
}

std::uint16_t to_bf16(float value) {
  const auto pattern = std::bit_cast<std::uint32_t>(value);
  if ((pattern & 0x7fffffffU) > 0x7f800000U) {
    return static_cast<std::uint16_t>((pattern >> 16U) | 0x40U);
  }
  return static_cast<std::uint16_t>((pattern + 0x7fffU + ((pattern >> 16U) & 1U)) >> 16U);
}

double load(DType dtype, const std::byte* data, std::int64_t index) {
  switch (dtype) {
    case DType::f32:
      return read<float>(data, index);
    case DType::f16:
      return from_f16(read<std::uint16_t>(data, index));
    case DType::bf16:
      return from_bf16(read<std::uint16_t>(data, index));
    case DType::s8:
      return read<std::int8_t>(data, index);
    case DType::u8:
      return read<std::uint8_t>(data, index);
    case DType::s4:
      return (nibble(data, index) ^ 8) - 8;
    case DType::u4:
      return nibble(data, index);
    case DType::s32:
      return read<std::int32_t>(data, index);
  }
  return 0.0;
}

void store(DType dtype, std::byte* data, std::int64_t index, double value) {
  switch (dtype) {
    case DType::f32:
      write(data, index, static_cast<float>(value));
      return;
    case DType::f16:
      write(data, index, to_f16(static_cast<float>(value)));
      return;
    case DType::bf16:
      write(data, index, to_bf16(static_cast<float>(value)));
      return;
    case DType::s8:
      write(data, index, saturate<std::int8_t>(value, -128, 127));
      return;
    case DType::u8:
      write(data, index, saturate<std::uint8_t>(value, 0, 255));
      return;
    case DType::s4:
      write_nibble(data, index, saturate<int>(value, -8, 7));
      return;
    case DType::u4:
      write_nibble(data, index, saturate<int>(value, 0, 15));
      return;
    case DType::s32:
      write(data, index,
            saturate<std::int32_t>(value, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max()));
      return;
  }
}

void load_row(DType dtype, const std::byte* data, std::int64_t first, std::span<double> out) {
  const auto each = [&](auto&& element) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<double>(element(first + static_cast<std::int64_t>(i)));
    }
  };
  using Index = std::int64_t;
  switch (dtype) {
    case DType::f32:
      each([&](Index i) { return read<float>(data, i); });
      return;
    case DType::f16:
      each([&](Index i) { return from_f16(read<std::uint16_t>(data, i)); });
      return;
    case DType::bf16:
      each([&](Index i) { return from_bf16(read<std::uint16_t>(data, i)); });
      return;
    case DType::s8:
      each([&](Index i) { return read<std::int8_t>(data, i); });
      return;
    case DType::u8:
      each([&](Index i) { return read<std::uint8_t>(data, i); });
      return;
    case DType::s4:
      each([&](Index i) { return (nibble(data, i) ^ 8) - 8; });
      return;
    case DType::u4:
      each([&](Index i) { return nibble(data, i); });
      return;
    case DType::s32:
      each([&](Index i) { return read<std::int32_t>(data, i); });
      return;
  }
}

void store_row(DType dtype, std::byte* data, std::int64_t first, std::span<const double> values) {
  const auto each = [&](auto&& convert) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      write(data, first + static_cast<std::int64_t>(i), convert(static_cast<float>(values[i])));
    }
  };
  switch (dtype) {
    case DType::f32:
      each([](float value) { return value; });
      return;
    case DType::f16:
      each([](float value) { return to_f16(value); });
      return;
    case DType::bf16:
      each([](float value) { return to_bf16(value); });
      return;
    default:
      break;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(dtype, data, first + static_cast<std::int64_t>(i), values[i]);
  }
}

}  // namespace assay
