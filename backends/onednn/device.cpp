#include "backends/onednn/device.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>

#include "backends/host.hpp"
#include "backends/onednn/alu.hpp"
#include "backends/onednn/attention.hpp"
#include "backends/onednn/isa.hpp"
#include "backends/onednn/matmul.hpp"
#include "backends/onednn/matmul_gemv.hpp"
#include "backends/onednn/stream.hpp"
#include "backends/onednn/threads.hpp"
#include "backends/onednn/vector_limit.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay::onednn {
namespace {

// What this backend has of one kernel. `variants` names the implementations that can be asked for,
// separated by spaces; the functions see one of them, or "" for the default.
struct Implementation {
  std::string_view kernel;
  std::string_view variants;
  Support (*supports)(const Problem& problem, std::string_view variant, const dnnl::engine& engine);
  std::unique_ptr<Prepared> (*prepare)(const Problem& problem, std::string_view variant,
                                       const dnnl::engine& engine);
};

constexpr std::array implementations = {
    Implementation{"matmul", matmul_variants, supports_matmul, prepare_matmul},
    Implementation{"attention", attention_variants, supports_attention, prepare_attention},
    Implementation{"alu", "", supports_alu, prepare_alu},
    Implementation{"stream", "", supports_stream, prepare_stream},
};

// "there are brgemm, highway", for a variant that isn't among them; nothing if it is.
std::string missing_variant(const Implementation& implementation, std::string_view variant) {
  std::string known;
  for (std::string_view rest = implementation.variants; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word == variant) return {};
    known += (known.empty() ? "there are " : ", ") + std::string(word);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return known.empty() ? "there are none" : known;
}

const Implementation* find_implementation(std::string_view kernel) {
  for (const Implementation& implementation : implementations) {
    if (implementation.kernel == kernel) return &implementation;
  }
  return nullptr;
}

class OnednnDevice final : public HostDevice {
 public:
  OnednnDevice(DeviceInfo info, dnnl::engine engine)
      : HostDevice(std::move(info)), engine_(std::move(engine)) {}

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    const Implementation* const found = find_implementation(problem.kernel);
    if (found == nullptr) return Support::no("the onednn backend has no " + problem.kernel);
    if (const std::string known = missing_variant(*found, variant);
        !variant.empty() && !known.empty()) {
      return Support::no(problem.kernel + " on onednn has no variant '" + std::string(variant) +
                         "', " + known);
    }
    return found->supports(problem, variant, engine_);
  }

  // In the shares that threads have of columns, so that pages lie with those that read them.
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    constexpr std::int64_t page = 4096;
    const int threads = count_threads();
    std::byte* const to = host_data(buffer);
    for_each_thread(threads, [&](int thread) {
      const Range part = share_of(static_cast<std::int64_t>(data.size()), page, thread, threads);
      const auto count = static_cast<std::size_t>(part.end - part.begin);
      if (count > 0) std::memcpy(to + part.begin, data.data() + part.begin, count);
    });
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return find_implementation(problem.kernel)->prepare(problem, variant, engine_);
  }

 private:
  dnnl::engine engine_;
};

// Whether oneDNN multiplies two matrices of this type, asked with a tiny product.
bool multiplies(DType dtype, const dnnl::engine& engine) {
  return supports_matmul(
             parse_problem("matmul/dtype:" + std::string(name(dtype)) + "/m:16/n:16/k:16"), "",
             engine)
      .supported;
}

// What OpenMP was told, by whoever started this process: "OMP_PROC_BIND=true OMP_PLACES=cores".
std::string thread_settings() {
  std::string settings;
  for (const char* name :
       {"OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OMP_DYNAMIC", "OMP_PROC_BIND", "OMP_PLACES",
        "GOMP_CPU_AFFINITY", "KMP_AFFINITY", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}) {
    if (const char* value = std::getenv(name); value != nullptr) {
      settings += (settings.empty() ? "" : " ") + std::string(name) + "=" + value;
    }
  }
  return settings;
}

DeviceInfo describe(const dnnl::engine& engine) {
  DeviceInfo info = host_device_info();
  info.platform = "oneDNN " + library_version();
  info.driver = library_version() + " " + threading_runtime();
  info.isa = effective_isa();
  // Attention computes all floating-point types by conversion, the rest is up to oneDNN.
  info.dtypes = {DType::f32, DType::f16, DType::bf16};
  for (const DType dtype : {DType::s8, DType::u8}) {
    if (multiplies(dtype, engine)) info.dtypes.push_back(dtype);
  }
  info.notes.emplace_back("attention", attention_target());
  info.notes.emplace_back("gemv", gemv_target());
  if (limit_vectors()) info.notes.emplace_back("limited to", info.isa);
  info.notes.emplace_back("threads", std::to_string(count_threads()));
  if (const std::string settings = thread_settings(); !settings.empty()) {
    info.notes.emplace_back("thread settings", settings);
  }
  for (const Implementation& each : implementations) {
    if (each.variants.empty()) continue;
    info.notes.emplace_back(std::string(each.kernel) + " variants", each.variants);
  }
  return info;
}

class LinkedBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "onednn"; }

  Enumeration enumerate(std::string_view) override {
    try {
      return {{describe(engine())}, {}};
    } catch (const dnnl::error& error) {
      return {{}, {"oneDNN " + library_version() + ": " + error.what()}};
    }
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (ordinal != "0") {
      throw usage_error("onednn has no device '" + std::string(ordinal) + "', only '0'");
    }
    try {
      dnnl::engine cpu = engine();
      DeviceInfo info = describe(cpu);
      return std::make_unique<OnednnDevice>(std::move(info), std::move(cpu));
    } catch (const dnnl::error& error) {
      throw Error(Error::Kind::device, "oneDNN " + library_version() + ": " + error.what());
    }
  }

 private:
  static dnnl::engine engine() { return {dnnl::engine::kind::cpu, 0}; }
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  limit_vectors();
  return std::make_unique<LinkedBackend>();
}

}  // namespace assay::onednn
