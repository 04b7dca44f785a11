#include "bench/claims/vendors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace assay {
namespace {

// Part of what drivers say -> the usual name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> vendors = {
    {{"NVIDIA", "NVIDIA"},
     {"AMD", "AMD"},
     {"Advanced Micro", "AMD"},
     {"Intel", "Intel"},
     {"Apple", "Apple"},
     {"QUALCOMM", "Qualcomm"},
     {"Qualcomm", "Qualcomm"},
     {"Graphcore", "Graphcore"},
     {"Amazon", "AWS"},
     {"Huawei", "Huawei"},
     {"Rebellions", "Rebellions"},
     {"FuriosaAI", "FuriosaAI"},
     {"DEEPX", "DEEPX"},
     {"Microsoft", "Microsoft"},
     {"Imagination", "Imagination"},
     {"ARM", "Arm"},
     {"Arm", "Arm"}}};

}  // namespace

std::string vendor_name(std::string_view text) {
  for (const auto& [part, vendor] : vendors) {
    if (text.find(part) != std::string_view::npos) return std::string(vendor);
  }
  return std::string(text);
}

bool knows_vendor(std::string_view name) {
  return std::ranges::any_of(vendors, [&](const auto& each) { return each.second == name; });
}

}  // namespace assay
