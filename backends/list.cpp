#include "backends/list.hpp"

#include <algorithm>
#include <array>

#include "backends/clblast/clblast.hpp"
#include "backends/cublas/cublas.hpp"
#include "backends/null/null.hpp"
#include "backends/onednn/onednn.hpp"
#include "backends/openblas/openblas.hpp"
#include "backends/opencl/opencl.hpp"
#include "backends/opencl/tuned_fault.hpp"
#include "backends/reference/reference.hpp"

namespace assay {
namespace {

using Make = std::unique_ptr<Backend>();

// A backend that the build may leave to a plugin of the same sources.
constexpr BackendEntry built_in(std::string_view name, std::string_view summary, Make* make) {
  if (!ASSAY_BACKENDS_AS_PLUGINS) return {name, summary, make, ""};
  return {name, summary, nullptr, "built as a plugin: name its library with --plugin"};
}

// What users would take instead. Measured only where it is named: otherwise every case would run once
// more for each of them.
constexpr BackendEntry comparator(std::string_view name, std::string_view summary, bool built,
                                  Make* make, std::string_view missing) {
  return {name, summary, built ? make : nullptr, built ? "" : missing, false};
}

constexpr std::array entries = {
    built_in("onednn", "the processor: oneDNN's matmul, a flash attention of ours", make_onednn),
    built_in("opencl", "any vendor's devices through OpenCL, found at run time", make_opencl),
    comparator("clblast", "a comparator: CLBlast on the devices of opencl", ASSAY_WITH_CLBLAST,
               make_clblast, "built without CLBlast's headers"),
    comparator("cublas", "a comparator: cuBLASLt on NVIDIA GPUs", ASSAY_WITH_CUBLAS, make_cublas,
               "built without CUDA's headers"),
    BackendEntry{"openblas", "a comparator: OpenBLAS's sgemm and sgemv", make_openblas, "", false},
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

std::string tuning_fault(const TuningEntry& entry) {
  return opencl::tuned_fault(std::string_view(entry.key).substr(0, entry.key.find('\t')),
                             entry.variant);
}

}  // namespace assay
