// Choices that tuners made on devices we have run: the text of tuned.tsv, embedded at build time.
#pragma once

#include <string_view>

namespace assay::opencl {

[[nodiscard]] std::string_view tuned_defaults();

}  // namespace assay::opencl
