// The devices of every platform, and what whoever runs something on one of them shares: memory and
// copies. Used by the backend opencl and by others on the same devices.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/opencl/session.hpp"

namespace assay::opencl {

// Platforms are looked for once, when something is asked.
class DeviceList {
 public:
  // As Backend::parts() and enumerate(): a part is a platform's number.
  [[nodiscard]] std::vector<std::string> parts();
  [[nodiscard]] Enumeration enumerate(std::string_view part);

  struct Found {
    const Platform& platform;
    cl_device_id id;
  };
  // The device "platform.device"; a usage Error if there is none.
  [[nodiscard]] Found find(std::string_view ordinal);

 private:
  const Platforms& platforms();
  std::optional<Platforms> platforms_;
};

// Everything of a Device but supports(), prepare() and queue().
class SessionDevice : public Device {
 public:
  SessionDevice(const DeviceList::Found& found, std::string ordinal);
  [[nodiscard]] const DeviceInfo& info() const override { return session_.info; }
  [[nodiscard]] std::unique_ptr<Buffer> allocate(std::size_t bytes) override;
  void copy_in(Buffer& buffer, std::span<const std::byte> data) override;
  void copy_out(const Buffer& buffer, std::span<std::byte> data) override;

 protected:
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }

 private:
  Session session_;
};

}  // namespace assay::opencl
