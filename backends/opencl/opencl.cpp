#include "backends/opencl/opencl.hpp"

#include "backends/opencl/alu.hpp"
#include "backends/opencl/attention.hpp"
#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/devices.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_tuning.hpp"
#include "backends/opencl/probe.hpp"
#include "backends/opencl/queue.hpp"
#include "backends/opencl/stream.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace opencl {
namespace {

class OpenclDevice final : public SessionDevice {
 public:
  using SessionDevice::SessionDevice;

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel == "matmul") return supports_matmul(session(), problem, variant);
    if (problem.kernel == "attention") return supports_attention(session(), problem, variant);
    if (problem.kernel == "alu" && is_matrix_alu(problem)) {
      const bool checking = variant == "fragment";
      if (!variant.empty() && !checking) return Support::no("the only variant is fragment");
      return supports_alu_matrix(session(), problem, checking);
    }
    if (problem.kernel == "alu" || problem.kernel == "stream") {
      if (!variant.empty()) return Support::no(problem.kernel + " has no variants");
      return problem.kernel == "alu" ? supports_alu(session(), problem)
                                     : supports_stream(session(), problem);
    }
    return Support::no("the opencl backend has no kernel '" + problem.kernel + "'");
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, "unsupported: " + support.reason);
    }
    if (problem.kernel == "alu") {
      return is_matrix_alu(problem) ? prepare_alu_matrix(session(), problem)
                                    : prepare_alu(session(), problem);
    }
    if (problem.kernel == "stream") return prepare_stream(session(), problem);
    return problem.kernel == "matmul" ? prepare_matmul(session(), problem, variant)
                                      : prepare_attention(session(), problem, variant);
  }

  std::unique_ptr<Queue> queue() override { return make_event_queue(session()); }

  Tunable tunable(const Problem& problem, std::string_view best) override {
    if (problem.kernel == "attention") {
      const AttentionShape shape = attention_shape(problem);
      return {attention_tuning_key(session(), shape), attention_candidates(session(), shape, best)};
    }
    if (problem.kernel != "matmul") return {};
    const MatmulShape shape = matmul_shape(problem);
    return {matmul_tuning_key(session(), shape), matmul_candidates(session(), shape, best)};
  }

  std::vector<std::pair<std::string, std::string>> probe() override {
    std::vector<std::pair<std::string, std::string>> verdicts;
    for (const InstructionPath& path : instruction_paths()) {
      verdicts.emplace_back(std::string(path.name) + " " + std::string(name(path.dtype)),
                            to_text(session().probes->answer(session(), path)));
    }
    return verdicts;
  }
};

class OpenclBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "opencl"; }
  std::vector<std::string> parts() override { return list_.parts(); }
  Enumeration enumerate(std::string_view part) override { return list_.enumerate(part); }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    return std::make_unique<OpenclDevice>(list_.find(ordinal), std::string(ordinal));
  }

 private:
  DeviceList list_;
};

}  // namespace
}  // namespace opencl

std::unique_ptr<Backend> make_opencl() { return std::make_unique<opencl::OpenclBackend>(); }

}  // namespace assay
