#include "bench/facts/facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>

#include "bench/data_files.hpp"
#include "bench/facts/csv.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 14> columns = {
    "device", "vendor", "class",      "figure", "dtype",       "unit",   "sparsity",
    "scope",  "value",  "value_unit", "source", "source_date", "status", "note"};
constexpr std::array<std::string_view, 5> classes = {"gpu", "cpu", "npu", "tpu", "ipu"};
constexpr std::array<std::string_view, 9> figures = {"peak",  "memory_capacity", "memory_bandwidth",
                                                     "tdp",   "compute_units",   "lanes",
                                                     "clock", "launch_price",    "launch_date"};
constexpr std::array<std::string_view, 10> dtypes = {"-",    "f64", "f32",  "tf32", "f16",
                                                     "bf16", "fp8", "int8", "int4", "fp4"};
constexpr std::array<std::string_view, 3> units = {"-", "matrix", "vector"};
constexpr std::array<std::string_view, 3> sparsities = {"-", "dense", "sparse"};
constexpr std::array<std::string_view, 2> scopes = {"package", "die"};
constexpr std::array<std::string_view, 8> value_units = {"TFLOP/s", "TOP/s", "GB/s", "GB",
                                                         "W",       "count", "MHz",  "USD"};
constexpr std::array<std::string_view, 3> statuses = {"ok", "disputed", "unverified"};

struct Place {
  const std::string& path;
  int line;
  [[noreturn]] void refuse(const std::string& message) const {
    throw Error(Error::Kind::file, path + ":" + std::to_string(line) + ": " + message);
  }
  void word(std::string_view column, std::string_view text, Words known) const {
    if (std::ranges::find(known, text) == known.end()) refuse(unknown_word(column, text, known));
  }
};

bool digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void check_peak(const Fact& fact, const Place& place) {
  if (fact.unit == "-") place.refuse("a peak without its unit, matrix or vector");
  // A number format that no word exists for, or that the source doesn't say, must be in the note.
  if ((fact.dtype == "-" || fact.sparsity == "-") && fact.note.empty()) {
    place.refuse("a peak without dtype or sparsity needs a note that says why");
  }
}

Fact fact_of(const CsvRow& row, const Place& place) {
  if (row.fields.size() != columns.size()) {
    place.refuse("has " + std::to_string(row.fields.size()) + " fields, must have " +
                 std::to_string(columns.size()));
  }
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
    if (!row.fields[i].empty()) continue;
    if (columns[i] == "source") place.refuse("a figure without a source");
    place.refuse("'" + std::string(columns[i]) + "' is empty");
  }
  const auto& f = row.fields;
  Fact fact{f[0], f[1], f[2], f[3],  f[4],  f[5],  f[6],  f[7],
            f[8], {},   f[9], f[10], f[11], f[12], f[13], row.line};
  place.word("class", fact.device_class, classes);
  place.word("figure", fact.figure, figures);
  place.word("dtype", fact.dtype, dtypes);
  place.word("unit", fact.unit, units);
  place.word("sparsity", fact.sparsity, sparsities);
  place.word("scope", fact.scope, scopes);
  place.word("status", fact.status, statuses);
  if (fact.source_date != "undated" && fact.source_date != "-" && !is_date(fact.source_date)) {
    place.refuse("source_date '" + fact.source_date + "' is no date, 'undated' or '-'");
  }
  if (fact.status == "ok" && fact.source_date == "-") {
    place.refuse("a figure that is 'ok' needs the date of its source, or 'undated'");
  }
  if (fact.figure == "launch_date") {
    if (!is_date(fact.text) || fact.value_unit != "date") {
      place.refuse("'" + fact.text + "' must be a date, YYYY-MM-DD, in unit 'date'");
    }
    return fact;
  }
  place.word("value_unit", fact.value_unit, value_units);
  double value = 0;
  const char* end = fact.text.data() + fact.text.size();
  const auto [stop, code] = std::from_chars(fact.text.data(), end, value);
  if (code != std::errc{} || stop != end || !std::isfinite(value) || value <= 0) {
    place.refuse("value '" + fact.text + "' must be a positive number");
  }
  fact.value = value;
  if (fact.figure == "peak") check_peak(fact, place);
  return fact;
}

std::string key_text(const Fact& f) {
  return f.device + ", " + f.figure + ", " + f.dtype + ", " + f.unit + ", " + f.sparsity + ", " +
         f.scope;
}

// One `ok` row, or only others. Formats without a word of their own share "-".
void check_agreement(const std::string& path, const std::vector<Fact>& rows) {
  std::map<std::string, const Fact*> ok;
  std::map<std::string, const Fact*> disputed;
  for (const Fact& fact : rows) {
    if (fact.figure == "peak" && fact.dtype == "-") continue;
    const Place place{path, fact.line};
    const std::string key = key_text(fact);
    if (fact.status == "unverified") continue;
    auto& same = fact.status == "ok" ? ok : disputed;
    const auto& other = fact.status == "ok" ? disputed : ok;
    if (const auto found = other.find(key); found != other.end()) {
      place.refuse("'" + key + "' is both ok and disputed, see line " +
                   std::to_string(found->second->line));
    }
    const auto [found, added] = same.try_emplace(key, &fact);
    if (!added && fact.status == "ok") {
      place.refuse("'" + key + "' has a second ok row, see line " +
                   std::to_string(found->second->line));
    }
  }
}

