// DeviceInfo::hardware of a GPU, so that every backend names the same chip alike.
#pragma once

#include <array>
#include <string>

namespace assay {

// "gpu:" and lower-case hexadecimal in groups of 8-4-4-4-12.
[[nodiscard]] std::string gpu_of_uuid(const std::array<unsigned char, 16>& uuid);

// "gpu:0000:3b:00.0": domain, bus, device, function of the PCI bus.
[[nodiscard]] std::string gpu_of_pci(unsigned domain, unsigned bus, unsigned device,
                                     unsigned function);

}  // namespace assay
