#include "backends/opencl/devices.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

// The number at the front of `text`, which is left behind it.
std::optional<std::size_t> take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// PoCL shows no device where it can't keep what it compiles, and doesn't say so. Empty where that isn't it.
std::string pocl_cache_fault() {
  namespace fs = std::filesystem;
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  fs::path folder = variable("POCL_CACHE_DIR");
  if (folder.empty() && !variable("XDG_CACHE_HOME").empty()) {
    folder = variable("XDG_CACHE_HOME") / "pocl" / "kcache";
  }
  if (folder.empty()) folder = variable("HOME") / ".cache" / "pocl" / "kcache";
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed && ::access(folder.c_str(), W_OK) != 0) failed.assign(errno, std::generic_category());
  if (!failed) return {};
  return ", perhaps because its cache can't be written: " + folder.string() + ": " +
         failed.message();
}

void add_devices(const Platform& platform, std::size_t index, Enumeration& enumeration) {
  const auto devices = devices_of(platform);
  const std::string part = std::to_string(index);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    enumeration.devices.push_back(describe(platform, devices[i], part + "." + std::to_string(i)));
  }
  if (devices.empty()) {
    const bool pocl = platform.name == "Portable Computing Language";
    enumeration.unavailable.push_back("platform " + part + " '" + platform.name +
                                      "' has no devices" + (pocl ? pocl_cache_fault() : ""));
  }
}

}  // namespace

const Platforms& DeviceList::platforms() {
  if (!platforms_) platforms_ = find_platforms(usual_places());
  return *platforms_;
}

std::vector<std::string> DeviceList::parts() {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < platforms().found.size(); ++i) parts.push_back(std::to_string(i));
  // Somebody has to say why there is nothing, or what couldn't be opened.
  if (parts.empty()) parts.emplace_back();
  return parts;
}

Enumeration DeviceList::enumerate(std::string_view part) {
  const Platforms& all = platforms();
  Enumeration enumeration;
  if (part.empty() || part == "0") enumeration.unavailable = all.unavailable;
  std::string_view rest = part;
  const auto wanted = take_number(rest);
  if (!part.empty() && (!wanted || !rest.empty() || *wanted >= all.found.size())) {
    enumeration.unavailable.push_back("no OpenCL platform " + std::string(part));
    return enumeration;
  }
  for (std::size_t i = 0; i < all.found.size(); ++i) {
    if (!wanted || *wanted == i) add_devices(all.found[i], i, enumeration);
  }
  return enumeration;
}

DeviceList::Found DeviceList::find(std::string_view ordinal) {
  const Platforms& all = platforms();
  std::string_view rest = ordinal;
  const auto platform = take_number(rest);
  if (platform && *platform < all.found.size() && rest.starts_with('.')) {
    rest.remove_prefix(1);
    const auto device = take_number(rest);
    const auto devices = devices_of(all.found[*platform]);
    if (device && rest.empty() && *device < devices.size()) {
      return {all.found[*platform], devices[*device]};
    }
  }
  throw usage_error("no OpenCL device '" + std::string(ordinal) +
                    "'; devices are platform.device, and there are " +
                    std::to_string(all.found.size()) + " platforms");
}

SessionDevice::SessionDevice(const DeviceList::Found& found, std::string ordinal)
    : session_(found.platform, found.id, describe(found.platform, found.id, std::move(ordinal))) {}

std::unique_ptr<Buffer> SessionDevice::allocate(std::size_t bytes) {
  return std::make_unique<Memory>(session_, bytes);
}

void SessionDevice::copy_in(Buffer& buffer, std::span<const std::byte> data) {
  if (data.empty()) return;
  check(session_.api.clEnqueueWriteBuffer(session_.copies.get(), memory_of(buffer), CL_TRUE, 0,
                                          data.size(), data.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
}

void SessionDevice::copy_out(const Buffer& buffer, std::span<std::byte> data) {
  if (data.empty()) return;
  check(session_.api.clEnqueueReadBuffer(session_.copies.get(), memory_of(buffer), CL_TRUE, 0,
                                         data.size(), data.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
}

}  // namespace assay::opencl
