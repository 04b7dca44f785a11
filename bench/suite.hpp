// Suites: cases as text. One line is the product of its values, in the written order (the last key
// changes fastest):
//
//   kernel key=v1,v2 key=v …          # a comment runs to the end of the line
//   matmul dtype=f32 512x4096:4096x4096   MxK:KxN, or BxMxK:BxKxN, in place of m, n, k (and batch)
//   attention dtype=bf16 heads=32 kv_heads=8 q=1 kv=4096 d=128 device=onednn variant=a,b
//   set launches=3 budget=15s min-time=20ms min-repeats=20 precision=0.05
//
// `device` takes selectors as --device does, `variant` names of implementations; both are part of
// the product. `set` gives the suite's own measuring defaults; the command line wins over it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/case.hpp"
#include "bench/plan.hpp"

namespace assay {

// What a suite, an environment variable or the command line may say about measuring; what it
// leaves out is someone else's to say.
struct MeasureSettings {
  std::optional<int> launches, max_launches, min_repeats;
  std::optional<double> min_time_s, budget_s, precision;
  // Values of `other` where this one has none.
  void fill_in(const MeasureSettings& other);
  void apply(Measure& measure) const;
};

struct Suite {
  std::string name;
  std::vector<Case> cases;  // Case::device is a selector, or empty: all selected devices
  MeasureSettings settings;
};

// Throws a usage Error about a word that is no selector of devices; empty: any word may be one.
using SelectorCheck = std::function<void(const std::string&)>;

// `file` only names the text in errors: usage Error "file:line:column: what is wrong".
[[nodiscard]] Suite parse_suite(std::string_view file, std::string_view text,
                                const SelectorCheck& check_selector = {});

// Suites that are part of the program.
struct BuiltInSuite {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const BuiltInSuite> built_in_suites();

// A built-in suite by name, or a file (anything with a slash or ending in .suite). Usage Error with
// the nearest name, or Error(file).
[[nodiscard]] Suite load_suite(const std::string& name_or_file,
                               const SelectorCheck& check_selector = {});

}  // namespace assay
