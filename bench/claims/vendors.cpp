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

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> libraries = {
    {{"cublas", "NVIDIA"},
     {"cudnn", "NVIDIA"},
     {"rocblas", "AMD"},
     {"hipblaslt", "AMD"},
     {"miopen", "AMD"},
     {"onednn", "Intel"},
     {"onemkl", "Intel"},
     {"habana", "Intel"},
     {"poplar", "Graphcore"},
     {"neuron", "AWS"},
     {"furiosa", "FuriosaAI"},
     {"rebellions", "Rebellions"},
     {"deepx", "DEEPX"},
     {"cann", "Huawei"}}};

}  // namespace

std::string vendor_name(std::string_view text) {
  for (const auto& [part, vendor] : vendors) {
    if (text.find(part) != std::string_view::npos) return std::string(vendor);
  }
  return std::string(text);
}

std::string_view vendor_of_library(std::string_view backend) {
  const auto* const found =
      std::ranges::find(libraries, backend, [](auto& each) { return each.first; });
  return found == libraries.end() ? std::string_view() : found->second;
}

bool knows_vendor(std::string_view name) {
  return std::ranges::any_of(vendors, [&](const auto& each) { return each.second == name; });
}

}  // namespace assay
