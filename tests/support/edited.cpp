#include "tests/support/edited.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"
#include "kernels/matmul.hpp"

namespace assay {
namespace {

// What stands for 0: a zero point that few kernels would take for one.
double zero_of(const MatmulShape& s) {
  if (!s.zero_points) return 0;
  return *s.zero_points == DType::u4 ? 5 : 100;
}

// Values of b and of its zero points, as far as their formats reach.
void set_weights(const Problem& problem, TensorData tensors,
                 const std::function<double(std::int64_t)>& value) {
  const MatmulShape s = matmul_shape(problem);
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    const TensorSpec& spec = problem.tensors[t];
    const bool points = spec.name == "b_zero_point";
    if (!points && spec.name != "b") continue;
    for (std::int64_t i = 0; i < spec.elements(); ++i) {
      store(spec.dtype, tensors[t].data(), i, zero_of(s) + (points ? 0 : value(i)));
    }
  }
}

void zeros(const Problem& problem, TensorData tensors) {
  set_weights(problem, tensors, [](std::int64_t) { return 0.0; });
}

void one_sided(const Problem& problem, TensorData tensors) {
  set_weights(problem, tensors,
              [](std::int64_t i) { return static_cast<double>(i * 7919 % 3 - 1); });
  const TensorSpec& a = problem.tensors.front();
  for (std::int64_t i = 0; i < a.elements(); ++i) {
    store(a.dtype, tensors[0].data(), i, std::abs(load(a.dtype, tensors[0].data(), i)) + 3);
  }
}

}  // namespace

CheckResult check_edited(Device& device, const Problem& problem, std::string_view variant,
                         const Edit& edit) {
  std::vector<std::vector<std::byte>> host;
  std::vector<std::span<std::byte>> data;
  for (const TensorSpec& spec : problem.tensors) host.emplace_back(spec.bytes());
  for (std::vector<std::byte>& each : host) data.emplace_back(each);
  fill_tensors(problem, Fill::random, 5, data);
  edit(problem, data);
  const std::vector<std::span<const std::byte>> inputs(data.begin(), data.end());
  const Checker checker(problem, inputs, 6);

  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<Buffer*> tensors;
  poison(data.back(), problem.output().dtype);
  for (const auto& each : data) {
    buffers.push_back(device.allocate(each.size()));
    device.copy_in(*buffers.back(), each);
    tensors.push_back(buffers.back().get());
  }
  const auto prepared = device.prepare(problem, variant);
  const auto bound = prepared->bind(tensors);
  const auto queue = device.queue();
  Bound* const ring = bound.get();
  queue->submit(std::span(&ring, 1), 1);
  queue->wait();
  device.copy_out(*buffers.back(), data.back());
  return checker.check(data.back());
}

void expect_exact_zero_points(Device& device, std::string_view variant,
                              std::initializer_list<int> rows) {
  for (const char* format :
       {"bf16/weights:s4/group:64", "bf16/weights:s4/group:32/zero_points:u8",
        "bf16/weights:u4/group:128/zero_points:u4", "f32/weights:u4/group:64/zero_points:u4",
        "f32/weights:s8/group:128/zero_points:u8", "f16/weights:s4/group:32"}) {
    for (const int m : rows) {
      const Problem problem = parse_problem(std::string("matmul/dtype:") + format +
                                            "/n:37/k:512/m:" + std::to_string(m));
      if (!device.supports(problem, variant)) continue;
      for (const Edit& edit : {Edit(zeros), Edit(one_sided)}) {
        const CheckResult result = check_edited(device, problem, variant, edit);
        EXPECT_TRUE(result.passed) << problem_name(problem) << " " << variant << " on "
                                   << device.info().name << ": " << result.reason;
      }
    }
  }
}

}  // namespace assay
