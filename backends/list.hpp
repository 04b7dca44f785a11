// The one list of built-in backends.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "backends/tuning.hpp"

namespace assay {

struct BackendEntry {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Backend> (*make)();  // null: known, but not built in; `missing` says why
  std::string_view missing;
  bool by_default = true;  // part of a run that names no device
};

// Making a backend loads nothing yet; enumerate() does.
[[nodiscard]] std::span<const BackendEntry> backend_list();
[[nodiscard]] const BackendEntry* find_backend(std::string_view name);

// Why the backend that an entry of a tuning file is for can't follow it; empty if it can, and for
// entries of backends that aren't ours. No driver is asked.
[[nodiscard]] std::string tuning_fault(const TuningEntry& entry);

}  // namespace assay
