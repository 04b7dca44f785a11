// Which entries of tuning files hold for a class of problems on one device, and what they choose.
//
// A class begins with kernel and family, whose source the choice is about: "matmul packed f32 x f32
// wide".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/session.hpp"
#include "backends/opencl/tuned.hpp"
#include "backends/tuning.hpp"

namespace assay::opencl {

// A hash of the source of the class's family: what was chosen for another holds no more. Empty where
// there is no such family.
[[nodiscard]] std::string kernels_hash(std::string_view problems);

// Vendor, name, `generation` of the processor (hardware.hpp) and the number of its compute units.
// Processors of two generations may have all the rest in common.
[[nodiscard]] std::string tuning_device(const DeviceInfo& info, const std::string& generation);

// The class, the device, its driver and kernels_hash(): what was chosen holds for these only.
[[nodiscard]] std::string tuning_key(const Session& session, std::string_view problems);

// Why entries of a tuning file's text hold for nothing any more or never did, one line each.
[[nodiscard]] std::vector<std::string> dead_entries(std::string_view text);

template <typename Config>
struct TunedChoice {
  std::optional<Config> config;     // nothing: what the device chooses by itself
  std::vector<std::string> labels;  // "untuned" where a tuner would choose and hasn't
};

// What the variant says; without one, a tuner's choice for the key, if it has one. Entries that
// `parse` takes for no configuration, or that don't fit, count as none.
template <typename Config, typename Fits>
[[nodiscard]] TunedChoice<Config> tuned_choice(const std::string& key, std::string_view variant,
                                               std::optional<Config> (*parse)(std::string_view),
                                               Fits fits) {
  if (!variant.empty() || key.empty()) return {parse(variant), {}};
  const auto usable = [&](std::string_view text) {
    if (text == tuned_to_default) return true;
    const auto config = parse(text);
    return config && fits(*config);
  };
  const auto tuned = tuned_variant(key, tuned_defaults(), usable);
  if (!tuned) return {std::nullopt, {"untuned"}};
  return {parse(*tuned), {}};
}

}  // namespace assay::opencl
