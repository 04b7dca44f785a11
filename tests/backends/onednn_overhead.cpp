// The harness adds nothing: a row of the onednn backend against a bare loop over the same oneDNN
// primitive, in turns in one process. Not a test: prints the ratio of times with its interval.
//
//   onednn_overhead [PAIRS [CASE…]]
//
// Ours goes the way of a worker: prepare, bind, submit, wait. The bare loop is written as in oneDNN's
// own examples: a primitive descriptor with weights of any layout, a reorder, execute, wait. Both see
// the same a, b and out; each packs b for itself. Of the two orders of a pair, one after the other
// gives ABBA; the estimate is Hodges and Lehmann's over pairs.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/host.hpp"
#include "backends/onednn/device.hpp"
#include "backends/onednn/matmul_plan.hpp"
#include "bench/statistics/hodges_lehmann.hpp"
#include "bench/statistics/log_ratio.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

constexpr double sample_seconds = 0.04;

double seconds(const std::function<void(std::int64_t)>& run, std::int64_t calls) {
  const auto begin = std::chrono::steady_clock::now();
  run(calls);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Ours.
class Row {
 public:
  explicit Row(const Problem& problem) : device_(onednn::make_backend()->open("0")) {
    const HostTensors tensors(problem, 7);
    for (const auto& data : tensors.data()) {
      buffers_.push_back(device_->allocate(data.size()));
      device_->copy_in(*buffers_.back(), data);
      arguments_.push_back(buffers_.back().get());
    }
    prepared_ = device_->prepare(problem, "brgemm");
    bound_ = prepared_->bind(arguments_);
    queue_ = device_->queue();
  }
  void run(std::int64_t calls) {
    Bound* const ring[] = {bound_.get()};
    queue_->submit(ring, calls);
    (void)queue_->wait();
  }
  [[nodiscard]] void* data(std::size_t tensor) { return host_data(*buffers_[tensor]); }
  [[nodiscard]] std::string implementation() const { return prepared_->implementation(); }

 private:
  std::unique_ptr<Device> device_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<Buffer*> arguments_;
  std::unique_ptr<Prepared> prepared_;
  std::unique_ptr<Bound> bound_;
  std::unique_ptr<Queue> queue_;
};

// oneDNN alone, layout nt, no epilogue.
class Bare {
 public:
  Bare(const Problem& problem, Row& row) : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using Memory = dnnl::memory;
    const MatmulShape s = matmul_shape(problem);
    const Memory::desc a({s.m, s.k}, onednn::data_type(s.dtype), Memory::format_tag::ab);
    const Memory::desc b({s.k, s.n}, onednn::data_type(s.weights), Memory::format_tag::ba);
    const Memory::desc any({s.k, s.n}, onednn::data_type(s.weights), Memory::format_tag::any);
    const Memory::desc out({s.m, s.n}, onednn::data_type(s.out), Memory::format_tag::ab);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const bool scaled = problem.find("a_scale") != nullptr;
    if (scaled) {
      attributes.set_scales_mask(DNNL_ARG_SRC, 0);
      attributes.set_scales_mask(DNNL_ARG_WEIGHTS, 1 << 1);
    }
    const dnnl::matmul::primitive_desc pd(engine_, a, any, out, attributes);
    implementation_ = pd.impl_info_str();
    const auto at = [&](const char* name) { return row.data(problem.index(name)); };
    Memory plain(b, engine_, at("b"));
    Memory packed(pd.weights_desc(), engine_);
    dnnl::reorder(plain, packed).execute(stream_, plain, packed);
    stream_.wait();
    primitive_ = dnnl::matmul(pd);
    arguments_ = {{DNNL_ARG_SRC, Memory(a, engine_, at("a"))},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_DST, Memory(out, engine_, at("out"))},
                  {DNNL_ARG_SCRATCHPAD, Memory(pd.scratchpad_desc(), engine_)}};
    if (scaled) {
      const auto vector = [&](std::int64_t size, const char* name) {
        return Memory({{size}, Memory::data_type::f32, Memory::format_tag::a}, engine_, at(name));
      };
      arguments_.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, vector(1, "a_scale")});
      arguments_.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, vector(s.n, "b_scale")});
    }
  }
  void run(std::int64_t calls) {
    for (std::int64_t i = 0; i < calls; ++i) {
      primitive_.execute(stream_, arguments_);
      stream_.wait();
    }
  }
  [[nodiscard]] const std::string& implementation() const { return implementation_; }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
  std::string implementation_;
};

void compare(const std::string& name, int pairs) {
  const Problem problem = parse_problem(name);
  Row row(problem);
  Bare bare(problem, row);
  const std::function<void(std::int64_t)> ours = [&](std::int64_t calls) { row.run(calls); };
  const std::function<void(std::int64_t)> theirs = [&](std::int64_t calls) { bare.run(calls); };
  (void)seconds(ours, 2);
  (void)seconds(theirs, 2);
  const auto calls =
      1 + static_cast<std::int64_t>(sample_seconds / std::max(1e-9, seconds(theirs, 1)));
  std::vector<double> of_row;
  std::vector<double> of_bare;
  for (int i = 0; i < pairs; ++i) {
    // A pair in both orders: what drifts evenly cancels.
    double times[2] = {0, 0};
    for (const int which : i % 2 == 0 ? std::vector{0, 1, 1, 0} : std::vector{1, 0, 0, 1}) {
      times[which] += seconds(which == 0 ? ours : theirs, calls);
    }
    of_row.push_back(times[0]);
    of_bare.push_back(times[1]);
  }
  const Estimate ratio = to_ratio(hodges_lehmann_interval(log_ratios(of_bare, of_row), 0.95));
  double best = of_bare.front();
  for (const double time : of_bare) best = std::min(best, time);
  const double flops = kernel_of(problem).work(problem).flops;
  std::printf(
      "%-48s ours / bare %.4f [%.4f, %.4f]  %d pairs of 2 x %lld calls, best %.1f GFLOP/s  %s\n",
      name.c_str(), ratio.value, ratio.low, ratio.high, pairs, static_cast<long long>(calls),
      2 * static_cast<double>(calls) * flops / best / 1e9,
      row.implementation() == bare.implementation()
          ? row.implementation().c_str()
          : ("DIFFERENT: " + row.implementation() + ", " + bare.implementation()).c_str());
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 20;
  std::vector<std::string> names(argv + std::min(argc, 2), argv + argc);
  if (names.empty()) {
    for (const char* dtype : {"f32", "bf16", "s8"}) {
      for (const char* size :
           {"m:512/n:4096/k:4096", "m:1024/n:4096/k:1024", "m:512/n:512/k:512"}) {
        names.push_back("matmul/dtype:" + std::string(dtype) + "/" + size);
      }
    }
  }
  try {
    for (const std::string& name : names) assay::compare(name, std::max(pairs, 6));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "onednn_overhead: %s\n", error.what());
    return 1;
  }
  return 0;
}
