#include "bench/claims/device_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "backends/list.hpp"
#include "bench/claims/case_measures.hpp"
#include "bench/claims/runs.hpp"
#include "bench/claims/vendors.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

bool among(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

// What the portable backends did on a device that has no pair of runs.
struct Portable {
  int right = 0;     // problems that one of them ran right
  int left_out = 0;  // their runs that don't count
};

Portable portable_on(const ClaimQuantity& q, const DeviceModel& model) {
  std::map<std::string, int> left_out;
  for (const Measured& m : model.cases) {
    if (m.status != Status::ok || !among(q.portable, m.backend)) continue;
    if (q.query().matches(m.problem)) left_out[m.name] += m.left_out;
  }
  Portable result{static_cast<int>(left_out.size()), 0};
  for (const auto& [problem, runs] : left_out) result.left_out += runs;
  return result;
}

std::string without_pairs(const ClaimQuantity& q, const DeviceModel& model, const Portable& had) {
  const std::string what =
      fmt::format("{} ran {} problem{} right through {}", model.name, had.right,
                  had.right == 1 ? "" : "s", joined(q.portable, ", "));
  if (had.left_out == 0) return what + ", and of none its vendor's own library has runs that count";
  return fmt::format(
      "{}, and {} of those runs don't count: throttled, above a ceiling, or of "
      "repeats that are fewer than {} or shorter than 100 us",
      what, had.left_out, fewest_repeats);
}

}  // namespace

Reading vendors_of(const ClaimQuantity& q, const std::vector<const DeviceModel*>& models,
                   const Evidence& evidence) {
  std::set<std::string> whole;
  std::set<std::string> open;
  Reading reading;
  for (const DeviceModel* model : models) {
    for (const Reading& c : case_measures::coverage(q, *model, evidence)) {
      if (c.value.value >= 1) whole.insert(model->vendor);
      if (!c.open.empty()) open.insert(model->vendor);
      reading.records.insert(c.records.begin(), c.records.end());
      reading.why_not.insert(c.why_not.begin(), c.why_not.end());
    }
  }
  std::string names;
  for (const std::string& vendor : whole) {
    names += (names.empty() ? "" : ", ") + vendor;
    open.erase(vendor);
  }
  const auto count = static_cast<double>(whole.size());
  reading.value = {count, count, count + static_cast<double>(open.size())};
  reading.basis = Basis::counted;
  reading.note = names;
  return reading;
}

std::string without_native(const ClaimQuantity& q, const DeviceModel& model) {
  std::string libraries;
  for (const std::string& name : q.native) {
    const std::string_view vendor = vendor_of_library(name);
    if (!vendor.empty() && vendor != model.vendor) continue;
    const auto matches = [&](const Measured& m) {
      return m.backend == name && q.query().matches(m.problem);
    };
    if (std::ranges::any_of(model.cases,
                            [&](const Measured& m) { return m.has_times() && matches(m); })) {
      return {};
    }
    const auto tried = std::ranges::find_if(model.cases, matches);
    const BackendEntry* entry = find_backend(name);
    std::string why = "not among the records; --measure adds it where it is";
    if (tried != model.cases.end()) {
      why = tried->reason;
    } else if (entry == nullptr) {
      why = "no backend of this program, a plugin can be one";
    } else if (entry->make == nullptr) {
      why = entry->missing;
    }
    libraries += (libraries.empty() ? "" : "; ") + name + ": " + why;
  }
  if (libraries.empty()) libraries = "none is known here";
  return fmt::format("runs of {}'s own library on {} ({})", model.vendor, model.name, libraries);
}

QuantityResult portability_of(const ClaimQuantity& q,
                              const std::vector<const DeviceModel*>& models) {
  ClaimQuantity whole = q;
  whole.split.clear();
  QuantityResult result;
  Reading reading;
  Estimate inverse;
  int devices = 0;
  int nothing = 0;
  for (const DeviceModel* model : models) {
    const bool native = std::ranges::any_of(model->cases, [&](const Measured& m) {
      return m.has_runs() && q.query().matches(m.problem) && among(q.native, m.backend);
    });
    if (!native) continue;
    ++devices;
    const std::vector<Reading> own = case_measures::native(whole, *model);
    if (own.empty()) {
      const Portable had = portable_on(q, *model);
      nothing += had.right == 0 ? 1 : 0;
      if (had.right > 0) result.unmeasured.push_back(without_pairs(q, *model, had));
      continue;
    }
    const Reading& r = own.front();
    if (!(r.value.value > 0)) {
      ++nothing;
      continue;
    }
    inverse.value += 1 / r.value.value;
    inverse.low += 1 / r.value.high;
    inverse.high += 1 / r.value.low;
    reading.least_runs =
        reading.records.empty() ? r.least_runs : std::min(reading.least_runs, r.least_runs);
    reading.records.insert(r.records.begin(), r.records.end());
    reading.left_out += r.left_out;
    reading.few_runs = reading.few_runs || r.few_runs;
    reading.apart = reading.apart || r.apart;
    reading.few.insert(r.few.begin(), r.few.end());
    if (reading.open.empty()) reading.open = r.open;
    if (reading.invalid.empty()) reading.invalid = r.invalid;
  }
  // One device that runs nothing makes it 0, whatever the open ones come to.
  if (devices == 0 || (nothing == 0 && !result.unmeasured.empty())) return result;
  result.unmeasured.clear();
  reading.subject = fmt::format("{} device{}", devices, devices == 1 ? "" : "s");
  reading.basis = Basis::runs;
  reading.measured = nothing == 0;
  if (nothing == 0) {
    reading.value = {devices / inverse.value, devices / inverse.high, devices / inverse.low};
  } else {
    reading.note =
        fmt::format("{} of them run nothing of it through {}", nothing, joined(q.portable, ", "));
  }
  result.readings.push_back(std::move(reading));
  return result;
}

}  // namespace assay
