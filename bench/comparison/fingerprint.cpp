#include "bench/comparison/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace assay {
namespace {

using nlohmann::json;

constexpr std::array printed = {"/processor/model",
                                "/processor/microcode",
                                "/processor/isa",
                                "/processor/logical_processors",
                                "/processor/cores",
                                "/processor/governor",
                                "/limits/cpu_quota",
                                "/limits/cpuset",
                                "/kernel/system",
                                "/kernel/release",
                                "/kernel/architecture",
                                "/kernel/transparent_huge_pages",
                                "/denormals"};

std::string dotted(std::string_view pointer) {
  std::string name(pointer.substr(1));
  std::ranges::replace(name, '/', '.');
  return name;
}

}  // namespace

std::string fingerprint_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Fingerprint fingerprint(const json& context, const ResultCase& c) {
  Fingerprint print;
  const json ours = context.is_object() && context.contains("assay") ? context.at("assay") : json();
  if (ours.is_object()) {
    for (const char* pointer : printed) {
      const json::json_pointer path{std::string(pointer)};
      if (ours.contains(path)) print[dotted(pointer)] = fingerprint_text(ours.at(path));
    }
    if (const auto variables = ours.find("variables");
        variables != ours.end() && variables->is_object()) {
      for (const auto& [name, value] : variables->items()) {
        print["variables." + name] = fingerprint_text(value);
      }
    }
    if (const auto devices = ours.find("devices"); devices != ours.end() && devices->is_array()) {
      for (const json& device : *devices) {
        if (!device.is_object() || device.value("device", json()) != json(c.device)) continue;
        for (const char* key : {"driver", "platform", "isa"}) {
          if (device.contains(key))
            print[std::string("device.") + key] = fingerprint_text(device.at(key));
        }
      }
    }
  }
  if (!c.options.empty()) print["options"] = c.options;
  return print;
}

std::vector<std::string> differences(const Fingerprint& stored, const Fingerprint& here) {
  std::set<std::string> names;
  for (const auto& [name, value] : stored) names.insert(name);
  for (const auto& [name, value] : here) names.insert(name);
  std::vector<std::string> lines;
  const auto value_of = [](const Fingerprint& print, const std::string& name) {
    const auto found = print.find(name);
    return found == print.end() ? std::string("not set") : found->second;
  };
  for (const std::string& name : names) {
    const std::string before = value_of(stored, name);
    const std::string now = value_of(here, name);
    if (before != now) lines.push_back(name + ": baseline " + before + ", here " + now);
  }
  return lines;
}

}  // namespace assay
