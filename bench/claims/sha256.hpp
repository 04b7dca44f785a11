// The SHA-256 digest (FIPS 180-4), so that a verdict can name the very file that decided it.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// 64 hexadecimal digits, as `sha256sum` prints them.
[[nodiscard]] std::string sha256(std::string_view data);

}  // namespace assay
