// simulate [--short] [--seed N] [--blocks AB.json]… [coverage|alarms|power|families|histories]…
// Prints how the statistics of comparisons fare on synthetic noise, and (--blocks) on the A/A blocks that
// `assay ab --out AB.json` measured; exit 1 if a promise is broken.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/statistics/proportion.hpp"
#include "simulations.hpp"

namespace {

// ln(head / base) of the blocks that count, one vector a case.
std::vector<std::vector<double>> read_blocks(const char* path) {
  std::vector<std::vector<double>> cases;
  // Not in the loop's head: there the document would be gone before its first element is looked at.
  const auto document = nlohmann::json::parse(std::ifstream(path));
  for (const auto& c : document.at("blocks")) {
    std::vector<double> values;
    for (const char* name : {"screen", "confirm"}) {
      const auto stage = c.value(name, nlohmann::json::object());
      const auto base = stage.value("base_ns", std::vector<double>());
      const auto head = stage.value("head_ns", std::vector<double>());
      for (std::size_t i = 0; i < base.size(); ++i) {
        if (stage.contains("dropped") && stage["dropped"].contains(std::to_string(i))) continue;
        values.push_back(std::log(head.at(i) / base[i]));
      }
    }
    if (!values.empty()) cases.push_back(std::move(values));
  }
  return cases;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace assay::simulation;
  Size size = full_size();
  std::uint64_t seed = 20250101;
  constexpr std::array<std::string_view, 5> parts = {"coverage", "alarms", "power", "families",
                                                     "histories"};
  std::vector<std::string_view> wanted;
  std::vector<std::vector<double>> measured;
  bool from_files = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--short") {
      size = short_size();
    } else if (word == "--blocks" && i + 1 < argc) {
      from_files = true;
      for (auto& blocks : read_blocks(argv[++i])) measured.push_back(std::move(blocks));
    } else if (word == "--seed" && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::ranges::find(parts, word) != parts.end()) {
      wanted.push_back(word);
    } else {
      fmt::print(stderr, "simulate: no part '{}': {}\n", word, fmt::join(parts, ", "));
      return 64;
    }
  }
  bool holds = true;
  const auto report = [&](const Tally& tally) {
    const assay::Estimate rate = assay::clopper_pearson(tally.count, tally.trials);
    fmt::print("{:4} {:7.3f} %  [{:7.3f}, {:7.3f}] of {:6}  must be {:6.2f} to {:6.2f} %  {}\n",
               tally.holds() ? "ok" : "FAIL", 100 * rate.value, 100 * rate.low, 100 * rate.high,
               tally.trials, 100 * tally.least, 100 * tally.most, tally.what);
    std::fflush(stdout);
    holds = holds && tally.holds();
  };
  const auto runs = [&](std::string_view name) {
    for (const std::string_view word : wanted) {
      if (word == name) return true;
    }
    return wanted.empty();
  };
  fmt::print("seed {}; intervals are Clopper and Pearson's at 95 %\n", seed);
  if (from_files && measured.empty()) {
    fmt::print("no blocks in these files\n");
    return 1;
  }
  if (!measured.empty()) {
    recorded(measured, size, seed, report);
    if (wanted.empty()) return holds ? 0 : 1;
  }
  if (runs("coverage")) coverage(size, seed, report);
  if (runs("alarms")) false_alarms(size, seed, report);
  if (runs("power")) power(size, seed, report);
  if (runs("families")) families(size, seed, report);
  if (runs("histories")) histories(size, seed, report);
  return holds ? 0 : 1;
}
