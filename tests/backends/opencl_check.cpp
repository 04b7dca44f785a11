#include "tests/backends/opencl_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "kernels/kernel.hpp"

namespace assay {
namespace {

struct alignas(64) Line {
  std::byte bytes[64];
};

// Tensors of a problem in host memory.
struct Tensors {
  explicit Tensors(const Problem& problem) {
    for (const TensorSpec& spec : problem.tensors) {
      memory.emplace_back(spec.bytes() / sizeof(Line) + 1);
      spans.emplace_back(memory.back().front().bytes, spec.bytes());
    }
  }
  std::vector<std::vector<Line>> memory;
  std::vector<std::span<std::byte>> spans;
};

void expect_equal(const Problem& problem, const Tensors& tensors, std::uint64_t seed) {
  const Kernel& kernel = kernel_of(problem);
  std::vector<std::int64_t> selection;
  if (kernel.multiply_adds(problem) < 0x1p24) {
    selection.resize(static_cast<std::size_t>(problem.output().elements()));
    std::iota(selection.begin(), selection.end(), std::int64_t{0});
  } else {
    selection = kernel.select(problem, seed, 4096);
  }
  std::vector<Expected> expected(selection.size());
  const std::vector<std::span<const std::byte>> inputs(tensors.spans.begin(), tensors.spans.end());
  kernel.reference(problem, inputs, selection, expected);
  const Tolerance tolerance = kernel.tolerance(problem);
  int wrong = 0;
  for (std::size_t i = 0; i < selection.size(); ++i) {
    const double value = load(problem.output().dtype, tensors.spans.back().data(), selection[i]);
    const double error = std::abs(value - expected[i].value);
    if (error <= tolerance.allowed(expected[i])) continue;
    if (++wrong > 3) continue;
    ADD_FAILURE() << "element " << selection[i] << " is " << value << ", expected "
                  << expected[i].value << " +- " << tolerance.allowed(expected[i]);
  }
  EXPECT_EQ(wrong, 0) << "of " << selection.size() << " elements";
}

}  // namespace

std::vector<std::unique_ptr<Device>> test_devices(Backend& backend) {
  const char* wanted = std::getenv("ASSAY_TEST_PLATFORM");
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& part : backend.parts()) {
    for (const DeviceInfo& info : backend.enumerate(part).devices) {
      if (wanted != nullptr && info.platform.find(wanted) == std::string::npos) continue;
      devices.push_back(backend.open(info.ordinal));
    }
  }
  return devices;
}

void expect_right(Device& device, std::string_view problem_name, std::string_view variant) {
  const Problem problem = parse_problem(problem_name);
  SCOPED_TRACE(std::string(problem_name) + " " + std::string(variant) + " on " +
               device.info().name);
  const Support support = device.supports(problem, variant);
  ASSERT_TRUE(support) << support.reason;
  const auto prepared = device.prepare(problem, variant);
  const auto queue = device.queue();
  for (const std::uint64_t seed : {1U, 2U}) {
    Tensors tensors(problem);
    kernel_of(problem).fill(problem, seed, tensors.spans);
    for (std::byte& byte : tensors.spans.back()) byte = std::byte{0xff};
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<Buffer*> bound_buffers;
    for (const auto& span : tensors.spans) {
      buffers.push_back(device.allocate(span.size()));
      device.copy_in(*buffers.back(), span);
      bound_buffers.push_back(buffers.back().get());
    }
    const auto bound = prepared->bind(bound_buffers);
    Bound* const ring[] = {bound.get()};
    queue->submit(ring, 2);
    (void)queue->wait();
    device.copy_out(*buffers.back(), tensors.spans.back());
    expect_equal(problem, tensors, seed);
  }
}

}  // namespace assay
