#include "backends/plugin/convert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "kernels/error.hpp"

namespace assay::plugin {
namespace {

constexpr std::array role_names = {std::string_view("activation"), std::string_view("weight"),
                                   std::string_view("kv_cache"), std::string_view("output")};

// More than any real problem or device has: beyond this a count is garbage.
constexpr std::uint64_t most_entries = 4096;

Error broken(const std::string& what) { return {Error::Kind::internal, what}; }

template <class T>
std::span<T> array(T* data, std::uint64_t count, const char* what) {
  if (count > most_entries || (count > 0 && data == nullptr)) {
    throw broken(std::string(what) + " is not an array: " + std::to_string(count) + " entries" +
                 (data == nullptr ? " at null" : ""));
  }
  return {data, static_cast<std::size_t>(count)};
}

const char* required(const char* text, const char* what) {
  if (text == nullptr) throw broken(std::string(what) + " is null");
  return text;
}

// What version 1 of the contract began with; what is appended later isn't counted.
template <class Last>
constexpr std::size_t end_of(std::size_t offset) {
  return offset + sizeof(Last);
}
constexpr std::size_t least_tensor = end_of<std::uint64_t>(offsetof(assay_tensor, bytes));
constexpr std::size_t least_problem = end_of<std::uint64_t>(offsetof(assay_problem, tensor_count));
constexpr std::size_t least_info = end_of<std::uint64_t>(offsetof(assay_device_info, note_count));

TensorSpec tensor_from(const assay_tensor* given) {
  const assay_tensor tensor = covered(given, least_tensor, "assay_tensor");
  TensorSpec spec;
  spec.name = required(tensor.name, "the name of a tensor");
  const auto shape = array(tensor.shape, tensor.rank, "the shape of a tensor");
  spec.shape.assign(shape.begin(), shape.end());
  const std::string_view dtype = required(tensor.dtype, "the dtype of a tensor");
  const auto parsed = parse_dtype(dtype);
  if (!parsed) throw Error(Error::Kind::device, "unknown dtype '" + std::string(dtype) + "'");
  spec.dtype = *parsed;
  const std::string_view role = required(tensor.role, "the role of a tensor");
  const auto found = std::ranges::find(role_names, role);
  if (found == role_names.end()) {
    throw Error(Error::Kind::device, "unknown role '" + std::string(role) + "'");
  }
  spec.role = static_cast<Role>(found - role_names.begin());
  if (spec.bytes() != tensor.bytes) {
    throw broken("tensor " + spec.name + " has " + std::to_string(tensor.bytes) +
                 " bytes, its shape says " + std::to_string(spec.bytes()));
  }
  return spec;
}

// More than any device has, and little enough that no product of it with a size overflows.
constexpr std::int64_t most_units = std::int64_t{1} << 16U;
constexpr std::int64_t most_memory = std::int64_t{1} << 50U;
constexpr std::int64_t most_cache = std::int64_t{1} << 40U;

bool ordinal_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';
}

// Bytes of the UTF-8 sequence at the front of `text`; 0 if it is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (length == 3 && ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) >= 0xa0))) {
    return 0;
  }
  if (length == 4 && ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) >= 0x90))) {
    return 0;
  }
  return length;
}

// Code points that move the cursor, end a line or turn the direction of writing.
bool controls(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (sequence.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;  // U+0080 to U+009F
  if (sequence.size() != 3 || byte(0) != 0xe2) return false;
  // U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069.
  if (byte(1) == 0x80)
    return byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae);
  return byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
}

std::string printable(const char* text, std::size_t longest, bool lines) {
  if (text == nullptr) return {};
  std::size_t size = 0;
  while (size < longest && text[size] != '\0') ++size;
  std::string_view rest(text, size);
  std::string result;
  while (!rest.empty()) {
    const std::size_t length = sequence_length(rest);
    const std::string_view sequence = rest.substr(0, std::max<std::size_t>(length, 1));
    const bool kept = lines && (sequence == "\n" || sequence == "\t");
    if (length == 0) {
      result += '?';
    } else if (controls(sequence) && !kept) {
      result += ' ';
    } else {
      result += sequence;
    }
    rest.remove_prefix(sequence.size());
  }
  return result;
}

}  // namespace

void refuse_size(const char* what, bool null, std::size_t size, std::size_t least) {
  if (null) throw broken(std::string(what) + " is null");
  throw broken(std::string(what) + " has " + std::to_string(size) + " bytes, needed are " +
               std::to_string(least));
}

