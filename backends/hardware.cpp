#include "backends/hardware.hpp"

#include <cstdio>

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

}  // namespace assay
