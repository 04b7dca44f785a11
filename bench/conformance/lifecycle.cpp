#include "bench/conformance/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "bench/conformance/honesty.hpp"
#include "bench/conformance/tensor_set.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

std::string wrong(TensorSet& set, const std::string& where) {
  const CheckResult result = set.check_output();
  if (!result.passed) return where + ": " + result.reason;
  const std::string damage = set.damage();
  return damage.empty() ? "" : where + ": " + damage;
}

void call(Queue& queue, Bound& bound, std::int64_t calls = 1) {
  Bound* const ring[] = {&bound};
  queue.submit(ring, calls);
  (void)queue.wait();
}

// A device that still works after what was done to it.
std::string still_works(Device& device, const Problem& problem) {
  TensorSet set(device, problem, 31);
  const auto prepared = device.prepare(problem, "");
  const auto bound = set.bind(*prepared);
  call(*device.queue(), *bound);
  return wrong(set, "a call afterwards");
}

std::string bind_twice(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  TensorSet one(*device, problem, 21);
  TensorSet other(*device, problem, 22);
  const auto prepared = device->prepare(problem, "");
  const auto first = one.bind(*prepared);
  const auto again = one.bind(*prepared);
  const auto second = other.bind(*prepared);
  const auto queue = device->queue();
  Bound* const ring[] = {first.get(), second.get(), again.get()};
  queue->submit(ring, 7);
  (void)queue->wait();
  std::string reason = wrong(one, "tensors that are bound twice");
  if (reason.empty()) reason = wrong(other, "tensors bound in between");
  return reason;
}

std::string prepare_twice(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  TensorSet set(*device, problem, 23);
  auto first = device->prepare(problem, "");
  const auto second = device->prepare(problem, "");
  const auto bound = set.bind(*second);
  first.reset();
  call(*device->queue(), *bound);
  return wrong(set, "after the first of two was released");
}

std::string release_order(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  auto queue = device->queue();
  auto gone = std::make_unique<TensorSet>(*device, problem, 24);
  TensorSet kept(*device, problem, 25);
  const auto prepared = device->prepare(problem, "");
  auto first = gone->bind(*prepared);
  const auto second = kept.bind(*prepared);
  Bound* const ring[] = {first.get(), second.get()};
  queue->submit(ring, 4);
  (void)queue->wait();
  queue.reset();
  first.reset();
  gone.reset();
  kept.poison_output();
  call(*device->queue(), *second);
  return wrong(kept, "after queue, bound and tensors of another set were released");
}

std::string release_pending(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  TensorSet set(*device, problem, 26);
  const auto prepared = device->prepare(problem, "");
  const auto bound = set.bind(*prepared);
  {
    const auto queue = device->queue();
    Bound* const ring[] = {bound.get()};
    queue->submit(ring, 3);
  }
  set.poison_output();
  call(*device->queue(), *bound);
  return wrong(set, "after a queue was released without a wait");
}

std::string two_devices(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const std::array devices = {backend.open(ordinal), backend.open(ordinal)};
  std::vector<std::unique_ptr<TensorSet>> sets;
  std::vector<std::unique_ptr<Prepared>> prepared;
  std::vector<std::unique_ptr<Bound>> bounds;
  std::vector<std::unique_ptr<Queue>> queues;
  for (const auto& device : devices) {
    sets.push_back(std::make_unique<TensorSet>(*device, problem, 27 + sets.size()));
    prepared.push_back(device->prepare(problem, ""));
    bounds.push_back(sets.back()->bind(*prepared.back()));
    queues.push_back(device->queue());
  }
  for (std::size_t i = 0; i < queues.size(); ++i) {
    Bound* const ring[] = {bounds[i].get()};
    queues[i]->submit(ring, 3);
  }
  // The one that was started last is waited for first.
  (void)queues[1]->wait();
  (void)queues[0]->wait();
  std::string reason = wrong(*sets[0], "the first of two devices at work");
  if (reason.empty()) reason = wrong(*sets[1], "the second of two devices at work");
  return reason;
}

std::string empty_work(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  TensorSet set(*device, problem, 29);
  const auto prepared = device->prepare(problem, "");
  const auto bound = set.bind(*prepared);
  const auto queue = device->queue();
  (void)queue->wait();
  call(*queue, *bound, 0);
  if (set.check_output().passed) return "a submit of 0 calls computed something";
  call(*queue, *bound);
  (void)queue->wait();
  return wrong(set, "after waits for nothing and a submit of 0 calls");
}

