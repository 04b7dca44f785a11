// Where the verbs that judge write their verdicts: the same flags for all of them.
#pragma once

#include <string>
#include <vector>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/comparison/verdict_report.hpp"

namespace assay {

class VerdictOutput {
 public:
  void add_flags(Command& command);
  // Checks the words, and that the files can be written: before anything is measured.
  void check() const;
  // Everything, and the exit code.
  [[nodiscard]] Exit write(const VerdictTable& table, Output& out) const;
  [[nodiscard]] double margin() const;

 private:
  std::string format_ = "console";
  std::string margin_;
  std::vector<std::string> files_;
  bool strict_ = false;
};

}  // namespace assay
