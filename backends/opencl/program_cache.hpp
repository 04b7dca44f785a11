// Compiled programs on disk, so that only the first run on a machine waits for the compiler.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::opencl {

// $XDG_CACHE_HOME/assay/opencl, else $HOME/.cache/assay/opencl; empty where neither is set.
[[nodiscard]] std::filesystem::path program_cache_folder();

// The file of a program, named by a hash of everything that decides its code.
[[nodiscard]] std::filesystem::path program_cache_file(const std::filesystem::path& folder,
                                                       std::string_view key);

// 16 hexadecimal digits that stand for a text.
[[nodiscard]] std::string text_hash(std::string_view text);

// Nothing if the file is absent or not what was written.
[[nodiscard]] std::optional<std::vector<unsigned char>> read_program(
    const std::filesystem::path& file);

// Written aside and renamed, so that no reader sees half a file. A cache that can't be written is
// not an error; the result says whether it was.
bool write_program(const std::filesystem::path& file, std::span<const unsigned char> binary);

}  // namespace assay::opencl
