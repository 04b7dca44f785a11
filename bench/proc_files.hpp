// The small text files of /proc and /sys. What can't be read is empty.
#pragma once

#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/machine.hpp"

namespace assay {

// Without the newline.
[[nodiscard]] std::optional<std::string> first_line(const std::filesystem::path& path);
[[nodiscard]] std::vector<std::string> lines(const std::filesystem::path& path);
// Lines of "key : value"; the first of each key.
[[nodiscard]] std::map<std::string, std::string> pairs(const std::filesystem::path& path);
// The value of the first key that is there.
[[nodiscard]] std::optional<std::string> find(const std::map<std::string, std::string>& map,
                                              std::initializer_list<const char*> keys);
// Separated by blanks.
[[nodiscard]] std::vector<std::string> words(const std::string& line);

// The folders of this process's control group, and of all above it, in the hierarchy of a controller
// ("memory") or, with an empty name, the unified one. `root` holds proc and sys.
[[nodiscard]] std::vector<std::filesystem::path> control_groups(const std::filesystem::path& root,
                                                                const std::string& controller);

// The number that a text begins with.
template <typename T>
[[nodiscard]] std::optional<T> parse(std::string_view text) {
  T value{};
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || stop == text.data()) return std::nullopt;
  return value;
}

template <typename T>
[[nodiscard]] nlohmann::json or_unknown(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(not_measurable);
}

}  // namespace assay
