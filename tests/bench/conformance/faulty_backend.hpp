// The reference on a device with a memory of its own, and with one fault that conformance must find.
#pragma once

#include <memory>

#include "backends/backend.hpp"

namespace assay {

enum class DeviceFault : std::uint8_t {
  none,
  writes_past_output,  // into what was allocated after it
  changes_input,
  answers_once,         // only the first call of a Prepared computes
  last_bind_wins,       // all Bounds of a Prepared are the last one
  last_prepared_wins,   // a Prepared is of use only while the first of the device lives
  queue_is_shared,      // releasing a queue breaks the next one
  drops_pending,        // submits nothing after a queue was released without a wait
  one_device,           // only the device that was opened last works
  waits_for_something,  // wait() without work is an error
  zero_calls_are_one,
  accepts_kernels,
  accepts_variants,
  prepares_anything,
  no_reasons,
  accepts_ordinals,
  allocates_anything,
  runs_out_strangely,  // out of memory isn't Error::Kind::memory
  copies_whole_words,  // of 4 bytes
  lying_clock,
  stopped_clock,      // 0 for any work
  constant_clock,     // a nanosecond for any work
  packs_activations,  // in bind, so that later contents aren't seen
  no_implementation,  // has no name
  touches_nothing,
  touches_all,  // 2^62 bytes
  another_once_open,
  implausible_numbers,
};

[[nodiscard]] std::unique_ptr<Backend> make_faulty_backend(DeviceFault fault);

}  // namespace assay
