// One set of records that shows everything a result file can hold: every status, labels, odd names.
#pragma once

#include "bench/run_document.hpp"

namespace assay {

[[nodiscard]] RunDocument fixture();

}  // namespace assay
