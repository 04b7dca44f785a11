// Which libraries may hold backends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The files named on the command line, then every *.so of the folders in `path` (separated by
// colons, as ASSAY_PLUGIN_PATH is), folder by folder in the order of names; absolute, each once.
// Usage Error for a named file that doesn't exist. A folder that can't be read stands for itself,
// so that it is rejected where a library would be.
[[nodiscard]] std::vector<std::string> plugin_files(const std::vector<std::string>& named,
                                                    std::string_view path);

// The same with the environment's ASSAY_PLUGIN_PATH.
[[nodiscard]] std::vector<std::string> plugin_files(const std::vector<std::string>& named);

}  // namespace assay
