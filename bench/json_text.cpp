#include "bench/json_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {
namespace {

using nlohmann::json;

// What a person looks for first; everything else follows by name.
constexpr std::array<std::string_view, 34> first_keys = {"context",
                                                         "assay_schema",
                                                         "benchmarks",
                                                         "name",
                                                         "run_name",
                                                         "run_type",
                                                         "aggregate_name",
                                                         "aggregate_unit",
                                                         "family_index",
                                                         "per_family_instance_index",
                                                         "repetitions",
                                                         "repetition_index",
                                                         "threads",
                                                         "iterations",
                                                         "real_time",
                                                         "cpu_time",
                                                         "time_unit",
                                                         "error_occurred",
                                                         "error_message",
                                                         "label",
                                                         "flops_per_second",
                                                         "bytes_per_second",
                                                         "date",
                                                         "host_name",
                                                         "executable",
                                                         "case",
                                                         "kernel",
                                                         "parameters",
                                                         "backend",
                                                         "device",
                                                         "device_name",
                                                         "status",
                                                         "reason",
                                                         "implementation"};

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_plain(const json& value) { return !value.is_structured() || value.empty(); }

void append(const json& value, const std::string& indent, std::string& out);

void append_object(const json& value, const std::string& indent, std::string& out) {
  const auto rank = [](const std::string& key) {
    return std::ranges::find(first_keys, key) - first_keys.begin();
  };
  std::vector<std::pair<std::ptrdiff_t, std::string>> keys;
  for (const auto& item : value.items()) keys.emplace_back(rank(item.key()), item.key());
  std::ranges::sort(keys);
  out += "{";
  const std::string inner = indent + "  ";
  const char* separator = "\n";
  for (const auto& [order, key] : keys) {
    out += separator + inner + dump(key) + ": ";
    append(value[key], inner, out);
    separator = ",\n";
  }
  out += "\n" + indent + "}";
}

void append_array(const json& value, const std::string& indent, std::string& out) {
  const bool one_line = std::ranges::all_of(value, is_plain);
  const std::string inner = one_line ? "" : "\n" + indent + "  ";
  out += "[";
  bool first = true;
  for (const json& element : value) {
    if (!first) out += one_line ? ", " : ",";
    first = false;
    out += inner;
    append(element, indent + "  ", out);
  }
  out += one_line ? "]" : "\n" + indent + "]";
}

void append(const json& value, const std::string& indent, std::string& out) {
  if (is_plain(value)) {
    out += dump(value);
  } else if (value.is_object()) {
    append_object(value, indent, out);
  } else {
    append_array(value, indent, out);
  }
}

}  // namespace

std::string valid_utf8(const std::string& text) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(text, ascii)) return text;
  return json::parse(dump(text)).get<std::string>();
}

json writable(json value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) return nullptr;
  if (value.is_string()) return valid_utf8(value.get_ref<const std::string&>());
  if (value.is_array()) {
    for (json& element : value) element = writable(std::move(element));
  } else if (value.is_object()) {
    json object = json::object();
    for (auto& item : value.items()) {
      object[valid_utf8(item.key())] = writable(std::move(item.value()));
    }
    return object;
  }
  return value;
}

std::string pretty(const json& value) {
  std::string out;
  append(value, "", out);
  return out + "\n";
}

}  // namespace assay
