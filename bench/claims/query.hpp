// Which cases a quantity is made of: "matmul dtype=f32,bf16 m>=512 weights!=s4".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/problem.hpp"

namespace assay {

struct CaseQuery {
  enum class Operator : std::uint8_t { is, is_not, at_least, at_most };
  struct Term {
    std::string key;
    Operator op = Operator::is;
    std::vector<std::string> values;  // one for at_least and at_most
  };
  std::vector<std::string> kernels;  // "matmul,attention": any of them
  std::vector<Term> terms;           // all must hold; a kernel without that key fails `is`

  [[nodiscard]] bool matches(const Problem& problem) const;
  [[nodiscard]] bool has_key(std::string_view key) const;  // any of the kernels has it
};

// Usage Error for an unknown kernel, or a key or value that the kernel doesn't have.
[[nodiscard]] CaseQuery parse_case_query(std::string_view text);
[[nodiscard]] std::string text(const CaseQuery& query);

// A key's value as a case's name would have it; empty if the problem has no such key.
[[nodiscard]] std::string key_text(const Problem& problem, std::string_view key);

}  // namespace assay
