// The backend with libraries of the caller's choice, for tests.
#pragma once

#include <memory>

#include "backends/backend.hpp"
#include "backends/cublas/libraries.hpp"

namespace assay::cublas {
[[nodiscard]] std::unique_ptr<Backend> make_backend(const Search& search);
}
