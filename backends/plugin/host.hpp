// Backends out of shared libraries, as Backends.
//
// Whatever a table of abi.h does that its contract forbids and that a process survives becomes an
// Error: null handles, short structs, exceptions that escape, text that is no text. The rest (a
// crash, an endless loop) is why libraries are loaded only into processes that may die.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "backends/backend.hpp"
#include "backends/plugin/abi.h"

namespace assay::plugin {

struct Plugin {
  std::string name;
  std::string summary;
  std::string version;
  std::unique_ptr<Backend> backend;
};

// Loads the library, for good: it is never closed, so that its threads may outlive every object.
// Error(device) "FILE: reason": no such file, not loadable (with the loader's words, such as an
// unresolved symbol), no entry point, another ABI version, an incomplete table, a name that is
// none, creation that fails.
[[nodiscard]] Plugin load_plugin(const std::filesystem::path& file);

// A table as a backend; it must live as long as the process. Error(device) with the reason alone.
[[nodiscard]] Plugin host_plugin(const assay_plugin* table);

// The backend of a table that is known to be complete.
[[nodiscard]] std::unique_ptr<Backend> host_backend(const assay_plugin& api);

}  // namespace assay::plugin
