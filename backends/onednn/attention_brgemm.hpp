// Flash attention on oneDNN's micro-kernel API: products of a tile by its brgemm, softmax of ours.
//
// K and V are packed once per KV head, inside the call, by the API's transforms. Where the library
// lacks the API (an experimental option of its build), supports says so.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay::onednn {

[[nodiscard]] Support supports_brgemm_flash(const Problem& problem);
// Implementation: "flash_brgemm:avx512_core_bf16", with oneDNN's instruction set.
[[nodiscard]] std::unique_ptr<Prepared> prepare_brgemm_flash(const Problem& problem);

}  // namespace assay::onednn
