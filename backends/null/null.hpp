// A backend that does nothing: it supports every problem and computes none, so a run with it shows
// what the harness itself costs, and every check of it must fail.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_null();
}
