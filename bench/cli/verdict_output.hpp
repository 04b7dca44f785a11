// Where the verbs that judge write their verdicts: the same flags for all of them.
#pragma once

#include <functional>
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
  // Everything, and the exit code: 70 where a file could not be written.
  [[nodiscard]] Exit write(const VerdictTable& table, Output& out) const;
  [[nodiscard]] double margin() const;

 private:
  std::string format_ = "console";
  std::string margin_;
  std::vector<std::string> files_;
  bool strict_ = false;
};

// Writes each file by `write`; what fails is said on stderr and doesn't keep the others from being
// written. False if any did.
[[nodiscard]] bool write_files(const std::vector<std::string>& paths,
                               const std::function<void(const std::string&)>& write);

}  // namespace assay
