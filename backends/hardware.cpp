#include "backends/hardware.hpp"

#include <cstdio>
#include <fstream>
#include <utility>

namespace assay {

std::string gpu_of_uuid(const std::array<unsigned char, 16>& uuid) {
  std::string text = "gpu:";
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", unsigned{uuid[i]});
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits.data();
  }
  return text;
}

std::string gpu_of_pci(unsigned domain, unsigned bus, unsigned device, unsigned function) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "gpu:%04x:%02x:%02x.%x", domain, bus, device, function);
  return text.data();
}

std::string processor_generation(const std::filesystem::path& cpuinfo) {
  constexpr std::array numbers = {std::pair{"cpu family", "family"}, std::pair{"model", "model"},
                                  std::pair{"CPU implementer", "implementer"},
                                  std::pair{"CPU part", "part"}};
  std::array<std::string, numbers.size()> found;
  std::ifstream file(cpuinfo);
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) break;  // the first processor's end
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const auto value = line.find_first_not_of(" \t", colon + 1);
    if (value == std::string::npos) continue;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (key == numbers[i].first && found[i].empty()) found[i] = line.substr(value);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (found[i].empty()) continue;
    text += (text.empty() ? "" : " ") + std::string(numbers[i].second) + " " + found[i];
  }
  return text;
}

}  // namespace assay
