// Makes a shared library that assay loads out of a C++ backend: write the classes of
// backends/backend.hpp, then, in one source file,
//
//   ASSAY_EXPORT_BACKEND("mychip", make_mychip, "My chip through its driver", "1.0")
//
// where make_mychip is a `std::unique_ptr<assay::Backend>()` and "mychip" is what Backend::name
// says: lower-case letters, digits and underscores. Exceptions of the classes become error codes:
// an assay::Error keeps its kind, std::bad_alloc is out of memory, everything else a bug.
#pragma once

#include <memory>

#include "backends/backend.hpp"
#include "backends/plugin/abi.h"

namespace assay::plugin {

using MakeBackend = std::unique_ptr<Backend>();

// The strings must be literals.
[[nodiscard]] assay_plugin table(const char* name, const char* summary, const char* version,
                                 std::int32_t (*create)(assay_backend**));

// An internal error unless the backend's name is `name`.
[[nodiscard]] std::int32_t create(const char* name, MakeBackend* make,
                                  assay_backend** backend) noexcept;

}  // namespace assay::plugin

// A macro, because the library must define a function of a given name.
#define ASSAY_EXPORT_BACKEND(name, make, summary, version)                                  \
  extern "C" const assay_plugin* assay_plugin_entry(std::uint32_t) {                        \
    static const assay_plugin table =                                                       \
        assay::plugin::table(name, summary, version, [](assay_backend** backend) noexcept { \
          return assay::plugin::create(name, make, backend);                                \
        });                                                                                 \
    return &table;                                                                          \
  }
