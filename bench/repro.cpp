#include "bench/repro.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace assay {
namespace {

// A file name as a shell takes it.
std::string shell_word(const std::string& file) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+=:,@%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (std::ranges::all_of(file, plain)) return file;
  std::string word = "\"";
  for (const char c : file) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') word += '\\';
    word += c;
  }
  return word + "\"";
}

}  // namespace

std::string repro_command(const std::string& case_name, const Measure& measure,
                          const std::string& plugin) {
  std::string command = "assay run ";
  if (!plugin.empty()) command += "--plugin " + shell_word(plugin) + " ";
  command += "'" + case_name + "'";
  if (measure.worker.threads > 0) {
    command += " --threads " + std::to_string(measure.worker.threads);
  }
  for (const auto& [name, value] : measure.worker.environment) {
    if (name == "ASSAY_TUNING") command += " --tuning " + shell_word(value);
  }
  if (measure.fill == Fill::zeros) command += " --fill zeros";
  if (measure.seed != 0) command += " --seed " + std::to_string(measure.seed);
  return command;
}

}  // namespace assay
