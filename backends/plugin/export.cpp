#include "backends/plugin/export.hpp"

#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/plugin/convert.hpp"
#include "kernels/error.hpp"

using assay::Buffer;
using assay::Error;
using assay::plugin::DeviceInfoView;
using assay::plugin::Lines;

// The handles: an object of the C++ interface, and what was told of it.
struct assay_backend {
  std::unique_ptr<assay::Backend> it;
  Lines parts;
  std::vector<assay::DeviceInfo> infos;
  std::vector<std::unique_ptr<DeviceInfoView>> views;
  std::vector<const assay_device_info*> devices;
  Lines unavailable;
};
struct assay_device {
  explicit assay_device(std::unique_ptr<assay::Device> device)
      : it(std::move(device)), info(it->info()) {}
  std::unique_ptr<assay::Device> it;
  DeviceInfoView info;
  std::string reason;
  std::string tuning_key;
  Lines variants;
  std::vector<std::pair<std::string, std::string>> verdicts;
  std::vector<assay_word> verdict_words;
};
struct assay_buffer {
  std::unique_ptr<Buffer> it;
};
struct assay_prepared {
  std::unique_ptr<assay::Prepared> it;
  std::string implementation;
  std::string path;
  Lines labels;
  std::vector<std::size_t> tensor_bytes;
};
struct assay_bound {
  std::unique_ptr<assay::Bound> it;
};
struct assay_queue {
  std::unique_ptr<assay::Queue> it;
  std::vector<assay::Bound*> ring = {};  // kept, so that submitting allocates nothing
};

namespace assay::plugin {
namespace {

// The caller owns it until its function gives it back. For use within guarded().
template <class Handle, class... Parts>
Handle* make_handle(Parts&&... parts) {
  return new Handle(std::forward<Parts>(parts)...);
}

struct LastError {
  std::string message;
  std::string detail;
};

// The contract asks for the last error of a thread.
LastError& last() {
  static thread_local LastError error;
  return error;
}

std::int32_t code_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::usage:
      return ASSAY_ERROR_USAGE;
    case Error::Kind::file:
      return ASSAY_ERROR_FILE;
    case Error::Kind::device:
      return ASSAY_ERROR_DEVICE;
    case Error::Kind::memory:
      return ASSAY_ERROR_MEMORY;
    case Error::Kind::program:
      return ASSAY_ERROR_PROGRAM;
    case Error::Kind::internal:
      break;
  }
  return ASSAY_ERROR_INTERNAL;
}

std::int32_t failed(std::int32_t code, const char* message, const std::string& detail = {}) {
  last() = {message, detail};
  return code;
}

// Runs `body`; what it throws becomes a code.
template <class Body>
std::int32_t guarded(Body&& body) noexcept {
  try {
    body();
    return ASSAY_OK;
  } catch (const Error& error) {
    return failed(code_of(error.kind()), error.what(), error.detail());
  } catch (const std::bad_alloc&) {
    return failed(ASSAY_ERROR_MEMORY, "out of host memory");
  } catch (const std::exception& error) {
    return failed(ASSAY_ERROR_INTERNAL, error.what());
  } catch (...) {
    return failed(ASSAY_ERROR_INTERNAL, "something that is no exception was thrown");
  }
}

std::int32_t parts(assay_backend* backend, assay_strings* out) noexcept {
  return guarded([&] {
    backend->parts = Lines(backend->it->parts());
    out->strings = backend->parts.data();
    out->count = backend->parts.size();
  });
}

std::int32_t enumerate(assay_backend* backend, const char* part, assay_enumeration* out) noexcept {
  return guarded([&] {
    Enumeration found = backend->it->enumerate(part);
    backend->devices.clear();
    backend->views.clear();
    backend->infos = std::move(found.devices);
    backend->unavailable = Lines(std::move(found.unavailable));
    for (const DeviceInfo& info : backend->infos) {
      backend->views.push_back(std::make_unique<DeviceInfoView>(info));
      backend->devices.push_back(backend->views.back()->get());
    }
    out->devices = backend->devices.data();
    out->device_count = backend->devices.size();
    out->unavailable = backend->unavailable.data();
    out->unavailable_count = backend->unavailable.size();
  });
}

std::int32_t open(assay_backend* backend, const char* ordinal, assay_device** out) noexcept {
  return guarded([&] {
    std::unique_ptr<Device> device = backend->it->open(ordinal);
    *out = make_handle<assay_device>(std::move(device));
  });
}

std::int32_t info(assay_device* device, const assay_device_info** out) noexcept {
  *out = device->info.get();
  return ASSAY_OK;
}

std::int32_t supports(assay_device* device, const assay_problem* problem, const char* variant,
                      const char** reason) noexcept {
  return guarded([&] {
    std::optional<Problem> known;
    Support support;
    try {
      known = problem_from(*problem);
    } catch (const Error& error) {
      // A dtype or role from after this build.
      if (error.kind() != Error::Kind::device) throw;
      support = Support::no(error.what());
    }
    if (known) support = device->it->supports(*known, variant);
    device->reason = std::move(support.reason);
    *reason = support.supported ? nullptr : device->reason.c_str();
  });
}

std::int32_t allocate(assay_device* device, std::uint64_t bytes, assay_buffer** out) noexcept {
  return guarded([&] { *out = make_handle<assay_buffer>(device->it->allocate(bytes)); });
}

std::int32_t copy_in(assay_device* device, assay_buffer* buffer, const void* data,
                     std::uint64_t bytes) noexcept {
  return guarded(
      [&] { device->it->copy_in(*buffer->it, {static_cast<const std::byte*>(data), bytes}); });
}

