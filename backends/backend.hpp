// How a device runs kernels: the whole interface of a backend.
//
// Order of calls: Backend::enumerate -> open -> Device::supports -> allocate, copy_in -> prepare ->
// bind (once per set of tensors) -> Queue::submit, wait. Everything that crosses is plain data.
//
// A backend never loops for timing, never prints and never exits. What it can't do is a reason in
// supports() or enumerate(); what breaks is an assay::Error. Objects are used from one thread; a
// device may be open twice. It outlives what it made, a Prepared its Bounds, buffers do so too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/problem.hpp"

namespace assay {

struct DeviceInfo {
  std::string ordinal;  // "0", or "platform.device" for OpenCL: valid for this run only
  std::string name;     // as the driver says it
  std::string vendor;
  std::string hardware;   // identity of the chip: "cpu:<model>", "gpu:<uuid>" or "gpu:<pci bus id>"
  std::string platform;   // name and version of what stands between us and the device
  std::string driver;     // driver or library version
  std::string isa;        // dispatched or reported instruction set, empty if unknown
  bool software = false;  // a GPU that is simulated on the CPU (llvmpipe, Oclgrind)
  bool cpu = false;       // shares the host's processor and memory
  std::int64_t compute_units = 0;         // 0: unknown
  std::int64_t memory_bytes = 0;          // device memory, the host's for CPU devices
  std::int64_t max_allocation_bytes = 0;  // of one buffer; 0: no limit
  std::int64_t cache_bytes = 0;           // last-level cache; 0: unknown
  std::vector<DType> dtypes;              // computed natively or by conversion
  std::vector<std::pair<std::string, std::string>> notes;  // anything else worth recording
};

struct Enumeration {
  std::vector<DeviceInfo> devices;
  std::vector<std::string> unavailable;  // one reason a line: "no OpenCL loader: libOpenCL.so.1 …"
};

struct Support {
  bool supported = false;
  std::string reason;  // why not
  [[nodiscard]] static Support yes() { return {true, {}}; }
  [[nodiscard]] static Support no(std::string reason) { return {false, std::move(reason)}; }
  explicit operator bool() const { return supported; }
};

// Device memory of one tensor.
class Buffer {
 public:
  virtual ~Buffer() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
};

// A prepared kernel bound to one set of tensors, with its own packed weights.
class Bound {
 public:
  virtual ~Bound() = default;
  // Device bytes that a call reads or writes (packed sizes; at least the output): for a cold ring.
  [[nodiscard]] virtual std::size_t touched_bytes() const = 0;
};

class Prepared {
 public:
  virtual ~Prepared() = default;
  // What will run, never empty: "brg_matmul:avx512_core_bf16", "packed_8x32:plain".
  [[nodiscard]] virtual std::string implementation() const = 0;
  // The instruction path that most of its arithmetic takes, by the keys of kernel alu: "f32.fma",
  // "bf16.dot", "s8.matrix". Its ceiling is what that kernel reaches. Empty if unknown, or if the
  // work isn't arithmetic.
  [[nodiscard]] virtual std::string path() const { return {}; }
  // Words that every row of it bears: "untuned" where a tuner would choose and hasn't.
  [[nodiscard]] virtual std::vector<std::string> labels() const { return {}; }
  // Packs tensors of role `weight` only (others are new at each call) and owns the copies; timed as
  // pack_ms and complete when it returns. `tensors` in the order of Problem::tensors, again too.
  [[nodiscard]] virtual std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) = 0;
};

class Queue {
 public:
  virtual ~Queue() = default;
  // Starts `calls` calls, the i-th on ring[i % ring.size()], in order, and returns without waiting
  // where the device allows it. 0 calls are nothing to do.
  virtual void submit(std::span<Bound* const> ring, std::int64_t calls) = 0;
  // Waits for what was submitted, if anything. Nanoseconds (> 0) that the device measured, if any.
  virtual std::optional<double> wait() = 0;
};

// What a tuner may choose for a class of problems.
struct Tunable {
  std::string key;                    // what the choice holds for: see tuning.hpp; empty: no choice
  std::vector<std::string> variants;  // worth trying
};

class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual const DeviceInfo& info() const = 0;
  // `variant` is empty for the default implementation.
  [[nodiscard]] virtual Support supports(const Problem& problem,
                                         std::string_view variant) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Buffer> allocate(std::size_t bytes) = 0;
  // Blocking copies of a whole buffer.
  virtual void copy_in(Buffer& buffer, std::span<const std::byte> data) = 0;
  virtual void copy_out(const Buffer& buffer, std::span<std::byte> data) = 0;
  [[nodiscard]] virtual std::unique_ptr<Prepared> prepare(const Problem& problem,
                                                          std::string_view variant) = 0;
  [[nodiscard]] virtual std::unique_ptr<Queue> queue() = 0;
  // The choice that prepare() makes for the problem where no variant is given: a curated list, or, with
  // the `best` so far, its neighbours.
  [[nodiscard]] virtual Tunable tunable(const Problem& problem, std::string_view best) {
    (void)problem;
    (void)best;
    return {};
  }
  // Tries the device's special instructions, as its kernels do at first use, and says for each
  // "works" or what is wrong: {"x86.vdpbf16ps bf16", "works"}. One that crashes the driver ends the
  // process; after two such ends it is left alone and reported.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> probe() { return {}; }
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Parts that are enumerated apart, each in a process of its own, so that one broken driver can't
  // hide the others (OpenCL platforms: "0", "1", …). One empty part by default.
  [[nodiscard]] virtual std::vector<std::string> parts() { return {""}; }
  [[nodiscard]] virtual Enumeration enumerate(std::string_view part) = 0;
  [[nodiscard]] virtual std::unique_ptr<Device> open(std::string_view ordinal) = 0;
};

}  // namespace assay