// Whether `request` is refused by an Error, as it must be.
template <class Request>
bool refused(Request request) {
  try {
    request();
    return false;
  } catch (const Error&) {
    return true;
  }
}

std::string unsupported(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  Problem unknown = problem;
  unknown.kernel = "a_kernel_from_the_future";
  const std::array<std::pair<const Problem*, std::string_view>, 2> requests = {
      std::pair(&unknown, std::string_view()), std::pair(&problem, std::string_view("no_such"))};
  for (const auto& [asked, variant] : requests) {
    const std::string what = variant.empty() ? "an unknown kernel" : "an unknown variant";
    const Support support = device->supports(*asked, variant);
    if (support) return "supports() says yes to " + what;
    if (support.reason.empty()) return "supports() gives no reason against " + what;
    if (!refused([&] { (void)device->prepare(*asked, variant); })) {
      return "prepare() accepts " + what;
    }
  }
  if (!refused([&] { (void)backend.open("no.such.device"); })) {
    return "open() accepts the device 'no.such.device'";
  }
  return still_works(*device, problem);
}

std::string out_of_memory(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  for (const unsigned bits : {60U, 55U}) {
    try {
      (void)device->allocate(std::size_t{1} << bits);
      return "allocate() accepts 2^" + std::to_string(bits) + " bytes";
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::memory) {
        return "allocate() of 2^" + std::to_string(bits) +
               " bytes fails as something else than out of memory: " + error.what();
      }
    }
  }
  return still_works(*device, problem);
}

std::string copies(Backend& backend, const std::string& ordinal, const Problem& /*problem*/) {
  const auto device = backend.open(ordinal);
  for (const std::size_t size : {1U, 3U, 63U, 64U, 4097U}) {
    // Neither side is aligned.
    std::vector<std::byte> in(size + 1);
    std::vector<std::byte> out(size + 3);
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::byte(7 * i + size);
    const auto buffer = device->allocate(size);
    if (buffer->size() != size) return "a buffer has another size than was asked for";
    device->copy_in(*buffer, std::span(in).subspan(1));
    device->copy_out(*buffer, std::span(out).subspan(3));
    if (!std::equal(in.begin() + 1, in.end(), out.begin() + 3)) {
      return std::to_string(size) + " bytes don't come back as they were copied in";
    }
  }
  return {};
}

constexpr std::array checks = {
    LifecycleCheck{"copies", "buffers of any size, host memory of any alignment", copies},
    LifecycleCheck{"bind twice", "one Prepared serves several sets of tensors, and one set twice",
                   bind_twice},
    LifecycleCheck{"prepare twice", "a Prepared doesn't depend on another one of its problem",
                   prepare_twice},
    LifecycleCheck{"release order", "queues, bounds and buffers go in any order", release_order},
    LifecycleCheck{"release pending", "releasing a queue finishes what it was given",
                   release_pending},
    LifecycleCheck{"two devices", "a device may be opened twice, and both work at once",
                   two_devices},
    LifecycleCheck{"empty work", "waiting for nothing and submitting 0 calls are fine", empty_work},
    LifecycleCheck{"unsupported", "what is unknown is refused, with a reason", unsupported},
    LifecycleCheck{"out of memory", "allocating too much is an error, and nothing breaks",
                   out_of_memory},
    LifecycleCheck{"description", "an open device says of itself what enumerate said of it",
                   honest_description},
    LifecycleCheck{"clock", "device time is nanoseconds of this work, no more than the host's",
                   honest_clock},
};

}  // namespace

std::span<const LifecycleCheck> lifecycle_checks() { return checks; }

const LifecycleCheck* find_lifecycle_check(std::string_view name) {
  const auto found = std::ranges::find(checks, name, &LifecycleCheck::name);
  return found == checks.end() ? nullptr : &*found;
}

std::string run_lifecycle_check(const LifecycleCheck& check, Backend& backend,
                                const std::string& ordinal, const Problem& problem) {
  try {
    return check.run(backend, ordinal, problem);
  } catch (const Error& error) {
    return std::string("throws: ") + error.what();
  }
}

}  // namespace assay
