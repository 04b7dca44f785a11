// Structs as JSON objects: a struct's fields are listed once, and written and read by these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "backends/backend.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay::protocol {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string_view word(Fill fill);
[[nodiscard]] std::string_view word(Error::Kind kind);

// Adds fields to an object.
class Writer {
 public:
  explicit Writer(Json& object) : object_(object) {}
  template <class Value>
  void operator()(const char* key, const Value& value) {
    object_[key] = encode(value);
  }
  // A field that earlier versions lack: left out where it says nothing.
  template <class Value>
  void later(const char* key, const Value& value) {
    if (value != Value{}) (*this)(key, value);
  }

  template <class Value>
  void optional(const char* key, const Value& value) {
    (*this)(key, value);
  }

 private:
  static Json encode(bool value) { return value; }
  static Json encode(std::int64_t value) { return value; }
  static Json encode(std::uint64_t value) { return value; }
  static Json encode(double value);
  static Json encode(const std::string& value) { return value; }
  static Json encode(DType value) { return name(value); }
  static Json encode(Fill value) { return word(value); }
  static Json encode(Error::Kind value) { return word(value); }
  static Json encode(const DeviceInfo& value);
  template <class A, class B>
  static Json encode(const std::pair<A, B>& value) {
    return Json::array({encode(value.first), encode(value.second)});
  }
  template <class Value>
  static Json encode(const std::vector<Value>& values) {
    Json array = Json::array();
    for (const Value& value : values) array.push_back(encode(value));
    return array;
  }

  Json& object_;
};

// Takes fields out of an object; an internal Error names the one that is missing or malformed.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}
  template <class Value>
  void operator()(const char* key, Value& value) {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(key, "is missing");
    decode(key, *found, value);
  }
  template <class Value>
  void later(const char* key, Value& value) {
    value = Value{};
    if (object_.contains(key)) (*this)(key, value);
  }

  // A field that older writers don't know: left as it is where it is missing.
  template <class Value>
  void optional(const char* key, Value& value) {
    const auto found = object_.find(key);
    if (found != object_.end()) decode(key, *found, value);
  }

 private:
  [[noreturn]] static void fail(const char* key, const char* what);
  static void decode(const char* key, const Json& json, bool& value);
  static void decode(const char* key, const Json& json, std::int64_t& value);
  static void decode(const char* key, const Json& json, std::uint64_t& value);
  static void decode(const char* key, const Json& json, double& value);
  static void decode(const char* key, const Json& json, std::string& value);
  static void decode(const char* key, const Json& json, DType& value);
  static void decode(const char* key, const Json& json, Fill& value);
  static void decode(const char* key, const Json& json, Error::Kind& value);
  static void decode(const char* key, const Json& json, DeviceInfo& value);
  template <class A, class B>
  static void decode(const char* key, const Json& json, std::pair<A, B>& value) {
    if (!json.is_array() || json.size() != 2) fail(key, "must hold pairs");
    decode(key, json[0], value.first);
    decode(key, json[1], value.second);
  }
  template <class Value>
  static void decode(const char* key, const Json& json, std::vector<Value>& values) {
    if (!json.is_array()) fail(key, "must be an array");
    values.clear();
    for (const Json& each : json) decode(key, each, values.emplace_back());
  }

  const Json& object_;
};

}  // namespace assay::protocol
