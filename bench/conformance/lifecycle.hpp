// What a backend must stand besides computing: objects made twice, released in any order that their
// interface allows, devices side by side, refused requests, memory that runs out.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backends/backend.hpp"

namespace assay {

struct LifecycleCheck {
  std::string_view name;
  std::string_view demand;  // what must hold, for whoever has to fix it
  // What is wrong; empty if nothing. Uses a device of its own. `problem` is one that the device
  // supports. What the backend throws where it mustn't comes out.
  std::string (*run)(Backend& backend, const std::string& ordinal, const Problem& problem);
};

[[nodiscard]] std::span<const LifecycleCheck> lifecycle_checks();
[[nodiscard]] const LifecycleCheck* find_lifecycle_check(std::string_view name);

// Runs it; what is thrown is a reason too.
[[nodiscard]] std::string run_lifecycle_check(const LifecycleCheck& check, Backend& backend,
                                              const std::string& ordinal, const Problem& problem);

}  // namespace assay
