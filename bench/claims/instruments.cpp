// What `assay ceilings` and `assay parallelism` leave behind.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/claims/evidence.hpp"
#include "bench/claims/runs.hpp"
#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

using nlohmann::json;

// A list below a key; empty where there is none. The file may hold anything.
json list_at(const json& value, const char* key) {
  if (!value.is_object()) return json::array();
  const auto found = value.find(key);
  return found != value.end() && found->is_array() ? *found : json::array();
}

double positive_at(const json& value, const char* key) {
  if (!value.is_object()) return 0;
  const auto found = value.find(key);
  return found != value.end() && found->is_number() ? std::max(0.0, found->get<double>()) : 0;
}

std::optional<double> median_rate(const json& point) {
  std::vector<double> rates;
  for (const json& rate : list_at(point, "rates")) {
    if (rate.is_number() && rate.get<double>() > 0) rates.push_back(rate.get<double>());
  }
  return rates.empty() ? std::nullopt : std::optional(median(rates));
}

RecordedSweep sweep_of(const json& sweep, const std::string& device) {
  RecordedSweep result{device, text_at(sweep, "/what"), text_at(sweep, "/variable"), false, {}};
  for (const json& point : list_at(sweep, "points")) {
    const double x = positive_at(point, "x");
    const auto rate = median_rate(point);
    if (x > 0 && rate) result.points.emplace_back(x, *rate);
    result.of_memory = text_at(point, "/case").starts_with("stream/");
  }
  return result;
}

}  // namespace

void Evidence::add_instruments(const json& document) {
  const json context = context_of(document);
  for (const json& device : list_at(document, "devices")) {
    note_processor(text_at(device, "/hardware"), context);
    const std::string name =
        model_name(text_at(device, "/hardware"), text_at(device, "/device_name"), context);
    Ceilings& ceilings = ceilings_[name];
    // Of some threads, or of a smaller instruction set: no roof of the hardware.
    const bool limited = !text_at(device, "/limited_to").empty();
    for (const json& ceiling : list_at(device, "ceilings")) {
      if (limited) break;
      const std::string kind = text_at(ceiling, "/kind");
      const std::string what = text_at(ceiling, "/name");
      const double rate = positive_at(ceiling, "rate");
      if (kind == "dram") ceilings.memory = std::max(ceilings.memory, rate);
      // "bf16.dot": the dtype of the factors, and the kind of instruction.
      if (kind != "alu" || !(rate > 0)) continue;
      double& highest = ceilings.alu[what.substr(0, what.find('.'))];
      highest = std::max(highest, rate);
    }
    for (const json& sweep : list_at(device, "sweeps")) {
      const std::string selector = text_at(device, "/device");
      RecordedSweep one =
          sweep_of(sweep, name + " (" + selector.substr(0, selector.find(':')) + ")");
      if (one.points.size() > 1) sweeps_.push_back(std::move(one));
    }
    for (DeviceModel& model : models_) {
      if (model.name == name) raise_ceilings(ceilings, model);
    }
  }
}

void Evidence::raise_ceilings(const Ceilings& from, DeviceModel& model) {
  for (const auto& [dtype, rate] : from.alu) {
    double& highest = model.alu_ceilings[dtype];
    highest = std::max(highest, rate);
  }
  model.memory_ceiling = std::max(model.memory_ceiling, from.memory);
}

}  // namespace assay
