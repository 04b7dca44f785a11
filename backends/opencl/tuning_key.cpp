#include "backends/opencl/tuning_key.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "backends/hardware.hpp"
#include "backends/opencl/program_cache.hpp"
#include "backends/opencl/sources.hpp"
#include "backends/opencl/tuned_fault.hpp"

namespace assay::opencl {
namespace {

std::string without_tabs(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::string units_of(const DeviceInfo& info) {
  return std::to_string(info.compute_units) + (info.compute_units == 1 ? " unit" : " units");
}

}  // namespace

std::string kernels_hash(std::string_view problems) {
  const std::array sources = {std::pair{"matmul packed ", &matmul_packed_cl},
                              std::pair{"matmul tiled ", &matmul_tiled_cl},
                              std::pair{"matmul fragment ", &matmul_fragment_cl},
                              std::pair{"attention fragment ", &attention_fragment_cl}};
  for (const auto& [family, source] : sources) {
    if (problems.starts_with(family)) return text_hash(source->text);
  }
  return {};
}

std::string tuning_device(const DeviceInfo& info, const std::string& generation) {
  std::string device = info.vendor + " " + info.name;
  if (info.cpu && !generation.empty()) device += ", " + generation;
  return without_tabs(device + ", " + units_of(info));
}

std::string tuning_key(const Session& session, std::string_view problems) {
  static const std::string generation = processor_generation();
  return std::string(problems) + "\t" + tuning_device(session.info, generation) + "\t" +
         without_tabs(session.info.driver) + "\t" + kernels_hash(problems);
}

std::vector<std::string> dead_entries(std::string_view text) {
  std::vector<std::string> dead;
  const TuningFile file = parse_tuning(text);
  if (!file.fault.empty()) dead.push_back(file.fault);
  for (const TuningEntry& entry : file.entries) {
    const std::string problems = entry.key.substr(0, entry.key.find('\t'));
    const std::string hash = kernels_hash(problems);
    const std::string fault = tuned_fault(problems, entry.variant);
    if (hash.empty()) {
      dead.push_back("'" + problems + "' is no class of problems");
    } else if (!entry.key.ends_with("\t" + hash)) {
      dead.push_back("'" + problems + "' was tuned with another source of its kernels than " +
                     hash);
    } else if (!fault.empty()) {
      dead.push_back(fault);
    }
  }
  return dead;
}

}  // namespace assay::opencl
