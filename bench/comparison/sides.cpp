#include "bench/comparison/sides.hpp"

#include <algorithm>
#include <map>

#include "kernels/error.hpp"

namespace assay {
namespace {

std::string label_of(const ResultFile& file) {
  return file.date.empty() ? file.path : file.path + " (" + file.date + ")";
}

}  // namespace

std::vector<ComparedSide> sides_of(std::span<const ResultFile> files, bool across) {
  std::vector<ComparedSide> sides;
  for (const ResultFile& file : files) {
    if (!across) {
      ComparedSide side{label_of(file), &file, {}};
      for (const ResultCase& c : file.cases) side.cases.push_back(&c);
      sides.push_back(std::move(side));
      continue;
    }
    std::map<std::string, std::size_t> places;
    for (const ResultCase& c : file.cases) {
      const auto [place, added] = places.try_emplace(c.where(), sides.size());
      if (added) {
        const std::string where = c.where().empty() ? file.path : c.where();
        sides.push_back({files.size() > 1 ? where + ", " + label_of(file) : where, &file, {}});
      }
      sides[place->second].cases.push_back(&c);
    }
  }
  return sides;
}

std::vector<std::string> drop_empty(std::vector<ComparedSide>& sides) {
  std::vector<std::string> labels;
  std::erase_if(sides, [&](const ComparedSide& side) {
    const bool empty = std::ranges::none_of(side.cases, &ResultCase::has_times);
    if (empty) labels.push_back(side.label);
    return empty;
  });
  return labels;
}

void choose_base(std::vector<ComparedSide>& sides, const std::string& part) {
  if (part.empty()) return;
  // "onednn" is the whole first word of one side, and a part of "onednn+gemv on …" too.
  const auto begins = [&](const ComparedSide& side) { return side.label.starts_with(part + " "); };
  const bool whole = std::ranges::count_if(sides, begins) == 1;
  const auto matches = [&](const ComparedSide& side) {
    return whole ? begins(side) : side.label.find(part) != std::string::npos;
  };
  const auto count = std::ranges::count_if(sides, matches);
  if (count != 1) {
    std::string labels;
    for (const ComparedSide& side : sides) labels += (labels.empty() ? "" : "; ") + side.label;
    throw usage_error("--base '" + part + "' is part of " + std::to_string(count) +
                      " sides, must be of one: " + labels);
  }
  const auto found = std::ranges::find_if(sides, matches);
  std::rotate(sides.begin(), found, found + 1);
}

}  // namespace assay
