#include "bench/conformance/conform.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/conformance/tensor_set.hpp"
#include "bench/conformance/touched.hpp"
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

void fail(Conformance& conformance, const std::string& reason) {
  if (!conformance.passed) return;
  conformance.passed = false;
  conformance.reason = reason;
}

void check_touched(Conformance& conformance, const Bound& bound, const Problem& problem) {
  const TouchedBytes plausible = plausible_touched(problem);
  const std::uint64_t touched = bound.touched_bytes();
  if (touched >= plausible.least && touched <= plausible.most) return;
  fail(conformance, "touched_bytes() says " + std::to_string(touched) +
                        "; a call on these tensors touches from " +
                        std::to_string(plausible.least) + " to " + std::to_string(plausible.most));
}

// The first line of what a driver or compiler says, as the end of a reason of one line.
std::string first_line(const std::string& detail) {
  constexpr std::size_t longest = 500;
  std::string text;
  if (detail.empty()) return text;
  text += " (";
  text += detail.substr(0, std::min(detail.find('\n'), longest));
  text += ")";
  return text;
}

void run(Device& device, const Problem& problem, std::string_view variant,
         Conformance& conformance) {
  TensorSet first(device, problem, 11);
  TensorSet second(device, problem, 12);
  const std::unique_ptr<Prepared> prepared = device.prepare(problem, variant);
  if (prepared->implementation().empty()) fail(conformance, "implementation() is empty");
  const std::unique_ptr<Bound> bound_first = first.bind(*prepared);
  const std::unique_ptr<Bound> bound_second = second.bind(*prepared);
  check_touched(conformance, *bound_first, problem);
  const std::unique_ptr<Queue> queue = device.queue();
  const std::vector<Bound*> ring = {bound_first.get(), bound_second.get()};
  queue->submit(ring, 3);
  queue->wait();
  note(conformance, first.check_output(), "first of the ring");
  note(conformance, second.check_output(), "second of the ring");
  // Whatever bind or an earlier call kept of these is out of date now.
  first.renew_inputs(13);
  first.poison_output();
  queue->submit(std::span(ring).first(1), 1);
  queue->wait();
  note(conformance, first.check_output(), "one more call, on new contents of all but the weights");
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
    conformance.reason = std::string("throws: ") + error.what() + first_line(error.detail());
  }
  return conformance;
}

}  // namespace assay
