#include "backends/tuning.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace assay {
namespace {

constexpr std::string_view header = "assay tuning 1";
constexpr std::size_t key_fields = 4;
constexpr std::size_t fields_per_entry = key_fields + 2;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Why the line is no entry; empty if it is one.
std::string read_entry(std::string_view line, TuningEntry& entry) {
  const auto fields = split(line, '\t');
  if (fields.size() != fields_per_entry) {
    return "has " + std::to_string(fields.size()) + " fields, not " +
           std::to_string(fields_per_entry);
  }
  if (std::ranges::any_of(fields, [](auto field) { return field.empty(); })) {
    return "has an empty field";
  }
  entry.key = line.substr(0, static_cast<std::size_t>(fields[key_fields].data() - line.data()) - 1);
  entry.variant = fields[key_fields];
  const std::string_view number = fields.back();
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), entry.ns);
  if (code != std::errc{} || end != number.data() + number.size() || !std::isfinite(entry.ns)) {
    return "ends in no number of nanoseconds";
  }
  return {};
}

// The key's problem and device.
std::string_view subject(std::string_view key) {
  const auto first = key.find('\t');
  return first == std::string_view::npos ? key : key.substr(0, key.find('\t', first + 1));
}

std::optional<std::string> find(const std::vector<TuningEntry>& entries, std::string_view key,
                                const std::function<bool(std::string_view)>& usable) {
  const auto found = std::ranges::find_if(
      entries, [&](const TuningEntry& each) { return each.key == key && usable(each.variant); });
  return found == entries.end() ? std::nullopt : std::optional(found->variant);
}

}  // namespace

TuningFile parse_tuning(std::string_view text) {
  TuningFile file;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number == 1) {
      if (line == header) continue;
      file.fault = "its first line isn't '" + std::string(header) + "'";
      return file;
    }
    if (line.empty() || line.starts_with('#')) continue;
    if (std::string fault = read_entry(line, file.entries.emplace_back()); !fault.empty()) {
      return {{}, "line " + std::to_string(number) + " " + fault};
    }
  }
  return file;
}

std::string to_text(const std::vector<TuningEntry>& entries) {
  std::string text = std::string(header) + "\n# problem\tdevice\tdriver\tkernels\tvariant\tns\n";
  for (const TuningEntry& entry : entries) {
    text += entry.key + "\t" + entry.variant + "\t" + std::to_string(std::llround(entry.ns)) + "\n";
  }
  return text;
}

TuningFile read_tuning(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return {};
  if (std::filesystem::is_directory(file, failed)) return {{}, "it is a folder"};
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return {{}, "it can't be read"};
  return parse_tuning(text);
}

std::filesystem::path user_tuning_file() {
  const auto below = [](const char* variable) -> std::filesystem::path {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
  };
  if (const auto cache = below("XDG_CACHE_HOME"); cache.is_absolute()) {
    return cache / "assay" / "tuning.tsv";
  }
  if (const auto home = below("HOME"); home.is_absolute()) {
    return home / ".cache" / "assay" / "tuning.tsv";
  }
  return {};
}

std::string_view tuning_variable() {
  const char* const value = std::getenv("ASSAY_TUNING");
  return value == nullptr ? "" : value;
}

std::vector<std::filesystem::path> named_tuning_files(std::string_view value) {
  std::vector<std::filesystem::path> files;
  for (const std::string_view each : split(value, ':')) {
    if (!each.empty()) files.emplace_back(each);
  }
  return files;
}

std::vector<std::filesystem::path> tuning_files() {
  std::vector<std::filesystem::path> files = named_tuning_files(tuning_variable());
  if (auto user = user_tuning_file(); !user.empty()) files.push_back(std::move(user));
  return files;
}

std::optional<std::string> tuned_variant(std::string_view key, std::string_view defaults,
                                         const std::function<bool(std::string_view)>& usable) {
  if (tuning_variable() == no_tuning) return std::nullopt;
  for (const auto& file : tuning_files()) {
    if (auto variant = find(read_tuning(file).entries, key, usable)) return variant;
  }
  return find(parse_tuning(defaults).entries, key, usable);
}

std::vector<TuningEntry> with_entry(std::vector<TuningEntry> entries, const TuningEntry& entry) {
  std::erase_if(entries,
                [&](const TuningEntry& each) { return subject(each.key) == subject(entry.key); });
  entries.push_back(entry);
  std::ranges::sort(entries, {}, &TuningEntry::key);
  return entries;
}

}  // namespace assay
