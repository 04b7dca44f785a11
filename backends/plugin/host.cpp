#include "backends/plugin/host.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "backends/plugin/calls.hpp"
#include "backends/plugin/convert.hpp"

namespace assay::plugin {

Error failure(const assay_plugin& api, const char* function, std::int32_t code) {
  std::string message = one_line(api.last_error());
  if (message.empty()) {
    message = "plugin " + one_line(api.name) + ": " + function + "() failed with code " +
              std::to_string(code) + " and no last_error";
  }
  const auto kind = [&] {
    switch (code) {
      case ASSAY_ERROR_USAGE:
        return Error::Kind::usage;
      case ASSAY_ERROR_DEVICE:
        return Error::Kind::device;
      case ASSAY_ERROR_MEMORY:
        return Error::Kind::memory;
      case ASSAY_ERROR_FILE:
        return Error::Kind::file;
      case ASSAY_ERROR_PROGRAM:
        return Error::Kind::program;
      default:
        return Error::Kind::internal;
    }
  }();
  return {kind, message, printable_lines(api.last_detail())};
}

Error violation(const assay_plugin& api, const char* function, const std::string& what) {
  return {Error::Kind::internal, "plugin " + one_line(api.name) + ": " + function + "() " + what};
}

namespace {

// More devices, reasons, labels or variants than anything has.
constexpr std::uint64_t most_entries = 1024;

// A function that was appended to the table later; null where this plugin has none.
template <class Function>
Function appended(const assay_plugin& api, Function assay_plugin::* member) {
  const auto* const table = reinterpret_cast<const char*>(&api);
  const auto* const field = reinterpret_cast<const char*>(&(api.*member));
  const auto end = static_cast<std::size_t>(field - table) + sizeof(Function);
  return api.size < end ? nullptr : api.*member;
}

std::vector<std::string> lines(const assay_plugin& api, const char* function,
                               const char* const* strings, std::uint64_t count) {
  if (count > most_entries || (count > 0 && strings == nullptr)) {
    throw violation(api, function, "gave no array of strings");
  }
  std::vector<std::string> result;
  for (std::uint64_t i = 0; i < count; ++i) result.push_back(one_line(strings[i]));
  return result;
}

class HostedBuffer final : public Buffer {
 public:
  HostedBuffer(Handle<assay_buffer> handle, std::size_t size)
      : handle_(std::move(handle)), size_(size) {}
  [[nodiscard]] std::size_t size() const override { return size_; }
  [[nodiscard]] assay_buffer* get() const { return handle_.get(); }

 private:
  Handle<assay_buffer> handle_;
  std::size_t size_;
};

class HostedBound final : public Bound {
 public:
  HostedBound(const assay_plugin& api, Handle<assay_bound> handle)
      : api_(api), handle_(std::move(handle)) {}
  [[nodiscard]] std::size_t touched_bytes() const override {
    std::uint64_t bytes = 0;
    call(api_, "touched_bytes", api_.touched_bytes, handle_.get(), &bytes);
    return bytes;
  }
  [[nodiscard]] assay_bound* get() const { return handle_.get(); }

 private:
  const assay_plugin& api_;
  Handle<assay_bound> handle_;
};

class HostedPrepared final : public Prepared {
 public:
  HostedPrepared(const assay_plugin& api, Handle<assay_prepared> handle)
      : api_(api), handle_(std::move(handle)) {}

  [[nodiscard]] std::string implementation() const override {
    const char* name = nullptr;
    call(api_, "implementation", api_.implementation, handle_.get(), &name);
    return one_line(name);
  }

  [[nodiscard]] std::string path() const override {
    const auto path = appended(api_, &assay_plugin::path);
    if (path == nullptr) return {};
    const char* name = nullptr;
    call(api_, "path", path, handle_.get(), &name);
    return one_line(name);
  }

  [[nodiscard]] std::vector<std::string> labels() const override {
    const auto labels = appended(api_, &assay_plugin::labels);
    if (labels == nullptr) return {};
    assay_strings words = {sizeof words, nullptr, 0};
    call(api_, "labels", labels, handle_.get(), &words);
    return lines(api_, "labels", words.strings, words.count);
  }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    std::vector<assay_buffer*> buffers;
    for (Buffer* tensor : tensors) buffers.push_back(static_cast<HostedBuffer*>(tensor)->get());
    return std::make_unique<HostedBound>(
        api_, make(api_, "bind", api_.bind, api_.release_bound, handle_.get(), buffers.data(),
                   std::uint64_t{buffers.size()}));
  }

 private:
  const assay_plugin& api_;
  Handle<assay_prepared> handle_;
};

class HostedQueue final : public Queue {
 public:
  HostedQueue(const assay_plugin& api, Handle<assay_queue> handle)
      : api_(api), handle_(std::move(handle)) {}

  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    ring_.clear();
    for (Bound* bound : ring) ring_.push_back(static_cast<HostedBound*>(bound)->get());
    call(api_, "submit", api_.submit, handle_.get(), ring_.data(), std::uint64_t{ring_.size()},
         calls);
  }

  std::optional<double> wait() override {
    double device_ns = -1;
    call(api_, "wait", api_.wait, handle_.get(), &device_ns);
    if (!std::isfinite(device_ns)) {
      throw violation(api_, "wait", "gave a device time that is no number");
    }
    return device_ns < 0 ? std::nullopt : std::optional(device_ns);
  }

