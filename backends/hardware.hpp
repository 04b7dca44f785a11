// DeviceInfo::hardware of a GPU, so that every backend names the same chip alike; and what tells
// processors of one name apart.
#pragma once

#include <array>
#include <filesystem>
#include <string>

namespace assay {

// "gpu:" and lower-case hexadecimal in groups of 8-4-4-4-12.
[[nodiscard]] std::string gpu_of_uuid(const std::array<unsigned char, 16>& uuid);

// "gpu:0000:3b:00.0": domain, bus, device, function of the PCI bus.
[[nodiscard]] std::string gpu_of_pci(unsigned domain, unsigned bus, unsigned device,
                                     unsigned function);

// The numbers by which Linux tells kinds of processors apart: "family 26 model 2", on ARM "implementer
// 0x41 part 0xd4f". Empty where the file has none.
[[nodiscard]] std::string processor_generation(
    const std::filesystem::path& cpuinfo = "/proc/cpuinfo");

}  // namespace assay
