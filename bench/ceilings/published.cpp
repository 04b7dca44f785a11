#include "bench/ceilings/published.hpp"

#include <algorithm>
#include <array>

#include "bench/proc_files.hpp"

namespace assay {
namespace {

// Sources: AMD, Software Optimization Guide for the AMD Family 17h (55723, 56305), Family 19h (56665,
// 57647) and Zen 5 (58455) processors, chapter "Floating-Point Unit"; Intel, 64 and IA-32 Architectures
// Optimization Reference Manual (248966), tables of ports. Left out is what isn't told there, or where
// cores of one processor differ.
struct Row {
  std::string_view vendor;
  std::int64_t family, first_model, last_model;
  std::string_view name;
  std::array<std::int64_t, 2> lanes;  // 0: there is one number
};
constexpr std::string_view amd = "AuthenticAMD";
constexpr std::string_view intel = "GenuineIntel";
constexpr std::array rows = {
    Row{amd, 0x17, 0x00, 0x2f, "AMD Zen", {8, 0}},
    Row{amd, 0x17, 0x30, 0xaf, "AMD Zen 2", {16, 0}},
    Row{amd, 0x19, 0x00, 0x0f, "AMD Zen 3", {16, 0}},
    Row{amd, 0x19, 0x10, 0x1f, "AMD Zen 4", {16, 0}},
    Row{amd, 0x19, 0x20, 0x5f, "AMD Zen 3", {16, 0}},
    Row{amd, 0x19, 0x60, 0xaf, "AMD Zen 4", {16, 0}},
    Row{amd, 0x1a, 0x00, 0x1f, "AMD Zen 5", {32, 0}},
    Row{amd, 0x1a, 0x40, 0x4f, "AMD Zen 5", {32, 0}},
    Row{intel, 6, 0x3c, 0x3c, "Intel Haswell", {16, 0}},
    Row{intel, 6, 0x3f, 0x3f, "Intel Haswell", {16, 0}},
    Row{intel, 6, 0x45, 0x46, "Intel Haswell", {16, 0}},
    Row{intel, 6, 0x3d, 0x3d, "Intel Broadwell", {16, 0}},
    Row{intel, 6, 0x47, 0x47, "Intel Broadwell", {16, 0}},
    Row{intel, 6, 0x4f, 0x4f, "Intel Broadwell", {16, 0}},
    Row{intel, 6, 0x56, 0x56, "Intel Broadwell", {16, 0}},
    Row{intel, 6, 0x4e, 0x4e, "Intel Skylake", {16, 0}},
    Row{intel, 6, 0x5e, 0x5e, "Intel Skylake", {16, 0}},
    Row{intel, 6, 0x8e, 0x8e, "Intel Kaby Lake", {16, 0}},
    Row{intel, 6, 0x9e, 0x9e, "Intel Kaby Lake", {16, 0}},
    Row{intel, 6, 0xa5, 0xa6, "Intel Comet Lake", {16, 0}},
    Row{intel, 6, 0x7d, 0x7e, "Intel Ice Lake", {16, 0}},
    Row{intel, 6, 0x8c, 0x8d, "Intel Tiger Lake", {16, 0}},
    Row{intel, 6, 0xa7, 0xa7, "Intel Rocket Lake", {16, 0}},
    // Some of these have one multiply-add unit of 512 bits, most have two.
    Row{intel, 6, 0x55, 0x55, "Intel Skylake server", {16, 32}},
    Row{intel, 6, 0x6a, 0x6a, "Intel Ice Lake server", {16, 32}},
    Row{intel, 6, 0x6c, 0x6c, "Intel Ice Lake server", {16, 32}},
    Row{intel, 6, 0x8f, 0x8f, "Intel Sapphire Rapids", {32, 0}},
    Row{intel, 6, 0xcf, 0xcf, "Intel Emerald Rapids", {32, 0}},
};

}  // namespace

PublishedCore published_core(std::string_view vendor, std::int64_t family, std::int64_t model) {
  const auto* const row = std::ranges::find_if(rows, [&](const Row& each) {
    return each.vendor == vendor && each.family == family && each.first_model <= model &&
           model <= each.last_model;
  });
  if (row == rows.end()) return {};
  PublishedCore core;
  core.name = row->name;
  for (const std::int64_t lanes : row->lanes) {
    if (lanes > 0) core.lanes.push_back(lanes);
  }
  return core;
}

PublishedCore published_core(const std::filesystem::path& cpuinfo) {
  const auto facts = pairs(cpuinfo);
  const auto vendor = find(facts, {"vendor_id"});
  const auto family = parse<std::int64_t>(find(facts, {"cpu family"}).value_or(""));
  const auto model = parse<std::int64_t>(find(facts, {"model"}).value_or(""));
  if (!vendor || !family || !model) return {};
  return published_core(*vendor, *family, *model);
}

}  // namespace assay
