#include "backends/onednn/attention.hpp"

#include "backends/onednn/attention_brgemm.hpp"
#include "backends/onednn/attention_flash.hpp"
#include "backends/onednn/attention_graph.hpp"
#include "backends/onednn/attention_primitives.hpp"

namespace assay::onednn {

Support supports_attention(const Problem& problem, std::string_view variant,
                           const dnnl::engine& engine) {
  if (variant == "brgemm") return supports_brgemm_flash(problem);
  if (variant == "graph-sdpa") return supports_graph_sdpa(problem, engine);
  if (variant == "primitives") return supports_primitives(problem, engine);
  return Support::yes();
}

std::unique_ptr<Prepared> prepare_attention(const Problem& problem, std::string_view variant,
                                            const dnnl::engine& engine) {
  if (variant == "brgemm") return prepare_brgemm_flash(problem);
  if (variant == "graph-sdpa") return prepare_graph_sdpa(problem, engine);
  if (variant == "primitives") return prepare_primitives(problem, engine);
  return prepare_flash(problem);
}

}  // namespace assay::onednn
