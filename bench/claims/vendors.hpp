// Vendors by what drivers say of them.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// What the driver says -> the vendor's usual name.
[[nodiscard]] std::string vendor_name(std::string_view text);
[[nodiscard]] bool knows_vendor(std::string_view name);  // one of these names

}  // namespace assay
