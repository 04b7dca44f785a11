// One opened device: its context, a queue for copies and packing, and its memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "backends/backend.hpp"
#include "backends/opencl/device_info.hpp"
#include "backends/opencl/errors.hpp"

namespace assay::opencl {

class Probes;

struct Session {
  Session(const Platform& on, cl_device_id opened, DeviceInfo described);
  ~Session();

  Platform platform;
  const Api& api = platform.api;
  cl_device_id device;
  DeviceInfo info;
  Limits limits;
  Handle<cl_context> context;
  Handle<cl_command_queue> copies;
  // Which special instructions work here: see probe.hpp.
  const std::unique_ptr<Probes> probes;
  // Whether programs are kept on disk here. Not PoCL's: it keeps what it compiled itself, and when
  // asked for a binary it compiles every kernel for all work-group sizes, which takes as long again and
  // ends the process for some with inline assembly (PoCL 6, LLVM 18).
  bool caches_programs;

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

[[nodiscard]] Handle<cl_command_queue> make_queue(const Session& session);

class Memory final : public Buffer {
 public:
  Memory(const Session& session, std::size_t bytes);
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] cl_mem get() const { return memory_.get(); }

 private:
  std::size_t size_;
  Handle<cl_mem> memory_;
};

// The device memory behind a buffer that a Session's device allocated.
[[nodiscard]] cl_mem memory_of(const Buffer& buffer);

}  // namespace assay::opencl
