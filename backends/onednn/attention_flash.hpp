// Flash attention of ours on Highway's vectors: how blocks of rows become a call.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] std::unique_ptr<Prepared> prepare_flash(const Problem& problem);

}  // namespace assay::onednn
