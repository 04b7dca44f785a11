// Vendors by what drivers say of them.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// What the driver says -> the vendor's usual name.
[[nodiscard]] std::string vendor_name(std::string_view text);
// Whose library a backend of that name is: "rocblas" -> "AMD"; empty: not known.
[[nodiscard]] std::string_view vendor_of_library(std::string_view backend);
[[nodiscard]] bool knows_vendor(std::string_view name);  // one of these names

}  // namespace assay
