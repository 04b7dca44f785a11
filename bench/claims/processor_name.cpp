#include "bench/claims/processor_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "bench/claims/runs.hpp"
#include "bench/machine.hpp"

namespace assay {
namespace {

using nlohmann::json;

const json* at(const json& context, const char* path) {
  const json::json_pointer pointer(path);
  return context.is_object() && context.contains(pointer) ? &context.at(pointer) : nullptr;
}

// Behind a comma, the number of processors; empty where the context doesn't say.
std::string print_of(const json& context) {
  const json* isa = at(context, "/assay/processor/isa");
  if (isa == nullptr) return {};
  const json* count = at(context, "/assay/processor/logical_processors");
  return isa->dump() + "," + (count != nullptr && count->is_number() ? count->dump() : "");
}

std::string count_in(const std::string& print) { return print.substr(print.rfind(',') + 1); }

}  // namespace

std::string core_of(const std::string& name, const json& context) {
  const std::string core = text_at(context, "/assay/processor/core");
  if (!core.empty() && core != not_measurable) {
    // Not "AMD EPYC (AMD Zen 4)".
    const std::string maker = core.substr(0, core.find(' ') + 1);
    return name.starts_with(maker) ? core.substr(maker.size()) : core;
  }
  const json* isa = at(context, "/assay/processor/isa");
  if (isa == nullptr || !isa->is_array()) return {};
  const auto has = [&](const char* word) {
    return std::ranges::find(*isa, json(word)) != isa->end();
  };
  // AMD's first with 512 bits was Zen 4; Zen 5 added these two, and no half precision.
  if (!name.starts_with("AMD ") || !has("avx512_bf16") || has("avx512_fp16")) return {};
  const bool vnni = has("avx_vnni");
  const bool intersect = has("avx512_vp2intersect");
  if (vnni != intersect) return {};
  return vnni ? "Zen 5" : "Zen 4";
}

void ProcessorNames::note(const std::string& name, const json& context) {
  const std::string print = print_of(context);
  if (print.empty()) return;
  std::vector<std::string>& known = known_[name + "\n" + core_of(name, context)];
  if (std::ranges::find(known, print) == known.end()) known.push_back(print);
}

std::string ProcessorNames::suffix(const std::string& name, const json& context) const {
  const std::string core = core_of(name, context);
  const std::string plain = core.empty() ? "" : " (" + core + ")";
  const auto known = known_.find(name + "\n" + core);
  if (known == known_.end()) return plain;
  const auto found = std::ranges::find(known->second, print_of(context));
  if (found == known->second.end() || found == known->second.begin()) return plain;
  const std::string count = count_in(*found);
  const bool only_here = std::count_if(known->second.begin(), found, [&](const std::string& other) {
                           return count_in(other) == count;
                         }) == 0;
  if (only_here && !count.empty()) {
    return fmt::format(" ({}{}{} processors)", core, core.empty() ? "" : ", ", count);
  }
  return fmt::format("{} #{}", plain, found - known->second.begin() + 1);
}

}  // namespace assay
