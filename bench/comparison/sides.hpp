// The columns of a comparison: whole files, or their devices.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/comparison/result_file.hpp"

namespace assay {

// The cases of one column: a whole file, or one device of it.
struct ComparedSide {
  std::string label;
  const ResultFile* file = nullptr;
  std::vector<const ResultCase*> cases;
};

// Of every file, or with `across` of every device in it.
[[nodiscard]] std::vector<ComparedSide> sides_of(std::span<const ResultFile> files, bool across);

// Devices that nothing was measured on are no sides; their labels.
std::vector<std::string> drop_empty(std::vector<ComparedSide>& sides);

// Puts the side first that `part` names; the first stays where it is empty. Usage Error where it isn't
// one.
void choose_base(std::vector<ComparedSide>& sides, const std::string& part);

}  // namespace assay
