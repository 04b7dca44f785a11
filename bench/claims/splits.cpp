// What `assay split` leaves behind.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/claims/evidence.hpp"
#include "bench/claims/runs.hpp"
#include "bench/claims/vendors.hpp"
#include "bench/split/efficiency.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using nlohmann::json;

json list_at(const json& value, const char* key) {
  if (!value.is_object()) return json::array();
  const auto found = value.find(key);
  return found != value.end() && found->is_array() ? *found : json::array();
}

// Seconds, all positive; nothing where one isn't, or they are too few for a run.
std::optional<std::vector<double>> repeats_of(const json& list) {
  if (!list.is_array() || list.size() < fewest_repeats) return std::nullopt;
  std::vector<double> seconds;
  for (const json& each : list) {
    if (!each.is_number() || !(each.get<double>() > 0)) return std::nullopt;
    seconds.push_back(each.get<double>());
  }
  return seconds;
}

std::optional<double> efficiency_of(const json& launch, std::size_t devices) {
  const auto together = repeats_of(list_at(launch, "together_s"));
  std::vector<std::vector<double>> alone;
  for (const json& each : list_at(launch, "alone_s")) {
    const auto one = repeats_of(each);
    if (!one) return std::nullopt;
    alone.push_back(*one);
  }
  if (!together || alone.size() != devices) return std::nullopt;
  return split_efficiency(alone, *together);
}

}  // namespace

void Evidence::add_splits(const std::string& file, const json& document) {
  const json context = context_of(document);
  for (const json& split : list_at(document, "splits")) {
    SplitRuns runs;
    const std::string name = text_at(split, "/case");  // as problem_name() writes it
    try {
      runs.problem = parse_problem(name);
    } catch (const Error& error) {
      throw Error(Error::Kind::file, file + ": " + error.what());
    }
    std::set<std::string> chips;
    bool platform = true;
    const json devices = list_at(split, "devices");
    for (const json& device : devices) {
      const std::string hardware = text_at(device, "/hardware");
      const std::string kind = hardware.substr(0, hardware.find(':'));
      const bool software = device.is_object() && device.value("software", json()) == json(true);
      platform = platform && !software && kind != "cpu" && kind != hardware &&
                 chips.insert(hardware).second;
      runs.vendors.insert(vendor_name(text_at(device, "/vendor")));
      runs.devices += (runs.devices.empty() ? "" : " + ") +
                      model_name(hardware, text_at(device, "/device_name"), context);
    }
    if (!platform || chips.size() < 2) continue;
    auto found = std::ranges::find_if(splits_, [&](const SplitRuns& other) {
      return problem_name(other.problem) == name && other.devices == runs.devices;
    });
    if (found == splits_.end()) found = splits_.insert(splits_.end(), std::move(runs));
    found->files.insert(file);
    for (const json& launch : list_at(split, "launches")) {
      if (!found->seen.insert(launch.dump()).second) continue;
      if (const auto efficiency = efficiency_of(launch, chips.size())) {
        found->efficiency.push_back(*efficiency);
      } else {
        ++found->left_out;
      }
    }
  }
}

}  // namespace assay
