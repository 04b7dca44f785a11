// What the orchestrator and its workers say to each other.
//
// One JSON object a line, on descriptors of their own. The orchestrator asks, the worker answers
// each request with one reply of the same name, or with `error`; nobody speaks unasked.
//
//   {"id":7,"request":"sample","n":2,"calls":40}
//   {"id":7,"reply":"sample","wall_ns":[…],"device_ns":[],"cpu_ns":[…]}
//   {"id":7,"reply":"error","kind":"device","message":"…","detail":"…"}
//
// Order: hello; load, where the backend is a plugin; then parts, devices, or probe and per case: supports, prepare, verify, warm_up, sample…,
// verify with timed, release. A worker holds one device, and a prepared case in each of a few slots:
// 0 for what is measured, the others for the ceilings it is held against. `quit`, or the end of its
// input, ends it. Fields that a reader doesn't know are ignored; one that it needs and doesn't find
// is an Error, but for those that came later (slot, path, energy): they are 0 or empty then, and
// written only where they aren't. Version N and N - 1 are understood.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backends/backend.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay::protocol {

inline constexpr std::int64_t version = 1;
inline constexpr std::int64_t oldest_version = version > 1 ? version - 1 : 1;
// A longer line is a fault of the one who sends it.
inline constexpr std::size_t longest_line = std::size_t{4} << 20U;
// In one sample.
inline constexpr std::int64_t most_calls = 1'000'000'000;
// Cases that a worker holds at the same time.
inline constexpr std::int64_t slots = 256;

struct Hello {
  struct Reply;
  std::int64_t protocol = version;
  std::string build;
};
struct Hello::Reply {
  std::int64_t protocol = version;
  std::string build;
};

// Loads the backend in that library: from then on it is known by its name.
struct Load {
  struct Reply;
  std::string file;
};
struct Load::Reply {
  std::string backend;
  std::string summary;
  std::string version;
};

// Parts of a backend that are enumerated apart.
struct Parts {
  struct Reply;
  std::string backend;
};
struct Parts::Reply {
  std::vector<std::string> parts;
};

struct Devices {
  struct Reply;
  std::string backend;
  std::string part;
};
struct Devices::Reply {
  Enumeration enumeration;
};

// Opens the case's device where the worker has none yet.
struct Supports {
  struct Reply;
  std::string case_name;
};
struct Supports::Reply {
  Support support;
};

// Tries the device's special instructions: Device::probe(). To be asked before the first case, so that
// one which ends the process costs no case.
struct Probe {
  struct Reply;
  std::string device;  // "opencl:0.0"
};
struct Probe::Reply {
  std::vector<std::pair<std::string, std::string>> verdicts;  // path, "works" or what is wrong
};

// What a tuner may choose for the case's problem: Device::tunable().
struct Tune {
  struct Reply;
  std::string case_name;
  std::string best;  // so far, a variant; empty at first
};
struct Tune::Reply {
  std::string key;
  std::vector<std::string> variants;
};

// Fills the inputs, allocates and binds the ring.
struct Prepare {
  struct Reply;
  std::string case_name;
  std::uint64_t seed = 0;
  Fill fill = Fill::random;
  std::int64_t slot = 0;
};
struct Prepare::Reply {
  std::string skipped;  // why nothing was prepared: too little memory, with the sizes
  std::string implementation;
  std::vector<std::string> labels;
  double compile_ms = 0;
  double pack_ms = 0;           // of one set of tensors
  std::int64_t ring = 0;        // sets of tensors
  std::int64_t ring_bytes = 0;  // that calls through the whole ring touch
  bool ring_capped = false;     // a cold ring that reached the largest number of sets
  std::string path = {};        // Prepared::path
};

// Before timing: poisons outputs, calls once each and checks them. With `timed`: checks the outputs
// that the samples left, poisoned before the first of them.
struct Verify {
  struct Reply;
  bool timed = false;
  std::int64_t slot = 0;
};
struct Verify::Reply {
  bool passed = false;
  std::string checked;  // "full", "sampled(4096)+freivalds", "sampled(4096)+bounds"
  std::string reason;   // why it did not pass
  double error = 0;     // worst deviation as a fraction of what is allowed
  double max_abs_error = 0;
  std::int64_t worst_index = 0;
  std::int64_t outputs = 0;  // sets of tensors whose output was checked
  double first_call_ms = 0;  // 0 with `timed`
  double call_ms = 0;        // of the quickest call, the first among them; 0 with `timed`
  // With `timed`, of the time since the warm-up: "throttled", "power_limited".
  std::vector<std::string> labels = {};
};

