#include "bench/conformance/conform.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/conformance/tensor_set.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

void note(Conformance& conformance, const CheckResult& result, const std::string& where) {
  conformance.error = std::max(conformance.error, result.error);
  if (result.passed || !conformance.passed) return;
  conformance.passed = false;
  conformance.reason = where + ": " + result.reason;
}

void note_damage(Conformance& conformance, TensorSet& set) {
  if (!conformance.passed) return;
  conformance.reason = set.damage();
  conformance.passed = conformance.reason.empty();
}

void run(Device& device, const Problem& problem, std::string_view variant,
         Conformance& conformance) {
  TensorSet first(device, problem, 11);
  TensorSet second(device, problem, 12);
  const std::unique_ptr<Prepared> prepared = device.prepare(problem, variant);
  const std::unique_ptr<Bound> bound_first = first.bind(*prepared);
  const std::unique_ptr<Bound> bound_second = second.bind(*prepared);
  const std::unique_ptr<Queue> queue = device.queue();
  const std::vector<Bound*> ring = {bound_first.get(), bound_second.get()};
  queue->submit(ring, 3);
  queue->wait();
  note(conformance, first.check_output(), "first of the ring");
  note(conformance, second.check_output(), "second of the ring");
  first.poison_output();
  queue->submit(std::span(ring).first(1), 1);
  queue->wait();
  note(conformance, first.check_output(), "one more call");
  note_damage(conformance, first);
  note_damage(conformance, second);
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
    run(device, problem, variant, conformance);
  } catch (const Error& error) {
    conformance.passed = false;
    conformance.reason = std::string("throws: ") + error.what() +
                         (error.detail().empty() ? "" : "\n" + error.detail());
  }
  return conformance;
}

}  // namespace assay
