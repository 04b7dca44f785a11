#include "bench/repro.hpp"

namespace assay {

std::string repro_command(const std::string& case_name, const Measure& measure,
                          const std::string& plugin) {
  std::string command = "assay run '" + case_name + "'";
  if (!plugin.empty()) command += " --plugin '" + plugin + "'";
  if (measure.worker.threads > 0) {
    command += " --threads " + std::to_string(measure.worker.threads);
  }
  if (measure.fill == Fill::zeros) command += " --fill zeros";
  if (measure.seed != 0) command += " --seed " + std::to_string(measure.seed);
  return command;
}

}  // namespace assay
