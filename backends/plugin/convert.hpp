// Problems and descriptions of devices as the structs of abi.h, and back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "backends/plugin/abi.h"

namespace assay::plugin {

// A Problem as an assay_problem that points into it: the Problem must outlive this.
class ProblemView {
 public:
  explicit ProblemView(const Problem& problem);
  ProblemView(const ProblemView&) = delete;
  ProblemView& operator=(const ProblemView&) = delete;
  [[nodiscard]] const assay_problem* get() const { return &view_; }

 private:
  std::vector<assay_integer> integers_;
  std::vector<assay_word> words_;
  std::vector<assay_tensor> tensors_;
  std::vector<const assay_tensor*> pointers_;
  assay_problem view_;
};

// An Error of kind device for a dtype or role that this build doesn't know, internal for null
// pointers and sizes that contradict each other.
[[nodiscard]] Problem problem_from(const assay_problem& problem);

// Lines of text as an array of C strings.
class Lines {
 public:
  explicit Lines(std::vector<std::string> lines = {});
  Lines(Lines&&) = default;
  Lines& operator=(Lines&&) = default;
  [[nodiscard]] const char* const* data() const { return pointers_.data(); }
  [[nodiscard]] std::size_t size() const { return pointers_.size(); }

 private:
  std::vector<std::string> lines_;
  std::vector<const char*> pointers_;
};

// A DeviceInfo as an assay_device_info that points into it: the DeviceInfo must outlive this.
class DeviceInfoView {
 public:
  explicit DeviceInfoView(const DeviceInfo& info);
  DeviceInfoView(const DeviceInfoView&) = delete;
  DeviceInfoView& operator=(const DeviceInfoView&) = delete;
  [[nodiscard]] const assay_device_info* get() const { return &view_; }

 private:
  std::vector<const char*> dtypes_;
  std::vector<assay_word> notes_;
  assay_device_info view_;
};

// Dtypes that this build doesn't know become the note "dtype". An internal Error for what breaks
// the contract: a short struct, null pointers, an ordinal that can't be part of a case name.
[[nodiscard]] DeviceInfo device_info_from(const assay_device_info* info);

// What a plugin says as one line of printable UTF-8, at most 4096 bytes; null is "".
[[nodiscard]] std::string one_line(const char* text);

}  // namespace assay::plugin
