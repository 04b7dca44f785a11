#include "backends/opencl/session.hpp"

#include <algorithm>
#include <array>

#include "backends/large_pages.hpp"
#include "backends/opencl/probe.hpp"
#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

Handle<cl_context> make_context(const Platform& platform, cl_device_id device) {
  const std::array<cl_context_properties, 3> properties = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(platform.id), 0};
  cl_int code = CL_SUCCESS;
  cl_context context =
      platform.api.clCreateContext(properties.data(), 1, &device, nullptr, nullptr, &code);
  check(code, "clCreateContext");
  return {context, {platform.api.clReleaseContext}};
}

void CL_CALLBACK free_host(cl_mem, void* memory) { FreeMemory()(static_cast<std::byte*>(memory)); }

Handle<cl_mem> make_memory(const Session& session, std::size_t bytes) {
  // Some drivers find out only when the memory is used.
  const auto most = static_cast<std::size_t>(session.info.memory_bytes);
  if (most != 0 && bytes > most) {
    throw Error(Error::Kind::memory, "can't allocate " + std::to_string(bytes) + " bytes on " +
                                         session.info.name + ", which has " + std::to_string(most));
  }
  // A processor's device uses the host's memory as it is, so we choose its pages.
  HostMemory host;
  if (session.info.cpu && !session.info.software && bytes >= large_page) {
    host = allocate_memory(bytes);
  }
  const cl_mem_flags flags = CL_MEM_READ_WRITE | (host ? CL_MEM_USE_HOST_PTR : 0);
  cl_int code = CL_SUCCESS;
  // A buffer of no bytes is invalid in OpenCL.
  Handle<cl_mem> memory(
      session.api.clCreateBuffer(session.context.get(), flags, std::max<std::size_t>(bytes, 1),
                                 host.get(), &code),
      {session.api.clReleaseMemObject});
  if (code != CL_SUCCESS) {
    throw Error(Error::Kind::memory, "can't allocate " + std::to_string(bytes) + " bytes on " +
                                         session.info.name + ": " + error_name(code) +
                                         " in clCreateBuffer");
  }
  if (host) {
    // Commands may still need it when the last handle is gone.
    check(session.api.clSetMemObjectDestructorCallback(memory.get(), free_host, host.get()),
          "clSetMemObjectDestructorCallback");
    [[maybe_unused]] const std::byte* const theirs = host.release();
  }
  return memory;
}

}  // namespace

Session::Session(const Platform& on, cl_device_id opened, DeviceInfo described)
    : platform(on),
      device(opened),
      info(std::move(described)),
      limits(limits_of(api, device)),
      context(make_context(platform, device)),
      copies(make_queue(*this)),
      probes(std::make_unique<Probes>()),
      caches_programs(platform.name != "Portable Computing Language") {}

Session::~Session() = default;

Handle<cl_command_queue> make_queue(const Session& session) {
  cl_int code = CL_SUCCESS;
  cl_command_queue queue = session.api.clCreateCommandQueue(session.context.get(), session.device,
                                                            CL_QUEUE_PROFILING_ENABLE, &code);
  check(code, "clCreateCommandQueue");
  return {queue, {session.api.clReleaseCommandQueue}};
}

Memory::Memory(const Session& session, std::size_t bytes)
    : size_(bytes), memory_(make_memory(session, bytes)) {}

cl_mem memory_of(const Buffer& buffer) { return static_cast<const Memory&>(buffer).get(); }

}  // namespace assay::opencl
