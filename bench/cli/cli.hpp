// The command line: verbs, and how what happens in them becomes an exit code.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "bench/cli/output.hpp"
#include "bench/exit_code.hpp"

namespace assay {

using Arguments = std::span<const std::string>;  // without program and verb

struct Verb {
  std::string_view name;
  std::string_view summary;  // empty: not shown
  Exit (*run)(Arguments arguments, Output& out);
};
[[nodiscard]] std::span<const Verb> verbs();

// One file each: bench/cli/NAME.cpp.
[[nodiscard]] Exit ab_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit baseline_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit capacity_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit ceilings_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit compare_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit conformance_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit devices_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit estimate_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit facts_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit gate_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit history_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit list_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit parallelism_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit report_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit run_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit selftest_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit split_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit tune_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit verdict_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit verify_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit verify_worker_verb(Arguments arguments, Output& out);
[[nodiscard]] Exit worker_verb(Arguments arguments, Output& out);

// The whole program. Errors are one line on stderr: usage and files 64, a device 6, the rest 70.
[[nodiscard]] int cli_main(Arguments arguments);

}  // namespace assay
