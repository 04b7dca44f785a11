#include "bench/comparison/foreign.hpp"

#include <cstdint>
#include <map>
#include <set>

#include "kernels/error.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr int max_depth = 64;

std::string string_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw Error(Error::Kind::file, "'" + name + "' " + what);
}

double nanoseconds(const std::string& name, const json& entry) {
  const std::string unit = string_at(entry, "time_unit");
  const double scale = unit == "ns" || unit.empty() ? 1
                       : unit == "us"               ? 1e3
                       : unit == "ms"               ? 1e6
                       : unit == "s"                ? 1e9
                                                    : 0;
  if (scale == 0) refuse(name, "has the unknown time unit '" + unit + "'");
  const auto time = entry.find("real_time");
  if (time == entry.end() || !time->is_number()) refuse(name, "has no real_time");
  const double ns = time->get<double>() * scale;
  if (!is_measurable(ns))
    refuse(name, "has a time that is not positive, or that no clock measures");
  return ns;
}

// The cases of a file, in its order.
class Cases {
 public:
  void add(const json& entry) {
    if (!entry.is_object()) throw Error(Error::Kind::file, "an entry of benchmarks is no object");
    const std::string name = string_at(entry, "name");
    if (name.empty()) throw Error(Error::Kind::file, "an entry of benchmarks has no name");
    const std::string run_name = string_at(entry, "run_name");
    ResultCase& c = place(run_name.empty() ? name : run_name);
    if (const auto failed = entry.find("error_occurred");
        failed != entry.end() && failed->is_boolean() && failed->get<bool>()) {
      c.status = Status::failed;
      c.reason = string_at(entry, "error_message");
      return;
    }
    if (const auto skipped = entry.find("skipped");
        skipped != entry.end() && skipped->is_boolean() && skipped->get<bool>()) {
      c.status = Status::skipped;
      c.reason = string_at(entry, "skip_message");
      return;
    }
    if (string_at(entry, "run_type") == "aggregate") {
      const std::string word = string_at(entry, "aggregate_name");
      if (word == "median" || word == "mean")
        aggregates_[c.name][word] = nanoseconds(c.name, entry);
      return;
    }
    // Old versions don't number repetitions.
    if (const auto number = entry.find("repetition_index");
        number != entry.end() && number->is_number_integer() &&
        !repetitions_[c.name].insert(number->get<std::int64_t>()).second) {
      refuse(c.name, "has repetition " + number->dump() + " twice");
    }
    c.launches_ns.push_back(nanoseconds(c.name, entry));
  }

  std::vector<ResultCase> take() {
    for (ResultCase& c : cases_) {
      const auto found = aggregates_.find(c.name);
      if (!c.launches_ns.empty() || found == aggregates_.end()) continue;
      const auto& values = found->second;
      const auto best = values.contains("median") ? values.find("median") : values.begin();
      c.launches_ns.push_back(best->second);
    }
    return std::move(cases_);
  }

 private:
  ResultCase& place(const std::string& name) {
    const auto [found, added] = places_.try_emplace(name, cases_.size());
    if (added) {
      cases_.emplace_back();
      cases_.back().name = name;
      cases_.back().problem = name;
    }
    return cases_[found->second];
  }

  std::vector<ResultCase> cases_;
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::map<std::string, double>> aggregates_;
  std::map<std::string, std::set<std::int64_t>> repetitions_;
};

}  // namespace

std::optional<ResultFile> parse_foreign(std::string_view text) {
  const json::parser_callback_t limit = [](int depth, json::parse_event_t, json&) {
    if (depth > max_depth) throw Error(Error::Kind::file, "not a result file: nested too deeply");
    return true;
  };
  const json document = json::parse(text, limit, false);
  if (!document.is_object() || document.contains("assay_schema")) return std::nullopt;
  const auto benchmarks = document.find("benchmarks");
  if (benchmarks == document.end() || !benchmarks->is_array()) return std::nullopt;
  ResultFile file;
  file.foreign = true;
  if (const auto context = document.find("context");
      context != document.end() && context->is_object()) {
    file.context = *context;
    file.date = string_at(*context, "date");
    file.host = string_at(*context, "host_name");
  }
  Cases cases;
  for (const json& entry : *benchmarks) cases.add(entry);
  file.cases = cases.take();
  return file;
}

}  // namespace assay
