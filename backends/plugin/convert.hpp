// Problems and descriptions of devices as the structs of abi.h, and back.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "backends/plugin/abi.h"

namespace assay::plugin {

// Throws what covered() throws.
[[noreturn]] void refuse_size(const char* what, bool null, std::size_t size, std::size_t least);

// A struct out of another build, as this build knows it: what lies beyond its size is 0, what this
// build doesn't know is left. An internal Error for null, and for less than `least` bytes, what
// version 1 of the contract began with.
template <class Struct>
[[nodiscard]] Struct covered(const Struct* given, std::size_t least, const char* what) {
  const std::size_t size = given == nullptr ? 0 : static_cast<std::size_t>(given->size);
  if (size < least) refuse_size(what, given == nullptr, size, least);
  Struct known = {};
  std::memcpy(&known, given, std::min(size, sizeof known));
  return known;
}

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

// Dtypes that this build doesn't know become the note "dtype"; numbers that no device has are taken
// as unknown and become the note "implausible". An internal Error for what breaks the contract: a
// short struct, null pointers, an ordinal that can't be part of a case name.
[[nodiscard]] DeviceInfo device_info_from(const assay_device_info* info);

// What a plugin says as one line of printable UTF-8, at most 4096 bytes; null is "". Nothing in it
// controls a terminal or turns the direction of writing.
[[nodiscard]] std::string one_line(const char* text);
// The same for logs: lines stay lines, at most 64 KiB.
[[nodiscard]] std::string printable_lines(const char* text);

}  // namespace assay::plugin
