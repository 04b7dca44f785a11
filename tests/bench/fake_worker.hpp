// A worker that misbehaves as the case it is asked for says: k of a matmul is the mode, m:2 means
// only the first time in the directory $FAKE_WORKER_DIR.
//
// alu and stream, the ceilings beside a case, run at $FAKE_CEILING FLOP/s and bytes/s (1e6), copies at
// $FAKE_COPY and reading from caches at $FAKE_CACHE where those are set; a case says that it takes the path $FAKE_PATH. Sampling those whose name
// contains $FAKE_CRASH_AT ends the worker (on device $FAKE_CRASH_ON, if that is set), or $FAKE_HANG_AT makes it silent. Preparing them finds
// no memory for $FAKE_SKIP_AT, and for $FAKE_FULL_ONCE_AT the first time. Trying the instructions of
// device $FAKE_HANG_IN_PROBE_OF hangs. Devices that it shows are parts
// of $FAKE_HARDWARE. With FAKE_WORKER=
//   ceiling_dear       the warm-up of those of memory claims calls of a second
//   ceiling_wrong      the ceilings' answers are wrong after timing
//   ceiling_crash      the worker dies when it samples them
//   ceiling_crash_1    the same, on device null:1 only
//   ceiling_unsupported  device null:0 has none of them
//   slow_at_first      cases and ceilings need twice the time for the first 40 samples of a case
#pragma once

#include <string>

namespace assay::fake {

enum class Mode : int {
  good = 1,
  crash_in_prepare,
  crash_in_sample,
  killed,
  exits,
  hangs,
  babbles,  // on standard output, then answers
  garbage,  // on the protocol's descriptor
  endless_line,
  wrong_id,
  wrong_reply,
  device_above_host,
  device_nan,
  negative_time,
  zero_time,
  too_much_time,  // longer samples than the question took
  few_samples,
  out_of_memory,
  error,
  unsupported,
  skipped,
  wrong_result,
  wrong_when_timed,
  slow,             // claims calls of 40 s
  slow_first_call,  // claims a first call of 40 s
  fallback,
  refused_program,
  passes_with_error,  // from here on, what a check or a preparation can't say
  passes_unchecked,   // without saying how
  passes_nothing,     // no output was checked
  no_ring,
  negative_compile,
  long_compile,  // longer than the question took
  hidden_time,   // samples far shorter than the question took
  long_warm_up_call,
  hangs_in_sample,  // after claiming samples of years
};

[[nodiscard]] inline std::string case_name(Mode mode, bool once = false, int n = 1) {
  return "matmul/dtype:f32/m:" + std::string(once ? "2" : "1") + "/n:" + std::to_string(n) +
         "/k:" + std::to_string(static_cast<int>(mode)) + "@null:0";
}

}  // namespace assay::fake
