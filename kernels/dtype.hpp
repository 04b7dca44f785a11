// Element types: names, sizes, and conversion of single elements to and from double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace assay {

// s4 and u4 hold two elements a byte: element 2i in the low nibble of byte i, 2i + 1 in the high
// one; s4 is two's complement.
enum class DType : std::uint8_t { f32, f16, bf16, s8, u8, s4, u4, s32 };

[[nodiscard]] std::string_view name(DType dtype);
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view text);
[[nodiscard]] std::span<const DType> all_dtypes();

[[nodiscard]] int bits(DType dtype);
[[nodiscard]] bool is_float(DType dtype);

// Unit roundoff of round-to-nearest: 2^-24, 2^-11, 2^-8; 0 for integers.
[[nodiscard]] double unit_roundoff(DType dtype);

// Bytes that `elements` take when packed; `elements` must be even for 4-bit types.
[[nodiscard]] std::size_t bytes_for(DType dtype, std::int64_t elements);

[[nodiscard]] float from_f16(std::uint16_t bits);
[[nodiscard]] std::uint16_t to_f16(float value);  // round to nearest even; overflows to infinity
[[nodiscard]] float from_bf16(std::uint16_t bits);
[[nodiscard]] std::uint16_t to_bf16(float value);  // round to nearest even; keeps NaN

// Reads or writes element `index`. Integers saturate, and round to nearest even.
[[nodiscard]] double load(DType dtype, const std::byte* data, std::int64_t index);
void store(DType dtype, std::byte* data, std::int64_t index, double value);

// Converts elements [first, first + out.size()) to double: what `load` says, in bulk.
void load_row(DType dtype, const std::byte* data, std::int64_t first, std::span<double> out);
// Writes elements [first, first + values.size()): what `store` does, in bulk.
void store_row(DType dtype, std::byte* data, std::int64_t first, std::span<const double> values);

}  // namespace assay
