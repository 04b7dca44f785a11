// What a tuner found best, kept in files that can be shared.
//
// A file is text: the line "assay tuning 1", then one line an entry, its fields separated by tabs:
//   problem  device  driver  kernels  variant  nanoseconds
// The first four are the key (Device::tuning): an entry holds for exactly that class of problems,
// device, driver version and kernel source, and is ignored everywhere else. Lines that begin with #
// are comments.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The variant of an entry where nothing that was tried beats what the device chooses by itself.
inline constexpr std::string_view tuned_to_default = "default";

struct TuningEntry {
  std::string key;      // four fields, separated by tabs
  std::string variant;  // as in a case's name, or tuned_to_default
  double ns = 0;        // of one call when it was chosen, for people to read
};

struct TuningFile {
  std::vector<TuningEntry> entries;
  std::string fault;  // why there are none: "line 3 has 4 fields, not 6"
};

[[nodiscard]] TuningFile parse_tuning(std::string_view text);
[[nodiscard]] std::string to_text(const std::vector<TuningEntry>& entries);

// Empty and without a fault where the file doesn't exist.
[[nodiscard]] TuningFile read_tuning(const std::filesystem::path& file);

// The value of ASSAY_TUNING; empty if it isn't set.
[[nodiscard]] std::string_view tuning_variable();
// The value of ASSAY_TUNING that turns tuning off.
inline constexpr std::string_view no_tuning = "none";
// The files that such a value names, separated by colons.
[[nodiscard]] std::vector<std::filesystem::path> named_tuning_files(std::string_view value);

// The files that are asked in this order: those named in ASSAY_TUNING, then
// $XDG_CACHE_HOME/assay/tuning.tsv, else $HOME/.cache/assay/tuning.tsv.
[[nodiscard]] std::vector<std::filesystem::path> tuning_files();
// The last of them, where a tuner writes; empty where there is no such place.
[[nodiscard]] std::filesystem::path user_tuning_file();

// The variant for the key in the first file that has one which is usable, else in `defaults`, a file's
// text. Nothing where ASSAY_TUNING is "none".
[[nodiscard]] std::optional<std::string> tuned_variant(
    std::string_view key, std::string_view defaults,
    const std::function<bool(std::string_view)>& usable);

// `entries` with `entry` in the place of those for the same problem and device, whatever their driver
// and kernels.
[[nodiscard]] std::vector<TuningEntry> with_entry(std::vector<TuningEntry> entries,
                                                  const TuningEntry& entry);

}  // namespace assay
