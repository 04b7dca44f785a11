#include <sstream>

#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/comparison/history.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Files are ordered by the date they were measured at. A step's p comes from the same search over
permuted blocks of the series: pure noise raises one alarm in 100 series. A clear step is found once
8 records lie on either side; one that was taken back, once there are 60. Runs with other settings (--threads) are a series of their own.

Example:
  assay history results/local/*.json --detect --case onednn --svg history.svg)";

}  // namespace

Exit history_verb(Arguments arguments, Output& out) {
  std::vector<std::string> paths;
  std::string filter;
  std::string svg;
  bool detect = false;
  Command command("history",
                  "Cases over many result files, and where they became slower or faster.", footer);
  command.positionals("files", paths, "result files", "FILE");
  command.flag("--detect", detect, "look for steps, name the two records around each");
  command.text("--case", filter, "only cases whose name contains this", "TEXT");
  command.text("--svg", svg, "also draw the cases into a file", "FILE");
  if (!command.parse(arguments, out)) return Exit::pass;
  if (paths.empty()) throw usage_error("assay history needs result files");
  if (!svg.empty()) check_writable(svg);
  std::vector<ResultFile> files;
  for (const std::string& path : paths) files.push_back(read_result_file(path));
  const History found = history(files, filter, detect, {});
  if (!svg.empty()) {
    std::ostringstream drawing;
    report_history_svg(found, drawing);
    write_file(svg, drawing.str(), "the drawing");
  }
  if (!is_stdout(svg) || svg.empty()) report_history(found, out);
  return Exit::pass;
}

}  // namespace assay