// Calls until calls no longer get faster, at most `max_s` but at least one call.
struct WarmUp {
  struct Reply;
  double max_s = 0;
  double sample_ns = 0;  // how long a sample shall last, at least
  std::int64_t slot = 0;
};
struct WarmUp::Reply {
  double call_ns = 0;       // at the end of the warm-up
  double host_call_ns = 0;  // median of single calls, from submit to finished
  std::int64_t calls_per_sample = 1;
  bool stationary = false;
  bool flushes_denormals = false;
};

// `n` samples of `calls` calls each. With `energy`, also what the hardware took meanwhile; with
// `waiting`, also whether others had the processors.
struct Sample {
  struct Reply;
  std::int64_t n = 1;
  std::int64_t calls = 1;
  std::int64_t slot = 0;
  bool energy = false;
  bool waiting = false;
};
struct Sample::Reply {
  // Of whole samples. `device_ns` is empty where the device can't tell.
  std::vector<double> wall_ns;
  std::vector<double> device_ns;
  std::vector<double> cpu_ns;  // of the worker, all threads
  // Of all of them together, with `energy`: from what counter, or why there is none.
  double joules = 0;
  std::string energy_source = {};
  std::string energy_missing = {};
  double waited_ns = 0;  // with `waiting`: of the thread that waited longest for a processor
};

// One check of conformance: "answers" of the case, or a lifecycle check (conformance/lifecycle.hpp)
// with its problem, which its device must support.
struct Conform {
  struct Reply;
  std::string case_name;
  std::string check;
};
struct Conform::Reply {
  bool supported = false;
  bool passed = false;
  std::string reason;  // why not
};

// Copies so many bytes to the device and back, each several times, and names the quickest.
struct Transfer {
  struct Reply;
  std::string case_name;  // any case: its device
  std::int64_t bytes = 0;
};
struct Transfer::Reply {
  double to_device_ns = 0;
  double from_device_ns = 0;
};

// Fills the device's memory with buffers and reads them back.
struct Capacity {
  struct Reply;
  std::string device;
  std::int64_t bytes = 0;  // together
  std::int64_t block = 0;  // of one buffer, at most
  std::uint64_t seed = 0;
};
struct Capacity::Reply {
  std::int64_t verified_bytes = 0;  // that came back as they were written
  std::int64_t buffers = 0;
  bool passed = false;
  std::string reason;   // why not
  std::string stopped;  // what the device said to one buffer more; empty: it took all
};

// Frees what prepare made.
struct Release {
  struct Reply {};
  std::int64_t slot = 0;
};
struct Quit {
  struct Reply {};
};

struct Failure {
  Error::Kind kind = Error::Kind::internal;
  std::string message;
  std::string detail;
};

using Request = std::variant<Hello, Load, Parts, Devices, Supports, Probe, Tune, Prepare, Verify,
                             WarmUp, Sample, Conform, Release, Quit, Transfer, Capacity>;
using Reply = std::variant<Failure, Hello::Reply, Load::Reply, Parts::Reply, Devices::Reply,
                           Supports::Reply, Probe::Reply, Tune::Reply, Prepare::Reply,
                           Verify::Reply, WarmUp::Reply, Sample::Reply, Conform::Reply,
                           Release::Reply, Quit::Reply, Transfer::Reply, Capacity::Reply>;

template <class Body>
struct Message {
  std::uint64_t id = 0;
  Body body;
};

[[nodiscard]] std::string_view name(const Request& request);
[[nodiscard]] std::string_view name(const Reply& reply);

// One line without its end. Invalid UTF-8 is replaced, numbers that aren't finite become the
// largest ones.
[[nodiscard]] std::string to_line(const Message<Request>& message);
[[nodiscard]] std::string to_line(const Message<Reply>& message);

// An internal Error that names the field for anything that isn't such a message.
[[nodiscard]] Message<Request> parse_request(std::string_view line);
[[nodiscard]] Message<Reply> parse_reply(std::string_view line);

}  // namespace assay::protocol