 private:
  const assay_plugin& api_;
  Handle<assay_queue> handle_;
  std::vector<assay_bound*> ring_;  // kept, so that submitting allocates nothing
};

DeviceInfo checked_info(const assay_plugin& api, const char* function,
                        const assay_device_info* info) {
  try {
    return device_info_from(info);
  } catch (const Error& error) {
    throw violation(api, function, std::string("broke its contract: ") + error.what());
  }
}

class HostedDevice final : public Device {
 public:
  HostedDevice(const assay_plugin& api, Handle<assay_device> handle)
      : api_(api), handle_(std::move(handle)) {
    const assay_device_info* info = nullptr;
    call(api_, "info", api_.info, handle_.get(), &info);
    info_ = checked_info(api_, "info", info);
  }

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    const ProblemView view(problem);
    const char* reason = nullptr;
    call(api_, "supports", api_.supports, handle_.get(), view.get(), std::string(variant).c_str(),
         &reason);
    return reason == nullptr ? Support::yes() : Support::no(one_line(reason));
  }

  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    return std::make_unique<HostedBuffer>(make(api_, "allocate", api_.allocate, api_.free_buffer,
                                               handle_.get(), std::uint64_t{bytes}),
                                          bytes);
  }

  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    call(api_, "copy_in", api_.copy_in, handle_.get(), static_cast<HostedBuffer&>(buffer).get(),
         data.data(), std::uint64_t{data.size()});
  }

  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    call(api_, "copy_out", api_.copy_out, handle_.get(),
         static_cast<const HostedBuffer&>(buffer).get(), data.data(), std::uint64_t{data.size()});
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    const ProblemView view(problem);
    const std::string word(variant);
    return std::make_unique<HostedPrepared>(
        api_, make(api_, "prepare", api_.prepare, api_.release_prepared, handle_.get(), view.get(),
                   word.c_str()));
  }

  std::unique_ptr<Queue> queue() override {
    return std::make_unique<HostedQueue>(
        api_, make(api_, "queue", api_.queue, api_.release_queue, handle_.get()));
  }

  [[nodiscard]] Tunable tunable(const Problem& problem, std::string_view best) override {
    const auto tunable = appended(api_, &assay_plugin::tunable);
    if (tunable == nullptr) return {};
    const ProblemView view(problem);
    const std::string word(best);
    const char* key = nullptr;
    assay_strings variants = {sizeof variants, nullptr, 0};
    call(api_, "tunable", tunable, handle_.get(), view.get(), word.c_str(), &key, &variants);
    // Its fields are separated by tabs.
    std::string text = printable_lines(key);
    std::ranges::replace(text, '\n', ' ');
    return {std::move(text), lines(api_, "tunable", variants.strings, variants.count)};
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> probe() override {
    const auto probe = appended(api_, &assay_plugin::probe);
    if (probe == nullptr) return {};
    assay_verdicts found = {sizeof found, nullptr, 0};
    call(api_, "probe", probe, handle_.get(), &found);
    if (found.count > most_entries || (found.count > 0 && found.verdicts == nullptr)) {
      throw violation(api_, "probe", "gave no array of verdicts");
    }
    std::vector<std::pair<std::string, std::string>> verdicts;
    for (std::uint64_t i = 0; i < found.count; ++i) {
      verdicts.emplace_back(one_line(found.verdicts[i].key), one_line(found.verdicts[i].value));
    }
    return verdicts;
  }

 private:
  const assay_plugin& api_;
  Handle<assay_device> handle_;
  DeviceInfo info_;
};

class HostedBackend final : public Backend {
 public:
  explicit HostedBackend(const assay_plugin& api)
      : api_(api), name_(api.name), handle_(make(api, "create", api.create, api.destroy)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  std::vector<std::string> parts() override {
    assay_strings parts = {sizeof parts, nullptr, 0};
    call(api_, "parts", api_.parts, handle_.get(), &parts);
    return lines(api_, "parts", parts.strings, parts.count);
  }

  Enumeration enumerate(std::string_view part) override {
    assay_enumeration found = {sizeof found, nullptr, 0, nullptr, 0};
    call(api_, "enumerate", api_.enumerate, handle_.get(), std::string(part).c_str(), &found);
    if (found.device_count > most_entries || (found.device_count > 0 && found.devices == nullptr)) {
      throw violation(api_, "enumerate", "gave no array of devices");
    }
    Enumeration result;
    for (std::uint64_t i = 0; i < found.device_count; ++i) {
      result.devices.push_back(checked_info(api_, "enumerate", found.devices[i]));
      const auto same = [&](const DeviceInfo& other) {
        return other.ordinal == result.devices.back().ordinal;
      };
      if (std::ranges::count_if(result.devices, same) > 1) {
        throw violation(api_, "enumerate", "named two devices " + result.devices.back().ordinal);
      }
    }
    result.unavailable = lines(api_, "enumerate", found.unavailable, found.unavailable_count);
    return result;
  }

  std::unique_ptr<Device> open(std::string_view ordinal) override {
    const std::string word(ordinal);
    return std::make_unique<HostedDevice>(
        api_, make(api_, "open", api_.open, api_.close_device, handle_.get(), word.c_str()));
  }

 private:
  const assay_plugin& api_;
  std::string name_;
  Handle<assay_backend> handle_;
};

}  // namespace

std::unique_ptr<Backend> host_backend(const assay_plugin& api) {
  return std::make_unique<HostedBackend>(api);
}

}  // namespace assay::plugin
