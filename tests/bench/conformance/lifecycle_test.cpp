#include "bench/conformance/lifecycle.hpp"

#include <gmock/gmock.h>

#include "backends/reference/reference.hpp"
#include "bench/conformance/conform.hpp"
#include "kernels/kernel.hpp"
#include "tests/bench/conformance/faulty_backend.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Problem& problem() {
  static const Problem it = parse_problem("matmul/dtype:f32/m:9/n:17/k:33");
  return it;
}

std::string conformance_of(Backend& backend) {
  const auto device = backend.open("0");
  const Conformance result = conform(*device, problem());
  return result.passed ? "" : result.reason;
}

std::string lifecycle_of(std::string_view check, Backend& backend) {
  return run_lifecycle_check(*find_lifecycle_check(check), backend, "0", problem());
}

TEST(Lifecycle, BackendsWithoutFaultsPassEveryCheck) {
  for (const LifecycleCheck& check : lifecycle_checks()) {
    EXPECT_THAT(run_lifecycle_check(check, *make_reference(), "0", problem()), IsEmpty())
        << check.name;
    EXPECT_THAT(lifecycle_of(check.name, *make_faulty_backend(DeviceFault::none)), IsEmpty())
        << check.name;
  }
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::none)), IsEmpty());
}

TEST(Lifecycle, UnknownChecksAreNull) { EXPECT_EQ(find_lifecycle_check("juggling"), nullptr); }

TEST(Conform, SeesWhatCallsDamage) {
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::changes_input)),
              HasSubstr("a call changed its input 'a'"));
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::writes_past_output)),
              HasSubstr("memory allocated after 'out' has changed"));
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::answers_once)),
              HasSubstr("second of the ring"));
}

TEST(Conform, SeesWhatBindKeepsButMustnt) {
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::packs_activations)),
              HasSubstr("one more call, on new contents of all but the weights: "));
}

TEST(Conform, WantsANameAndPlausibleBytes) {
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::no_implementation)),
              HasSubstr("implementation() is empty"));
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::touches_nothing)),
              HasSubstr("touched_bytes() says 0; "));
  EXPECT_THAT(conformance_of(*make_faulty_backend(DeviceFault::touches_all)),
              HasSubstr("touched_bytes() says 4611686018427387904; "));
}

struct Found {
  DeviceFault fault;
  std::string_view check;
  const char* reason;
};

class FaultsOfDevices : public testing::TestWithParam<Found> {};

TEST_P(FaultsOfDevices, AreFound) {
  const auto [fault, check, reason] = GetParam();
  EXPECT_THAT(lifecycle_of(check, *make_faulty_backend(fault)), HasSubstr(reason));
}

using Fault = DeviceFault;
INSTANTIATE_TEST_SUITE_P(
    Lifecycle, FaultsOfDevices,
    testing::Values(
        Found{Fault::copies_whole_words, "copies", "don't come back"},
        Found{Fault::last_bind_wins, "bind twice", "bound twice: out[0,0] was not written"},
        Found{Fault::last_prepared_wins, "prepare twice", "after the first of two was released"},
        Found{Fault::queue_is_shared, "release order", "of another set were released"},
        Found{Fault::drops_pending, "release pending", "released without a wait"},
        Found{Fault::one_device, "two devices", "another device is open"},
        Found{Fault::waits_for_something, "empty work", "nothing to wait for"},
        Found{Fault::zero_calls_are_one, "empty work", "0 calls computed something"},
        Found{Fault::accepts_kernels, "unsupported", "yes to an unknown kernel"},
        Found{Fault::accepts_variants, "unsupported", "yes to an unknown variant"},
        Found{Fault::prepares_anything, "unsupported", "prepare() accepts an unknown kernel"},
        Found{Fault::no_reasons, "unsupported", "no reason against an unknown kernel"},
        Found{Fault::accepts_ordinals, "unsupported", "open() accepts"},
        Found{Fault::allocates_anything, "out of memory", "allocate() accepts 2^60"},
        Found{Fault::runs_out_strangely, "out of memory", "something else than out of memory"},
        Found{Fault::another_once_open, "description",
              "says name 'faulty', info() after open 'another'"},
        Found{Fault::implausible_numbers, "description", "no device has cache_bytes -1"},
        Found{Fault::lying_clock, "clock", "for what took the host"},
        Found{Fault::stopped_clock, "clock", "says 0.000000 ms for what took the host"},
        Found{Fault::constant_clock, "clock", "for what took the host"}));

}  // namespace
}  // namespace assay
