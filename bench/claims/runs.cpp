#include "bench/claims/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "bench/statistics/quantile.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr double shortest_repeat_ns = 1e5;  // 100 timers of a microsecond
// Below this share of its first half's speed the second half of a launch is a chip that slows down.
constexpr double settled = 0.9;

bool has_label(const Record& record, std::string_view label) {
  return std::ranges::find(record.labels, label) != record.labels.end();
}

// The fraction of the ceiling that binds, of whichever roof the launch is closer to; of one roof alone
// nothing says that it is the one.
void note_efficiency(const Launch& launch, const Work& work, Measured& into) {
  const double seconds = median(launch.samples_ns) * 1e-9;
  const double bytes = work.bytes_read + work.bytes_written;
  const auto share = [&](double amount, const std::optional<PairedCeiling>& ceiling) {
    return ceiling && !ceiling->disturbed ? amount / seconds / median(ceiling->rates) : 0;
  };
  const double alu = share(work.flops, launch.ceilings.alu);
  const double memory = share(bytes, launch.ceilings.memory);
  if (alu > 0 && memory > 0) {
    into.efficiency.push_back(std::max(alu, memory));
  } else if (alu > 0 || memory > 0) {
    into.one_roof.push_back({memory > 0, std::max(alu, memory), seconds});
  }
}

// What the registers deliver fell while a launch was being measured.
bool slowed_down(const Launch& launch) {
  const auto& alu = launch.ceilings.alu;
  if (!alu || alu->disturbed || alu->rates.size() < 4) return false;
  const std::span<const double> rates = alu->rates;
  const std::size_t half = rates.size() / 2;
  return median(rates.subspan(half)) < settled * median(rates.first(half));
}

// What a device that throttles loses within a launch; too few samples say nothing.
std::optional<double> steadiness(const Launch& launch) {
  if (launch.samples_ns.size() < fewest_repeats) return std::nullopt;
  const std::span<const double> samples = launch.samples_ns;
  const std::size_t half = samples.size() / 2;
  return median(samples.first(half)) / median(samples.subspan(half));
}

std::string fingerprint(const Launch& launch) {
  std::string text = fmt::format("{} {}", launch.index, launch.seed);
  for (const double ns : launch.samples_ns) text += fmt::format(" {}", ns);
  return text;
}

// One board is told from another by a serial number only: a container has a host name of its own,
// and the same slot has another card elsewhere.
std::string board_of(const Record& record) {
  const std::size_t colon = record.hardware.find(':');
  const std::string_view kind = std::string_view(record.hardware).substr(0, colon);
  const std::string_view id = std::string_view(record.hardware).substr(colon + 1);
  const bool serial = kind != "cpu" && id.find(':') == std::string_view::npos;
  return serial ? std::string(id) : std::string();
}

}  // namespace

void add_runs(const Record& record, Measured& into) {
  if (record.status != Status::ok) return;
  const bool throttled = has_label(record, "throttled") || has_label(record, "above_ceiling");
  for (const Launch& launch : record.launches) {
    if (launch.samples_ns.empty() || !into.seen.insert(fingerprint(launch)).second) continue;
    into.launches_ns.push_back(median(launch.samples_ns));
    note_efficiency(launch, record.work, into);
    if (const auto share = steadiness(launch)) into.steadiness.push_back(*share);
    // Timers and starting a repeat must stay below 1 % of it.
    const double repeat_ns =
        median(launch.samples_ns) * static_cast<double>(launch.calls_per_sample);
    const bool short_repeats = launch.calls_per_sample > 0 && repeat_ns < shortest_repeat_ns;
    if (throttled || short_repeats || slowed_down(launch) ||
        launch.samples_ns.size() < fewest_repeats) {
      ++into.left_out;
      continue;
    }
    into.boards.insert(board_of(record));
    into.runs_ns.push_back(median(launch.samples_ns));
    into.error = std::max(into.error, launch.error);
  }
}

int weight(Status status) {
  switch (status) {
    case Status::wrong:
      return 4;
    case Status::failed:
      return 3;
    case Status::ok:
      return 2;
    case Status::unsupported:
      return 1;
    case Status::skipped:
      break;
  }
  return 0;
}

std::string text_at(const json& value, const char* path) {
  const json::json_pointer pointer(path);
  if (!value.is_object() || !value.contains(pointer)) return {};
  const json& found = value.at(pointer);
  return found.is_string() ? found.get<std::string>() : std::string();
}

json context_of(const json& document) {
  return document.is_object() ? document.value("context", json::object()) : json::object();
}

std::string build_of(const json& context, const json* device) {
  std::string build = text_at(context, "/assay/build/source_revision");
  if (device != nullptr) build += " " + text_at(*device, "/driver");
  return build;
}

}  // namespace assay
