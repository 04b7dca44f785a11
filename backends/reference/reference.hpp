// Runs each kernel's own definition, in double: slow, and right by construction.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_reference();
}
