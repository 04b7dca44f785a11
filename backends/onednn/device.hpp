// The backend itself, linked against oneDNN: one device, "0", the host's processor.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay::onednn {
[[nodiscard]] std::unique_ptr<Backend> make_backend();
}
