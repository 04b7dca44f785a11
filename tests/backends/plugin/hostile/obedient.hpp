// A plugin that does everything right, and ways of spoiling one thing of it. Each hostile plugin is
// this table with a fault.
#pragma once

#include <memory>

#include "backends/plugin/export.hpp"

namespace assay::hostile {

// Computes what the reference backend computes, on one device "0".
[[nodiscard]] std::unique_ptr<Backend> make_obedient(const char* name);

// Its table, under that name. `make` is make_obedient with the name fixed.
[[nodiscard]] assay_plugin obedient_table(const char* name,
                                          std::int32_t (*create)(assay_backend**));

}  // namespace assay::hostile

// Exports an obedient plugin whose table was changed by `spoil`, a void(assay_plugin&).
#define ASSAY_HOSTILE_PLUGIN(name, spoil)                                             \
  extern "C" const assay_plugin* assay_plugin_entry(std::uint32_t) {                  \
    static const assay_plugin table = [] {                                            \
      assay_plugin changed =                                                          \
          assay::hostile::obedient_table(name, [](assay_backend** backend) noexcept { \
            return assay::plugin::create(                                             \
                name, [] { return assay::hostile::make_obedient(name); }, backend);   \
          });                                                                         \
      spoil(changed);                                                                 \
      return changed;                                                                 \
    }();                                                                              \
    return &table;                                                                    \
  }