std::vector<std::pair<std::string, std::string>> parse_names(const std::string& path,
                                                             std::string_view text,
                                                             const std::vector<Fact>& rows) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const CsvRow& row : parse_csv(path, text)) {
    if (row.line == 1) continue;
    const Place place{path, row.line};
    if (row.fields.size() != 2 || row.fields[1].empty()) place.refuse("must be device,driver_name");
    const bool none =
        row.fields[0] == "-";  // what the table doesn't have, though a name is like it
    if (!none && std::ranges::find(rows, row.fields[0], &Fact::device) == rows.end()) {
      place.refuse("no device '" + row.fields[0] + "' in the table of facts");
    }
    names.emplace_back(row.fields[0], row.fields[1]);
  }
  return names;
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  const auto number = [&](std::size_t at, std::size_t size) {
    unsigned value = 0;
    if (text.size() < at + size) return 1U;  // left out: the first
    if (!digits(text.substr(at, size))) return 0U;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  const bool dashes = (text.size() < 7 || text[4] == '-') && (text.size() < 10 || text[7] == '-');
  const std::chrono::year_month_day day(std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)),
                                        std::chrono::day(number(8, 2)));
  return dashes && digits(text.substr(0, 4)) && day.ok();
}

FactTable::FactTable(std::string path, std::vector<Fact> rows,
                     std::vector<std::pair<std::string, std::string>> names)
    : path_(std::move(path)), rows_(std::move(rows)), names_(std::move(names)) {}

std::vector<std::string> FactTable::devices() const {
  std::vector<std::string> result;
  for (const Fact& fact : rows_) {
    if (std::ranges::find(result, fact.device) == result.end()) result.push_back(fact.device);
  }
  return result;
}

bool FactTable::has_device(std::string_view device) const {
  return std::ranges::find(rows_, device, &Fact::device) != rows_.end();
}

std::vector<const Fact*> FactTable::find(const FactKey& key) const {
  const auto same = [](const std::string& wanted, const std::string& have) {
    return (wanted.empty() ? "-" : wanted) == have;
  };
  std::vector<const Fact*> result;
  for (const Fact& f : rows_) {
    if (f.device == key.device && f.figure == key.figure && same(key.dtype, f.dtype) &&
        same(key.unit, f.unit) && same(key.sparsity, f.sparsity) && f.scope == key.scope) {
      result.push_back(&f);
    }
  }
  return result;
}

const Fact* FactTable::best(const FactKey& key) const {
  const std::vector<const Fact*> rows = find(key);
  for (const std::string_view status : statuses) {
    for (const Fact* fact : rows) {
      if (fact->status == status) return fact;
    }
  }
  return nullptr;
}

std::string FactTable::device_of(std::string_view driver_name) const {
  const auto in_word = [&](std::size_t at) {
    return at < driver_name.size() &&
           std::isalnum(static_cast<unsigned char>(driver_name[at])) != 0;
  };
  const std::pair<std::string, std::string>* found = nullptr;
  for (const auto& name : names_) {
    const std::size_t at = driver_name.find(name.second);
    if (at == std::string_view::npos) continue;
    // "NVIDIA L4" is no part of "NVIDIA L40S", nor "H200" of "GH200".
    const bool whole = !in_word(at + name.second.size()) && (at == 0 || !in_word(at - 1));
    if (!whole) continue;
    if (name.first == "-") return {};
    if (found == nullptr || name.second.size() > found->second.size()) found = &name;
  }
  return found == nullptr ? std::string() : found->first;
}

FactTable parse_facts(const std::string& path, std::string_view text, const std::string& names_path,
                      std::string_view names_text) {
  const std::vector<CsvRow> rows = parse_csv(path, text);
  if (rows.empty()) throw Error(Error::Kind::file, path + ": is empty");
  if (!std::ranges::equal(rows.front().fields, columns)) {
    Place{path, rows.front().line}.refuse(
        "the columns must be device,vendor,class,figure,dtype,"
        "unit,sparsity,scope,value,value_unit,source,"
        "source_date,status,note");
  }
  std::vector<Fact> facts;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    facts.push_back(fact_of(rows[i], {path, rows[i].line}));
  }
  check_agreement(path, facts);
  auto names = parse_names(names_path, names_text, facts);
  return {path, std::move(facts), std::move(names)};
}

FactTable built_in_facts() {
  const DataFile facts = built_in_file("facts/devices.csv");
  const DataFile names = built_in_file("facts/names.csv");
  return parse_facts(facts.path, facts.text, names.path, names.text);
}

FactTable read_facts(const std::string& path) {
  FactTable theirs = parse_facts(path, read_data_file(path));
  std::vector<std::pair<std::string, std::string>> names;
  const DataFile known = built_in_file("facts/names.csv");
  for (const CsvRow& row : parse_csv(known.path, known.text)) {
    if (row.fields.front() == "-" || theirs.has_device(row.fields.front()))
      names.emplace_back(row.fields[0], row.fields[1]);
  }
  return {path, {theirs.rows().begin(), theirs.rows().end()}, std::move(names)};
}

}  // namespace assay
