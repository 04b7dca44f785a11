#include "backends/list.hpp"

#include <algorithm>
#include <array>

#include "backends/null/null.hpp"
#include "backends/onednn/onednn.hpp"
#include "backends/opencl/opencl.hpp"
#include "backends/reference/reference.hpp"

namespace assay {
namespace {

constexpr std::array entries = {
    BackendEntry{"onednn", "the processor: oneDNN's matmul, a flash attention of ours", make_onednn,
                 ""},
    BackendEntry{"opencl", "any vendor's devices through OpenCL, found at run time", make_opencl,
                 ""},
    BackendEntry{"reference", "the kernels' definitions, in double", make_reference, "", false},
    BackendEntry{"null", "does nothing: the harness's own cost", make_null, "", false},
};

}  // namespace

std::span<const BackendEntry> backend_list() { return entries; }

const BackendEntry* find_backend(std::string_view name) {
  const auto found =
      std::ranges::find_if(entries, [&](const BackendEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace assay
