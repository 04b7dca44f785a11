#include "bench/cli/common.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "backends/list.hpp"
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

void refuse_tuning_folder(const std::string& named_by, const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) {
    throw usage_error(named_by + ": '" + file.string() + "' is a folder, not a file of tuning");
  }
}

void note_bad_tuning(const std::string& given, std::ostream& err, const std::string& named_by) {
  // What is given takes the variable's place in the workers.
  const std::string value = given.empty() ? std::string(tuning_variable()) : given;
  if (value == no_tuning) return;
  std::vector<std::filesystem::path> files = named_tuning_files(value);
  for (const auto& file : files) {
    const std::string by = given.empty() ? "ASSAY_TUNING" : named_by;
    refuse_tuning_folder(by, file);
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) {
      throw usage_error(by + ": there is no file '" + file.string() + "'");
    }
  }
  if (auto user = user_tuning_file(); !user.empty()) files.push_back(std::move(user));
  for (const auto& file : files) {
    const TuningFile read = read_tuning(file);
    if (!read.fault.empty()) {
      err << "note: " << file.string() << ": " << read.fault << "; it is ignored\n";
    }
    for (const TuningEntry& entry : read.entries) {
      const std::string fault = tuning_fault(entry);
      if (fault.empty()) continue;
      err << "note: " << file.string() << ": " << fault << "; the entry is ignored\n";
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
