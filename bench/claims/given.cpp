// What the user says of devices, and what `assay capacity` leaves behind.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/claims/evidence.hpp"
#include "bench/claims/runs.hpp"
#include "bench/quantity.hpp"
#include "kernels/error.hpp"

namespace assay {

SaidOfDevice parse_said(std::string_view flag, const std::string& word) {
  const std::size_t equals = word.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    throw usage_error(
        fmt::format("{} '{}' must be DEVICE=NUMBER, with a part of the device's name", flag, word));
  }
  const std::string part = word.substr(0, equals);
  return {part, parse_positive(fmt::format("{} {}", flag, part),
                               std::string_view(word).substr(equals + 1))};
}

void Evidence::set_given(std::span<const std::string> words, const char* flag,
                         std::optional<double> DeviceModel::* into) {
  for (const std::string& word : words) {
    const auto [part, value] = parse_said(flag, word);
    bool found = false;
    std::string names;
    for (DeviceModel& model : models_) {
      names += (names.empty() ? "" : ", ") + model.name;
      if (model.name.find(part) == std::string::npos) continue;
      model.*into = value;
      found = true;
    }
    if (!found) {
      throw usage_error(fmt::format("{}: no device '{}' in the records; there {}", flag, part,
                                    names.empty() ? "is none" : "are: " + names));
    }
  }
}

void Evidence::set_watts(std::span<const std::string> words) {
  set_given(words, "--watts", &DeviceModel::watts);
}

void Evidence::set_prices(std::span<const std::string> words) {
  set_given(words, "--price", &DeviceModel::price);
}

void Evidence::add_capacities(const std::string& file, const nlohmann::json& document) {
  const auto devices = document.is_object() ? document.find("devices") : document.end();
  if (devices == document.end() || !devices->is_array()) return;
  const nlohmann::json context = context_of(document);
  for (const nlohmann::json& device : *devices) {
    note_processor(text_at(device, "/hardware"), context);
    const std::string name =
        model_name(text_at(device, "/hardware"), text_at(device, "/device_name"), context);
    const bool right = device.is_object() && device.value("passed", nlohmann::json()) == true;
    const auto bytes =
        device.is_object() ? device.value("verified_bytes", nlohmann::json()) : nlohmann::json();
    if (!right || !bytes.is_number()) continue;
    Capacity& capacity = capacities_[name];
    capacity.bytes = std::max(capacity.bytes, bytes.get<double>());
    capacity.files.insert(file);
    for (DeviceModel& model : models_) {
      if (model.name == name) raise_capacity(capacity, model);
    }
  }
}

void Evidence::raise_capacity(const Capacity& from, DeviceModel& model) {
  if (!(from.bytes > model.verified_bytes)) return;
  model.verified_bytes = from.bytes;
  model.capacity_files = from.files;
}

}  // namespace assay
