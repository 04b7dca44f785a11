// The audit of published figures as it is printed.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "bench/cli/cli.hpp"
#include "bench/facts/facts.hpp"

namespace assay {

// Which rows of the table somebody asks for; empty: any.
struct FactFilter {
  std::string device;  // a part of its name
  std::string figure;
  std::string dtype;

  [[nodiscard]] bool fits(const Fact& fact) const;
};

// "f16 matrix dense, of one die".
[[nodiscard]] std::string fact_kind(const Fact& f);
// "3350 GB/s".
[[nodiscard]] std::string fact_value(const Fact& f);
[[nodiscard]] nlohmann::json fact_json(const Fact& f);

void print_audit(const FactTable& facts, const FactFilter& filter, Output& out);
// The same as data.
[[nodiscard]] nlohmann::json audit_json(const FactTable& facts, const FactFilter& filter);

}  // namespace assay
