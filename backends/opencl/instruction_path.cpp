#include "backends/opencl/instruction_path.hpp"

#include <array>

namespace assay::opencl {
namespace {

using Maker = InstructionPath::Maker;
using Kind = InstructionPath::Kind;
constexpr auto tile = Kind::tile;
constexpr auto fragment = Kind::fragment;

constexpr std::array paths = {
    InstructionPath{"x86.vdpbf16ps", DType::bf16, tile, "PATH_X86_VDPBF16PS", Maker::x86,
                    "avx512_bf16", 2, 16},
    InstructionPath{"x86.vpdpbusd", DType::u8, tile, "PATH_X86_VPDPBUSD", Maker::x86, "avx512_vnni",
                    4, 16},

    InstructionPath{"nvidia.mma", DType::f16, fragment, "PATH_NVIDIA_MMA", Maker::nvidia, "", 0,
                    32},
    InstructionPath{"nvidia.mma", DType::bf16, fragment, "PATH_NVIDIA_MMA", Maker::nvidia, "", 0,
                    32},
    InstructionPath{"nvidia.mma", DType::s8, fragment, "PATH_NVIDIA_MMA", Maker::nvidia, "", 0, 32},
    InstructionPath{"nvidia.wmma", DType::f16, fragment, "PATH_NVIDIA_WMMA", Maker::nvidia, "", 0,
                    32},
    InstructionPath{"nvidia.wmma", DType::bf16, fragment, "PATH_NVIDIA_WMMA", Maker::nvidia, "", 0,
                    32},
    InstructionPath{"nvidia.wmma", DType::s8, fragment, "PATH_NVIDIA_WMMA", Maker::nvidia, "", 0,
                    32},
    InstructionPath{"nvidia.dp4a", DType::s8, tile, "PATH_NVIDIA_DP4A", Maker::nvidia, "", 4, 1},
    InstructionPath{"nvidia.dp4a", DType::u8, tile, "PATH_NVIDIA_DP4A", Maker::nvidia, "", 4, 1},

    InstructionPath{"intel.dpas", DType::f16, fragment, "PATH_INTEL_DPAS", Maker::intel, "", 0, 16},
    InstructionPath{"intel.dpas", DType::bf16, fragment, "PATH_INTEL_DPAS", Maker::intel, "", 0,
                    16},
    InstructionPath{"intel.dpas", DType::s8, fragment, "PATH_INTEL_DPAS", Maker::intel, "", 0, 16},

    InstructionPath{"amd.mfma", DType::f16, fragment, "PATH_AMD_MFMA", Maker::amd, "", 0, 64},
    InstructionPath{"amd.mfma", DType::bf16, fragment, "PATH_AMD_MFMA", Maker::amd, "", 0, 64},
    InstructionPath{"amd.mfma", DType::s8, fragment, "PATH_AMD_MFMA", Maker::amd, "", 0, 64},
    InstructionPath{"amd.wmma", DType::f16, fragment, "PATH_AMD_WMMA", Maker::amd, "", 0, 32},
    InstructionPath{"amd.wmma", DType::bf16, fragment, "PATH_AMD_WMMA", Maker::amd, "", 0, 32},
    InstructionPath{"amd.wmma", DType::s8, fragment, "PATH_AMD_WMMA", Maker::amd, "", 0, 32},
    InstructionPath{"amd.sudot4", DType::s8, tile, "PATH_AMD_SDOT4", Maker::amd, "", 4, 1,
                    "PATH_AMD_SUDOT4"},
    InstructionPath{"amd.sudot4", DType::u8, tile, "PATH_AMD_SDOT4", Maker::amd, "", 4, 1,
                    "PATH_AMD_SUDOT4"},
    InstructionPath{"amd.sdot4", DType::s8, tile, "PATH_AMD_SDOT4", Maker::amd, "", 4, 1},

    InstructionPath{"khr.dot", DType::s8, tile, "PATH_KHR_DOT", Maker::any, "", 4, 1},
    InstructionPath{"khr.dot", DType::u8, tile, "PATH_KHR_DOT", Maker::any, "", 4, 1},
    InstructionPath{"khr.fp16", DType::f16, tile, "PATH_KHR_FP16", Maker::any, "", 1, 1},
    InstructionPath{"plain", DType::f32, tile, "PATH_PLAIN", Maker::any, "", 1, 1},
};

}  // namespace

std::span<const InstructionPath> instruction_paths() { return paths; }

std::string ceiling_path(const InstructionPath* path) {
  if (path == nullptr || path->dtype == DType::f32) return "f32.fma";
  const std::string type(path->dtype == DType::u8 ? "s8" : name(path->dtype));
  if (path->kind == InstructionPath::Kind::fragment) return type + ".matrix";
  return type + (path->k_unit == 1 ? ".fma" : ".dot");
}

}  // namespace assay::opencl
