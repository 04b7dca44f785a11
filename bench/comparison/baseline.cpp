#include "bench/comparison/baseline.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <sstream>

#include "bench/comparison/moment.hpp"
#include "bench/data_files.hpp"
#include "bench/json_text.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// One line of a file.
class Line {
 public:
  Line(const json& object, std::string place) : object_(object), place_(std::move(place)) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(Error::Kind::file, place_ + ": " + what);
  }
  [[nodiscard]] const json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) refuse(std::string(key) + " is missing");
    return *found;
  }
  [[nodiscard]] std::string text(const char* key) const {
    const json& value = at(key);
    if (!value.is_string()) refuse(std::string(key) + " must be a string");
    return value.get<std::string>();
  }

 private:
  const json& object_;
  std::string place_;
};

void check_schema(const Line& line) {
  const json& schema = line.at("baseline_schema");
  if (schema != baseline_schema) {
    line.refuse("baseline_schema is " + schema.dump() + "; this program reads " +
                std::to_string(baseline_schema));
  }
}

BaselineEntry read_entry(const Line& line) {
  BaselineEntry entry;
  entry.case_name = line.text("case");
  entry.key = line.text("key");
  entry.date = line.text("date");
  entry.revision = line.text("revision");
  entry.reason = line.text("reason");
  const json& print = line.at("fingerprint");
  if (!print.is_object()) line.refuse("fingerprint must be an object");
  for (const auto& [name, value] : print.items()) entry.print[name] = fingerprint_text(value);
  const json& times = line.at("launches_ns");
  if (!times.is_array() || times.empty()) line.refuse("launches_ns must be times");
  for (const json& time : times) {
    if (!time.is_number() || !is_measurable(time.get<double>())) {
      line.refuse("launches_ns has a time that is not positive, or that no clock measures");
    }
    entry.launches_ns.push_back(time.get<double>());
  }
  return entry;
}

// The lines of a text that say something, with their numbers.
std::vector<std::pair<std::size_t, std::string_view>> lines_of(std::string_view text) {
  std::vector<std::pair<std::size_t, std::string_view>> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.emplace_back(number, line);
  }
  return lines;
}

bool says_pruned(const json& object) { return object.is_object() && object.contains("pruned"); }

using Place = std::pair<std::string, Fingerprint>;

constexpr int deepest = 16;  // levels of a line

// Of one file or several: a measurement that is there twice would count twice.
class Entries {
 public:
  void read(const std::string& path, std::string_view text);
  std::vector<BaselineEntry> take() { return std::move(entries_); }

 private:
  std::vector<BaselineEntry> entries_;
  std::vector<std::string> places_;  // "PATH:LINE" of each
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> like_it_;
};

}  // namespace

BaselineEntry baseline_entry(const ResultFile& file, const ResultCase& c,
                             const std::string& reason) {
  return {c.name,        c.key(), fingerprint(file.context, c), c.launches_ns, file.date,
          file.revision, reason};
}

std::string to_line(const BaselineEntry& entry) {
  json print = json::object();
  for (const auto& [name, value] : entry.print) print[name] = value;
  return writable({{"baseline_schema", baseline_schema},
                   {"case", entry.case_name},
                   {"key", entry.key},
                   {"date", entry.date},
                   {"revision", entry.revision},
                   {"reason", entry.reason},
                   {"launches_ns", entry.launches_ns},
                   {"fingerprint", std::move(print)}})
             .dump() +
         "\n";
}

std::string prune_line(std::size_t removed, const std::string& reason) {
  return writable({{"baseline_schema", baseline_schema}, {"pruned", removed}, {"reason", reason}})
             .dump() +
         "\n";
}

std::string prune_lines(std::string_view text) {
  std::string pruned;
  for (const auto& [number, line] : lines_of(text)) {
    if (says_pruned(json::parse(line, nullptr, false))) pruned += std::string(line) + "\n";
  }
  return pruned;
}

bool same_measurement(const BaselineEntry& a, const BaselineEntry& b) {
  return a.key == b.key && a.date == b.date && a.launches_ns == b.launches_ns && a.print == b.print;
}

