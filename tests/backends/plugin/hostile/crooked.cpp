// A backend in C++ classes that is hostile in one way, which the name of its file says: what can't be
// done by spoiling a table.
#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <string>

#include "backends/host.hpp"
#include "backends/plugin/export.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "kernels/matmul.hpp"

namespace {

using namespace assay;

const std::string& name() {
  static const int here = 0;
  static const std::string stem = [] {
    Dl_info info = {};
    return dladdr(&here, &info) == 0 ? std::string()
                                     : std::filesystem::path(info.dli_fname).stem().string();
  }();
  return stem;
}

bool is(const std::string& fault) { return name() == "crooked_" + fault; }

[[noreturn]] void hang() {
  for (;;) pause();
}

class Matmul final : public HostBound {
 public:
  Matmul(const Problem& problem, std::span<Buffer* const> tensors) : problem_(problem) {
    if (is("hangs_binding")) hang();
    for (Buffer* tensor : tensors) data_.emplace_back(host_data(*tensor), tensor->size());
    if (!is("packs_activations")) return;
    kept_.assign(data_.front().begin(), data_.front().end());
    data_.front() = kept_;
  }
  [[nodiscard]] std::size_t touched_bytes() const override {
    return is("touches_all") ? std::size_t{1} << 62U : problem_.bytes();
  }

  void call() override {
    const auto count = problem_.output().elements();
    std::vector<std::int64_t> all(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
    std::vector<Expected> expected(all.size());
    const std::vector<std::span<const std::byte>> inputs(data_.begin(), data_.end());
    kernel_of(problem_).reference(problem_, inputs, all, expected);
    auto* const out = reinterpret_cast<float*>(data_.back().data());
    for (std::size_t i = 0; i < all.size(); ++i) out[i] = static_cast<float>(expected[i].value);
    const MatmulShape shape = matmul_shape(problem_);
    if (is("writes_past") || is("writes_far_past")) out[count + (is("writes_past") ? 0 : 16)] = 0;
    if (is("writes_before")) out[-1] = 0;
    if (is("wrong_where_large") && shape.m * shape.n * shape.k > 1'000'000) out[0] += 1;
  }

 private:
  Problem problem_;
  std::vector<std::span<std::byte>> data_;
  std::vector<std::byte> kept_;
};

class MatmulPrepared final : public Prepared {
 public:
  explicit MatmulPrepared(Problem problem) : problem_(std::move(problem)) {}
  [[nodiscard]] std::string implementation() const override { return "crooked"; }
  [[nodiscard]] std::vector<std::string> labels() const override { return {"untuned"}; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return std::make_unique<Matmul>(problem_, tensors);
  }

 private:
  Problem problem_;
};

// Leaves a child behind that holds everything open which the worker has open.
[[noreturn]] void leave_a_child() {
  if (fork() == 0) {
    sleep(20);
    _exit(0);
  }
  _exit(3);
}

class CrookedDevice final : public HostDevice {
 public:
  using HostDevice::HostDevice;
  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (is("breaks_asked")) throw Error(Error::Kind::device, "the driver is gone");
    if (problem.kernel != "matmul" || !variant.empty()) return Support::no("only matmul");
    return problem.word("dtype") == "f32" ? Support::yes() : Support::no("only f32");
  }
  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (is("leaves_a_child")) leave_a_child();
    if (is("shouts")) {
      throw Error(Error::Kind::program, "bad \x1b[31mRED\nsecond \xc2\x9b line",
                  "log \x1b[2J\nline 2 " + std::string(std::size_t{8} << 20U, 'd'));
    }
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, support.reason);
    }
    return std::make_unique<MatmulPrepared>(problem);
  }
  std::vector<std::pair<std::string, std::string>> probe() override {
    if (is("hangs_probing")) hang();
    return {{"crooked.dot", "works"}};
  }
};

DeviceInfo describe() {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  DeviceInfo info = host_device_info();
  info.platform = "none";
  if (is("absurd")) {
    info.compute_units = info.memory_bytes = info.max_allocation_bytes = info.cache_bytes = most;
  }
  if (is("has_memory")) {
    info.cpu = false;
    info.name = "Chip of 64 MiB";
    info.hardware = "npu:1";
    info.memory_bytes = info.max_allocation_bytes = std::int64_t{64} << 20U;
  }
  return info;
}

class CrookedBackend final : public Backend {
 public:
  ~CrookedBackend() override {
    if (is("dies_at_the_end")) std::raise(SIGSEGV);
  }
  [[nodiscard]] std::string_view name() const override { return ::name(); }
  std::vector<std::string> parts() override {
    if (is("hangs_asked_for_parts")) hang();
    if (is("same_twice")) return {"a", "b"};
    if (!is("many_parts")) return {""};
    return std::vector<std::string>(300, "x");
  }
  Enumeration enumerate(std::string_view) override {
    if (is("shows_nothing")) return {};
    return {{describe()}, {}};
  }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    if (is("hangs_opening")) hang();
    if (ordinal != "0") throw usage_error("only device 0");
    return std::make_unique<CrookedDevice>(describe());
  }
};

}  // namespace

extern "C" const assay_plugin* assay_plugin_entry(std::uint32_t) {
  if (is("hangs_entering")) hang();
  static const assay_plugin table = assay::plugin::table(
      name().c_str(), "has a backend", "1", [](assay_backend** backend) noexcept {
        return assay::plugin::create(
            name().c_str(),
            []() -> std::unique_ptr<Backend> { return std::make_unique<CrookedBackend>(); },
            backend);
      });
  return &table;
}
