#include "bench/cli/common.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "backends/tuning.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {

void print_columns(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - row[i].size() + 2, ' ');
    }
    out << "\n";
  }
}

namespace {

void note(const Unavailable& each, std::ostream& err) {
  err << "note: " << each.backend << ": " << each.reason << "\n";
}

}  // namespace

void note_unavailable(const Inventory& inventory, std::ostream& err) {
  for (const Unavailable& each : inventory.unavailable) note(each, err);
}

void note_rejected_plugins(const Inventory& inventory, std::ostream& err) {
  for (const Unavailable& each : inventory.unavailable) {
    if (!each.plugin.empty()) note(each, err);
  }
}

void note_unavailable_built_in(const Inventory& inventory, std::ostream& err) {
  for (const Unavailable& each : inventory.unavailable) {
    if (each.plugin.empty()) note(each, err);
  }
}

void note_bad_tuning(const std::string& given, std::ostream& err) {
  if (!given.empty() && !std::filesystem::exists(given)) {
    throw usage_error("--tuning: there is no file '" + given + "'");
  }
  std::vector<std::filesystem::path> files = tuning_files();
  if (!given.empty()) files.insert(files.begin(), given);
  for (const auto& file : files) {
    const TuningFile read = read_tuning(file);
    if (!read.fault.empty()) {
      err << "note: " << file.string() << ": " << read.fault << "; it is ignored\n";
    }
  }
}

void refuse_given(const std::string& why,
                  std::initializer_list<std::pair<const char*, bool>> flags) {
  for (const auto& [flag, given] : flags) {
    if (given) throw usage_error(why + " " + flag);
  }
}

void add_plugin_option(Command& command, std::vector<std::string>& into) {
  command.texts("--plugin", into,
                "a library that holds a backend, besides those in ASSAY_PLUGIN_PATH; repeatable",
                "FILE");
}

bool wants_json(const std::string& format) {
  constexpr std::array<std::string_view, 2> known = {"console", "json"};
  if (std::ranges::find(known, format) == known.end()) {
    throw usage_error(unknown_word("format", format, known));
  }
  return format == "json";
}

}  // namespace assay