std::int32_t copy_out(assay_device* device, const assay_buffer* buffer, void* data,
                      std::uint64_t bytes) noexcept {
  return guarded(
      [&] { device->it->copy_out(*buffer->it, {static_cast<std::byte*>(data), bytes}); });
}

std::int32_t prepare(assay_device* device, const assay_problem* given, const char* variant,
                     assay_prepared** out) noexcept {
  return guarded([&] {
    const Problem problem = problem_from(*given);
    auto prepared = std::make_unique<assay_prepared>();
    prepared->it = device->it->prepare(problem, variant);
    prepared->implementation = prepared->it->implementation();
    prepared->path = prepared->it->path();
    prepared->labels = Lines(prepared->it->labels());
    for (const TensorSpec& spec : problem.tensors) prepared->tensor_bytes.push_back(spec.bytes());
    *out = prepared.release();
  });
}

std::int32_t implementation(assay_prepared* prepared, const char** out) noexcept {
  *out = prepared->implementation.c_str();
  return ASSAY_OK;
}

std::int32_t path(assay_prepared* prepared, const char** out) noexcept {
  *out = prepared->path.c_str();
  return ASSAY_OK;
}

std::int32_t labels(assay_prepared* prepared, assay_strings* out) noexcept {
  out->strings = prepared->labels.data();
  out->count = prepared->labels.size();
  return ASSAY_OK;
}

std::int32_t tunable(assay_device* device, const assay_problem* problem, const char* best,
                     const char** key, assay_strings* variants) noexcept {
  return guarded([&] {
    Tunable found = device->it->tunable(problem_from(*problem), best);
    device->tuning_key = std::move(found.key);
    device->variants = Lines(std::move(found.variants));
    *key = device->tuning_key.c_str();
    variants->strings = device->variants.data();
    variants->count = device->variants.size();
  });
}

std::int32_t probe(assay_device* device, assay_verdicts* out) noexcept {
  return guarded([&] {
    device->verdicts = device->it->probe();
    device->verdict_words.clear();
    for (const auto& [what, verdict] : device->verdicts) {
      device->verdict_words.push_back({what.c_str(), verdict.c_str()});
    }
    out->verdicts = device->verdict_words.data();
    out->count = device->verdict_words.size();
  });
}

std::int32_t bind(assay_prepared* prepared, assay_buffer* const* buffers, std::uint64_t count,
                  assay_bound** out) noexcept {
  return guarded([&] {
    const std::vector<std::size_t>& sizes = prepared->tensor_bytes;
    bool fits = count == sizes.size();
    std::vector<Buffer*> tensors;
    for (std::size_t i = 0; fits && i < sizes.size(); ++i) {
      tensors.push_back(buffers[i]->it.get());
      fits = tensors.back()->size() == sizes[i];
    }
    if (!fits) throw Error(Error::Kind::internal, "bind: the buffers aren't the problem's tensors");
    *out = make_handle<assay_bound>(prepared->it->bind(tensors));
  });
}

std::int32_t touched_bytes(const assay_bound* bound, std::uint64_t* out) noexcept {
  return guarded([&] { *out = bound->it->touched_bytes(); });
}

std::int32_t queue(assay_device* device, assay_queue** out) noexcept {
  return guarded([&] { *out = make_handle<assay_queue>(device->it->queue()); });
}

std::int32_t submit(assay_queue* queue, assay_bound* const* ring, std::uint64_t size,
                    std::int64_t calls) noexcept {
  return guarded([&] {
    queue->ring.clear();
    for (std::size_t i = 0; i < size; ++i) queue->ring.push_back(ring[i]->it.get());
    queue->it->submit(queue->ring, calls);
  });
}

std::int32_t wait(assay_queue* queue, double* device_ns) noexcept {
  return guarded([&] { *device_ns = queue->it->wait().value_or(-1); });
}

template <class Handle>
void release(Handle* handle) noexcept {
  delete handle;
}

}  // namespace

std::int32_t create(const char* name, MakeBackend* make, assay_backend** out) noexcept {
  return guarded([&] {
    auto backend = std::make_unique<assay_backend>();
    backend->it = make();
    if (backend->it->name() != name) {
      throw Error(Error::Kind::internal, "exported as '" + std::string(name) +
                                             "', but the backend calls itself '" +
                                             std::string(backend->it->name()) + "'");
    }
    *out = backend.release();
  });
}

assay_plugin table(const char* name, const char* summary, const char* version,
                   std::int32_t (*create)(assay_backend**)) {
  return {
      .abi = ASSAY_PLUGIN_ABI,
      .size = sizeof(assay_plugin),
      .name = name,
      .summary = summary,
      .version = version,
      .last_error = []() { return last().message.c_str(); },
      .last_detail = []() { return last().detail.c_str(); },
      .create = create,
      .destroy = release<assay_backend>,
      .parts = parts,
      .enumerate = enumerate,
      .open = open,
      .close_device = release<assay_device>,
      .info = info,
      .supports = supports,
      .allocate = allocate,
      .free_buffer = release<assay_buffer>,
      .copy_in = copy_in,
      .copy_out = copy_out,
      .prepare = prepare,
      .release_prepared = release<assay_prepared>,
      .implementation = implementation,
      .bind = bind,
      .release_bound = release<assay_bound>,
      .touched_bytes = touched_bytes,
      .queue = queue,
      .release_queue = release<assay_queue>,
      .submit = submit,
      .wait = wait,
      .path = path,
      .labels = labels,
      .tunable = tunable,
      .probe = probe,
  };
}

}  // namespace assay::plugin
