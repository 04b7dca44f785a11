#include "tests/support/conformance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

#include "bench/check.hpp"
#include "kernels/error.hpp"
#include "tests/support/faulty.hpp"

namespace assay {
namespace {

// One set of tensors on the host and on the device, with what the output must be.
class Set {
 public:
  Set(Device& device, const Problem& problem, std::uint64_t seed)
      : device_(device), host_(problem, seed), checker_(problem, host_.inputs(), seed + 1) {
    for (std::size_t t = 0; t < problem.tensors.size(); ++t) {
      buffers_.push_back(device.allocate(problem.tensors[t].bytes()));
      device.copy_in(*buffers_.back(), host_.inputs()[t]);
      pointers_.push_back(buffers_.back().get());
    }
  }

  std::unique_ptr<Bound> bind(Prepared& prepared) const { return prepared.bind(pointers_); }

  void poison_output() const {
    poison(host_.output(), checker_.problem().output().dtype);
    device_.copy_in(*buffers_.back(), host_.output());
  }

  CheckResult check() const {
    device_.copy_out(*buffers_.back(), host_.output());
    return checker_.check(host_.output());
  }

 private:
  Device& device_;
  HostTensors host_;
  Checker checker_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::vector<Buffer*> pointers_;
};

void note(Conformance& conformance, const CheckResult& result, const std::string& where) {
  conformance.error = std::max(conformance.error, result.error);
  if (result.passed || !conformance.passed) return;
  conformance.passed = false;
  conformance.reason = where + ": " + result.reason;
}

}  // namespace

Conformance conform(Device& device, const Problem& problem, std::string_view variant) {
  Conformance conformance;
  const Support support = device.supports(problem, variant);
  conformance.supported = support.supported;
  conformance.reason = support.reason;
  if (!support) return conformance;
  conformance.passed = true;
  try {
    const Set first(device, problem, 11);
    const Set second(device, problem, 12);
    const std::unique_ptr<Prepared> prepared = device.prepare(problem, variant);
    const std::unique_ptr<Bound> bound_first = first.bind(*prepared);
    const std::unique_ptr<Bound> bound_second = second.bind(*prepared);
    const std::unique_ptr<Queue> queue = device.queue();
    const std::vector<Bound*> ring = {bound_first.get(), bound_second.get()};
    first.poison_output();
    second.poison_output();
    queue->submit(ring, 3);
    queue->wait();
    note(conformance, first.check(), "first of the ring");
    note(conformance, second.check(), "second of the ring");
    first.poison_output();
    queue->submit(std::span(ring).first(1), 1);
    queue->wait();
    note(conformance, first.check(), "one more call");
  } catch (const Error& error) {
    conformance.passed = false;
    conformance.reason = std::string("throws: ") + error.what() + "\n" + error.detail();
  }
  return conformance;
}

void expect_conforms(Device& device, const Problem& problem, std::string_view variant) {
  const Conformance conformance = conform(device, problem, variant);
  if (!conformance.supported) {
    std::cout << "unsupported: " << problem_name(problem) << ": " << conformance.reason << "\n";
    return;
  }
  EXPECT_TRUE(conformance.passed) << problem_name(problem) << ": " << conformance.reason;
}

}  // namespace assay