void Entries::read(const std::string& path, std::string_view text) {
  for (const auto& [number, content] : lines_of(text)) {
    const std::string where = path + ":" + std::to_string(number);
    const json::parser_callback_t limit = [&](int depth, json::parse_event_t, json&) {
      if (depth > deepest) throw Error(Error::Kind::file, where + ": is nested too deeply");
      return true;
    };
    const json object = json::parse(content, limit, false);
    const Line line(object, where);
    if (object.is_discarded()) line.refuse("is no JSON");
    if (!object.is_object()) line.refuse("is no JSON object");
    check_schema(line);
    if (says_pruned(object)) continue;
    BaselineEntry entry = read_entry(line);
    std::vector<std::size_t>& like_it = like_it_[{entry.key, entry.date}];
    for (const std::size_t i : like_it) {
      if (same_measurement(entries_[i], entry)) {
        line.refuse("is the same measurement as " + places_[i]);
      }
    }
    like_it.push_back(entries_.size());
    places_.push_back(where);
    entries_.push_back(std::move(entry));
  }
}

std::vector<BaselineEntry> parse_baseline(const std::string& path, std::string_view text) {
  Entries entries;
  entries.read(path, text);
  return entries.take();
}

std::string baseline_text(const std::string& path) {
  std::error_code code;
  if (!fs::exists(path, code)) {
    throw Error(Error::Kind::file, path + ": there is no such baseline");
  }
  if (fs::is_directory(path, code)) {
    throw Error(Error::Kind::file, path + " is a folder; name the file in it");
  }
  return read_data_file(path);
}

std::vector<BaselineEntry> read_baseline(const std::string& path) {
  std::error_code code;
  std::vector<fs::path> files;
  if (fs::is_directory(path, code)) {
    for (const auto& each : fs::directory_iterator(path, code)) {
      if (each.path().extension() == ".jsonl") files.push_back(each.path());
    }
    if (code) throw Error(Error::Kind::file, path + ": " + code.message());
    std::ranges::sort(files);
  } else {
    files.emplace_back(path);
  }
  Entries all;
  for (const fs::path& file : files) all.read(file.string(), baseline_text(file.string()));
  std::vector<BaselineEntry> entries = all.take();
  // Files come by name; which run is newer, and what a move left behind, their dates say.
  if (files.size() > 1) {
    std::ranges::stable_sort(
        entries, {}, [](const BaselineEntry& e) { return std::pair(moment_of(e.date), e.date); });
  }
  if (entries.empty()) throw Error(Error::Kind::file, path + ": the baseline is empty");
  return entries;
}

std::vector<const BaselineEntry*> current_entries(std::span<const BaselineEntry> entries,
                                                  const std::string& key,
                                                  const Fingerprint& print) {
  std::vector<const BaselineEntry*> current;
  for (const BaselineEntry& entry : entries) {
    if (entry.key != key || entry.print != print) continue;
    if (entry.moves()) current.clear();
    current.push_back(&entry);
  }
  return current;
}

std::vector<BaselineEntry> pruned(std::span<const BaselineEntry> entries, std::size_t keep) {
  std::set<Place> places;
  std::set<const BaselineEntry*> kept;
  std::map<const BaselineEntry*, std::string> reasons;
  for (const BaselineEntry& entry : entries) {
    if (!places.insert({entry.key, entry.print}).second) continue;
    std::vector<const BaselineEntry*> current = current_entries(entries, entry.key, entry.print);
    const std::string reason = current.front()->reason;
    if (current.size() > keep) {
      current.erase(current.begin(), current.end() - static_cast<std::ptrdiff_t>(keep));
    }
    reasons[current.front()] = reason;
    kept.insert(current.begin(), current.end());
  }
  std::vector<BaselineEntry> result;
  for (const BaselineEntry& entry : entries) {
    if (!kept.contains(&entry)) continue;
    result.push_back(entry);
    if (const auto found = reasons.find(&entry); found != reasons.end()) {
      result.back().reason = found->second;
    }
  }
  return result;
}

}  // namespace assay