ProblemView::ProblemView(const Problem& problem) : view_{} {
  for (const auto& [key, value] : problem.integers) integers_.push_back({key.c_str(), value});
  for (const auto& [key, value] : problem.words) words_.push_back({key.c_str(), value.c_str()});
  tensors_.reserve(problem.tensors.size());
  for (const TensorSpec& spec : problem.tensors) {
    // Names of dtypes and roles are literals, so they end with 0.
    const char* const dtype = name(spec.dtype).data();
    const char* const role = role_names[static_cast<std::size_t>(spec.role)].data();
    tensors_.push_back({sizeof(assay_tensor), spec.name.c_str(), dtype, role, spec.shape.data(),
                        spec.shape.size(), spec.bytes()});
  }
  for (const assay_tensor& tensor : tensors_) pointers_.push_back(&tensor);
  view_ = {sizeof(assay_problem), problem.kernel.c_str(), integers_.data(), integers_.size(),
           words_.data(),         words_.size(),          pointers_.data(), pointers_.size()};
}

Problem problem_from(const assay_problem& described) {
  const assay_problem given = covered(&described, least_problem, "assay_problem");
  Problem problem;
  problem.kernel = required(given.kernel, "the kernel of a problem");
  for (const assay_integer& each : array(given.integers, given.integer_count, "integers")) {
    problem.integers.emplace_back(required(each.key, "the key of an integer"), each.value);
  }
  for (const assay_word& each : array(given.words, given.word_count, "words")) {
    problem.words.emplace_back(required(each.key, "the key of a word"),
                               required(each.value, "the value of a word"));
  }
  for (const assay_tensor* each : array(given.tensors, given.tensor_count, "tensors")) {
    problem.tensors.push_back(tensor_from(each));
  }
  if (problem.tensors.empty()) throw broken("a problem without tensors");
  return problem;
}

Lines::Lines(std::vector<std::string> lines) : lines_(std::move(lines)) {
  for (const std::string& line : lines_) pointers_.push_back(line.c_str());
}

DeviceInfoView::DeviceInfoView(const DeviceInfo& info) : view_{} {
  for (const DType dtype : info.dtypes) dtypes_.push_back(name(dtype).data());
  for (const auto& [key, value] : info.notes) notes_.push_back({key.c_str(), value.c_str()});
  view_.size = sizeof view_;
  view_.ordinal = info.ordinal.c_str();
  view_.name = info.name.c_str();
  view_.vendor = info.vendor.c_str();
  view_.hardware = info.hardware.c_str();
  view_.platform = info.platform.c_str();
  view_.driver = info.driver.c_str();
  view_.isa = info.isa.c_str();
  view_.software = info.software ? 1 : 0;
  view_.cpu = info.cpu ? 1 : 0;
  view_.compute_units = info.compute_units;
  view_.memory_bytes = info.memory_bytes;
  view_.max_allocation_bytes = info.max_allocation_bytes;
  view_.cache_bytes = info.cache_bytes;
  view_.dtypes = dtypes_.data();
  view_.dtype_count = dtypes_.size();
  view_.notes = notes_.data();
  view_.note_count = notes_.size();
}

DeviceInfo device_info_from(const assay_device_info* described) {
  const assay_device_info given = covered(described, least_info, "assay_device_info");
  DeviceInfo info;
  info.ordinal = one_line(required(given.ordinal, "the ordinal of a device"));
  if (info.ordinal.empty() || info.ordinal.size() > 64 ||
      !std::ranges::all_of(info.ordinal, ordinal_character)) {
    throw broken("the ordinal of a device is '" + info.ordinal +
                 "', it must be letters, digits and dots");
  }
  info.name = one_line(required(given.name, "the name of a device"));
  info.vendor = one_line(given.vendor);
  info.hardware = one_line(given.hardware);
  info.platform = one_line(given.platform);
  info.driver = one_line(given.driver);
  info.isa = one_line(given.isa);
  info.software = given.software != 0;
  info.cpu = given.cpu != 0;
  const auto number = [&](const char* what, std::int64_t value, std::int64_t most) {
    if (value >= 0 && value <= most) return value;
    info.notes.emplace_back("implausible", std::string(what) + " " + std::to_string(value));
    return std::int64_t{0};
  };
  info.compute_units = number("compute_units", given.compute_units, most_units);
  info.memory_bytes = number("memory_bytes", given.memory_bytes, most_memory);
  info.max_allocation_bytes =
      number("max_allocation_bytes", given.max_allocation_bytes, most_memory);
  info.cache_bytes = number("cache_bytes", given.cache_bytes, most_cache);
  for (const char* each : array(given.dtypes, given.dtype_count, "dtypes")) {
    const std::string word = one_line(required(each, "a dtype"));
    if (const auto dtype = parse_dtype(word)) {
      info.dtypes.push_back(*dtype);
    } else {
      info.notes.emplace_back("dtype", word);
    }
  }
  for (const assay_word& each : array(given.notes, given.note_count, "notes")) {
    info.notes.emplace_back(one_line(each.key), one_line(each.value));
  }
  return info;
}

std::string one_line(const char* text) { return printable(text, 4096, false); }

std::string printable_lines(const char* text) {
  return printable(text, std::size_t{64} << 10U, true);
}

}  // namespace assay::plugin
