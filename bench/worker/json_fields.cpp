#include "bench/worker/json_fields.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace assay::protocol {
namespace {

constexpr std::array fills = {std::pair{Fill::random, std::string_view{"random"}},
                              std::pair{Fill::zeros, std::string_view{"zeros"}}};
constexpr std::array kinds = {std::pair{Error::Kind::usage, std::string_view{"usage"}},
                              std::pair{Error::Kind::file, std::string_view{"file"}},
                              std::pair{Error::Kind::device, std::string_view{"device"}},
                              std::pair{Error::Kind::memory, std::string_view{"memory"}},
                              std::pair{Error::Kind::program, std::string_view{"program"}},
                              std::pair{Error::Kind::internal, std::string_view{"internal"}}};

template <class Table, class Value>
std::string_view word_of(const Table& table, Value value) {
  for (const auto& [each, text] : table) {
    if (each == value) return text;
  }
  throw Error(Error::Kind::internal, "a value without a word");
}

template <class Table, class Value>
bool find_value(const Table& table, const Json& json, Value& value) {
  if (!json.is_string()) return false;
  for (const auto& [each, text] : table) {
    if (json.get_ref<const std::string&>() == text) {
      value = each;
      return true;
    }
  }
  return false;
}

// `info` may be const: the same list is written and read.
template <class Visitor, class Info>
void device_fields(Visitor& visit, Info& info) {
  visit("ordinal", info.ordinal);
  visit("name", info.name);
  visit("vendor", info.vendor);
  visit("hardware", info.hardware);
  visit("platform", info.platform);
  visit("driver", info.driver);
  visit("isa", info.isa);
  visit("software", info.software);
  visit("cpu", info.cpu);
  visit("compute_units", info.compute_units);
  visit("memory_bytes", info.memory_bytes);
  visit("max_allocation_bytes", info.max_allocation_bytes);
  visit("cache_bytes", info.cache_bytes);
  visit("dtypes", info.dtypes);
  visit("notes", info.notes);
}

}  // namespace

std::string_view word(Fill fill) { return word_of(fills, fill); }
std::string_view word(Error::Kind kind) { return word_of(kinds, kind); }

Json Writer::encode(double value) {
  constexpr double largest = std::numeric_limits<double>::max();
  if (std::isnan(value)) return largest;
  return std::isinf(value) ? std::copysign(largest, value) : value;
}

Json Writer::encode(const DeviceInfo& value) {
  Json object = Json::object();
  Writer writer(object);
  device_fields(writer, value);
  return object;
}

void Reader::fail(const char* key, const char* what) {
  throw Error(Error::Kind::internal, std::string("'") + key + "' " + what);
}

void Reader::decode(const char* key, const Json& json, bool& value) {
  if (!json.is_boolean()) fail(key, "must be true or false");
  value = json.get<bool>();
}

void Reader::decode(const char* key, const Json& json, std::int64_t& value) {
  const bool fits = json.is_number_integer() &&
                    (!json.is_number_unsigned() ||
                     json.get<std::uint64_t>() <=
                         static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!fits) fail(key, "must be an integer");
  value = json.get<std::int64_t>();
}

void Reader::decode(const char* key, const Json& json, std::uint64_t& value) {
  if (!json.is_number_unsigned()) fail(key, "must be an integer from 0");
  value = json.get<std::uint64_t>();
}

void Reader::decode(const char* key, const Json& json, double& value) {
  if (!json.is_number()) fail(key, "must be a number");
  value = json.get<double>();
  if (!std::isfinite(value)) fail(key, "must be finite");
}

void Reader::decode(const char* key, const Json& json, std::string& value) {
  if (!json.is_string()) fail(key, "must be a string");
  value = json.get<std::string>();
}

void Reader::decode(const char* key, const Json& json, DType& value) {
  const auto dtype =
      json.is_string() ? parse_dtype(json.get_ref<const std::string&>()) : std::nullopt;
  if (!dtype) fail(key, "must be a dtype");
  value = *dtype;
}

void Reader::decode(const char* key, const Json& json, Fill& value) {
  if (!find_value(fills, json, value)) fail(key, "must be random or zeros");
}

void Reader::decode(const char* key, const Json& json, Error::Kind& value) {
  if (!find_value(kinds, json, value)) fail(key, "must be a kind of error");
}

void Reader::decode(const char* key, const Json& json, DeviceInfo& value) {
  if (!json.is_object()) fail(key, "must be an object");
  Reader reader(json);
  device_fields(reader, value);
}

}  // namespace assay::protocol
