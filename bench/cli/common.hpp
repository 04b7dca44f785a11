// What several verbs print in the same way.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "bench/cli/command.hpp"
#include "bench/inventory.hpp"

namespace assay {

// Rows of cells, two spaces between columns, the last column ragged.
void print_columns(const std::vector<std::vector<std::string>>& rows, std::ostream& out);

// One line for each backend, or part of one, that is not available here: "note: opencl: …".
void note_unavailable(const Inventory& inventory, std::ostream& err);
// The same in two halves: what libraries hold that were named or found, which is worth saying before
// anything else can go wrong, and the rest.
void note_rejected_plugins(const Inventory& inventory, std::ostream& err);
void note_unavailable_built_in(const Inventory& inventory, std::ostream& err);

// One line for each tuning file, or entry of one, that workers can't use: "note: FILE: line 3 …; it is
// ignored". `given`, by the flag `named_by`, stands in for ASSAY_TUNING. Files of either that don't exist
// are usage Errors, as are folders.
void note_bad_tuning(const std::string& given, std::ostream& err,
                     const std::string& named_by = "--tuning");
void refuse_tuning_folder(const std::string& named_by, const std::filesystem::path& file);

// A usage Error "WHY FLAG" at the first of the flags that was given: refuse_given("--by takes no", …).
void refuse_given(const std::string& why,
                  std::initializer_list<std::pair<const char*, bool>> flags);

// "console" -> false, "json" -> true; else a usage Error.
[[nodiscard]] bool wants_json(const std::string& format);

// --plugin FILE, repeatable; what was given goes through plugin_files().
void add_plugin_option(Command& command, std::vector<std::string>& into);

}  // namespace assay
