#include "bench/claims/processor_share.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

namespace assay {
namespace {

using nlohmann::json;

double number_at(const json& context, const char* pointer) {
  const json::json_pointer path(pointer);
  return context.contains(path) && context.at(path).is_number() ? context.at(path).get<double>()
                                                                : 0;
}

// How many processors a list as "0-3,8" names; 0 for what is none.
double listed(std::string_view list) {
  double count = 0;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at != end) {
    int first = 0;
    auto [stop, code] = std::from_chars(at, end, first);
    int last = first;
    if (code == std::errc{} && stop != end && *stop == '-') {
      const auto [after, second] = std::from_chars(stop + 1, end, last);
      stop = after;
      code = second;
    }
    if (code != std::errc{} || last < first || (stop != end && *stop != ',')) return 0;
    count += 1.0 + last - first;
    at = stop == end ? end : stop + 1;
  }
  return count;
}

}  // namespace

std::string processor_share(const json& context, double cores_on_record) {
  if (!context.is_object()) return {};
  const double all = number_at(context, "/assay/processor/logical_processors");
  double have = all;
  const json::json_pointer set("/assay/limits/cpuset");
  if (context.contains(set) && context.at(set).is_string()) {
    const double allowed = listed(context.at(set).get<std::string>());
    if (allowed > 0 && allowed < have) have = allowed;
  }
  const double quota = number_at(context, "/assay/limits/cpu_quota");
  if (quota > 0 && quota < have) have = quota;
  // One thread of each core is all of them.
  if (cores_on_record > 0 && have >= cores_on_record) return {};
  const json::json_pointer machine("/assay/processor/virtual_machine");
  if (context.contains(machine) && context.at(machine) == json(true)) {
    return have > 0 ? fmt::format("{:g} processors of a virtual machine", have)
                    : std::string("processors of a virtual machine");
  }
  const double cores = number_at(context, "/assay/processor/cores");
  const bool fewer = have < (cores > 0 ? cores : all);
  return fewer ? fmt::format("{:g} of {:g} processors", have, all) : std::string();
}

}  // namespace assay
