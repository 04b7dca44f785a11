// Results against each other: ratios of times with intervals, and a word for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/comparison/result_file.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

// Bounds on the ratio t / t_base of mean logarithms, by Welch's t over launches (paired t over launches
// of the same run, which were measured side by side):
//   slower   the lower bound at 1 % (Holm over the table) lies above 1, and the ratio is >= 1.01
//   faster   the same the other way round
//   same     both one-sided 5 % bounds lie within the margin
//   unclear  none of these: more launches would tell
//   unknown  fewer than 3 launches on a side, or all of one process: no interval
enum class Relation : std::uint8_t { same, slower, faster, unclear, unknown };
[[nodiscard]] std::string_view name(Relation relation);

struct ComparedCase {
  std::string problem;
  std::string kernel;
  std::string dtype;
  std::string where;  // who is compared: "onednn on AMD EPYC"
  std::string base_where;
  // Over launches; where these are in pairs, over those that both have.
  double base_ns = 0;  // medians
  double ns = 0;
  double ratio = 0;                  // of geometric means: above 1 is slower
  std::optional<Estimate> interval;  // 95 %, two-sided, of the ratio
  Relation relation = Relation::unknown;
};

struct ComparedGroup {
  std::string kernel;
  std::string dtype;
  std::size_t cases = 0;
  double ratio = 0;  // geometric mean
};

// One side, and what it is held against.
struct ComparedPair {
  std::string base;
  std::string other;
  bool paired = false;                 // launches of one run, by their numbers
  std::vector<ComparedCase> cases;     // slowest first
  std::vector<ComparedGroup> groups;   // by kernel and dtype, in alphabetical order
  double ratio = 0;                    // geometric mean over all cases; 0 where there are none
  std::vector<std::string> only_base;  // cases with times on one side only
  std::vector<std::string> only_other;
  std::vector<std::string>
      without;  // times on one side only, "NAME: wrong in other: WHY", or broken on both
  std::set<std::pair<std::string, std::string>> settings;  // of cases where they differ
};

struct Comparison {
  double margin = 0.03;
  std::vector<ComparedPair> pairs;
  std::vector<std::string> cautions;  // what these numbers can't say
};

struct CompareOptions {
  double margin = 0.03;
  bool across = false;    // devices and backends against each other: cases match by problem alone
  std::string base = {};  // with `across`: part of the name of what the others are held against
};

// The first file against each other one; with `across` also the devices of one file. Error(file) where
// no case is in common, naming how the devices differ; usage Error where one file is given without
// `across`.
[[nodiscard]] Comparison compare(std::span<const ResultFile> files, const CompareOptions& options);

}  // namespace assay
