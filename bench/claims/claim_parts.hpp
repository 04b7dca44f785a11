// The tables of a claim's file: its devices, quantities and tests.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "bench/claims/claim.hpp"
#include "bench/claims/toml_reader.hpp"
#include "kernels/suggest.hpp"

namespace assay {

template <std::size_t n>
void check_word(const TomlReader& in, const std::string& key, std::string_view word,
                const std::array<std::string_view, n>& known) {
  if (std::ranges::find(known, word) == known.end()) in.refuse(key, unknown_word(key, word, known));
}

// All of them: Error(file) "PATH:LINE: …".
[[nodiscard]] FactKey read_fact(TomlReader& in, const FactTable& facts);
[[nodiscard]] ClaimSide read_side(TomlReader& in, const FactTable& facts);
// `claim` has its sides already, and the quantities before this one.
[[nodiscard]] ClaimQuantity read_quantity(TomlReader& in, const Claim& claim,
                                          const FactTable& facts);
[[nodiscard]] ClaimTest read_test(TomlReader& in);
void check_side(const TomlReader& in, const Claim& claim, const std::string& key,
                const std::string& word);

}  // namespace assay
