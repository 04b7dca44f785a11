// The host's processor through oneDNN: its matmul, and a flash attention of ours.
//
// The backend proper is a module, libassay_onednn.so, that is loaded by the first enumerate() or
// open(): so the process that only plans and reports loads no oneDNN, and where oneDNN is missing
// there is a reason to show and not a program that fails to start. The module is looked for beside
// the executable and in lib/assay next to its directory or one above.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {
[[nodiscard]] std::unique_ptr<Backend> make_onednn();
}
