#include "bench/cli/verdict_output.hpp"

#include <iostream>
#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/quantity.hpp"
#include "kernels/error.hpp"

namespace assay {

void VerdictOutput::add_flags(Command& command) {
  command.text("--margin", margin_, "the slowdown that is tolerated [3%]", "FRACTION");
  command.flag("--strict", strict_, "inconclusive cases end with exit code 2");
  command.text("--format", format_,
               "on stdout: console, json, csv, markdown, junit, github [console]", "WORD");
  command.texts("--out,-o", files_, "also to a file; .md .xml (JUnit) .csv .txt, else JSON",
                "FILE");
}

void VerdictOutput::check() const {
  (void)parse_verdict_format(format_);
  (void)margin();
  for (const std::string& path : files_) {
    if (path == "-") throw usage_error("--out takes a file; --format chooses what stdout gets");
    check_writable(path);
  }
}

double VerdictOutput::margin() const {
  return margin_.empty() ? VerdictRule{}.margin : parse_fraction("--margin", margin_);
}

Exit VerdictOutput::write(const VerdictTable& table, Output& out) const {
  const bool written = write_files(files_, [&](const std::string& path) {
    std::ostringstream text;
    report_verdicts(verdict_format_of_path(path), table, text);
    write_file(path, text.str(), "the verdicts");
  });
  report_verdicts(parse_verdict_format(format_), table, out);
  return written ? exit_code(table, strict_) : Exit::internal;
}

bool write_files(const std::vector<std::string>& paths,
                 const std::function<void(const std::string&)>& write) {
  bool written = true;
  for (const std::string& path : paths) {
    try {
      write(path);
    } catch (const Error& error) {
      std::cerr << "assay: " << error.what() << "\n";
      written = false;
    }
  }
  return written;
}

}  // namespace assay
