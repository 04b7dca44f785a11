#include "bench/npy.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 65536;

[[noreturn]] void fail(const std::string& message) { throw Error(Error::Kind::file, message); }

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "<f4";
    case DType::f16:
      return "<f2";
    case DType::bf16:
      return "<u2";
    case DType::s32:
      return "<i4";
    case DType::s8:
      return "|i1";
    case DType::u8:
    case DType::s4:
    case DType::u4:
      return "|u1";
  }
  return "";
}

bool descr_fits(std::string_view descr, DType dtype) {
  if (descr == descr_of(dtype)) return true;
  if (bits(dtype) <= 8) return descr.size() == 3 && descr.substr(1) == descr_of(dtype).substr(1);
  return dtype == DType::bf16 && (descr == "<V2" || descr == "|V2");
}

std::vector<std::int64_t> stored_shape(const TensorSpec& spec) {
  std::vector<std::int64_t> shape = spec.shape;
  if (bits(spec.dtype) != 4) return shape;
  // Rows of an odd length don't begin at bytes.
  if (shape.back() % 2 != 0) return {static_cast<std::int64_t>(spec.bytes())};
  shape.back() /= 2;
  return shape;
}

// As Python writes a tuple: (), (3,), (3, 4).
std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

// Reads the header's Python dict: quoted strings, True, False and tuples of integers.
class DictReader {
 public:
  explicit DictReader(std::string_view text) : text_(text) {}

  NpyHeader read() {
    NpyHeader header;
    bool descr = false;
    bool order = false;
    bool shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        header.descr = quoted();
        descr = true;
      } else if (key == "fortran_order" && !order) {
        header.fortran_order = boolean();
        order = true;
      } else if (key == "shape" && !shape) {
        header.shape = tuple();
        shape = true;
      } else {
        fail("bad header: unexpected key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) fail("bad header: text after the dict");
    if (!descr || !order || !shape) fail("bad header: needs descr, fortran_order and shape");
    return header;
  }

 private:
  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n'))
      text_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("bad header: no '") + c + "' where it belongs");
  }
  std::string quoted() {
    skip_space();
    const char quote = text_.empty() ? '\0' : text_.front();
    if (quote == '[') fail("is a structured array; a plain one is needed");
    if (quote != '\'' && quote != '"') fail("bad header: no quoted text where it belongs");
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos || end > 100) fail("bad header: a quote doesn't end");
    std::string result(text_.substr(1, end - 1));
    std::ranges::replace_if(result, [](unsigned char c) { return std::isprint(c) == 0; }, '?');
    text_.remove_prefix(end + 1);
    return result;
  }
  bool boolean() {
    skip_space();
    for (const auto& [word, value] :
         {std::pair{std::string_view("True"), true}, std::pair{std::string_view("False"), false}}) {
      if (text_.starts_with(word)) {
        text_.remove_prefix(word.size());
        return value;
      }
    }
    fail("bad header: fortran_order is neither True nor False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t value = 0;
      const auto [stop, code] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (code != std::errc{} || value < 0) fail("bad header: shape is no tuple of sizes");
      text_.remove_prefix(static_cast<std::size_t>(stop - text_.data()));
      values.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  std::string_view text_;
};

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8U | std::to_integer<unsigned>(bytes[i]);
  return value;
}

void check_header(const NpyHeader& header, const TensorSpec& spec) {
  const std::string wanted = "tensor " + spec.name + " (" + std::string(name(spec.dtype)) + ") ";
  if (!descr_fits(header.descr, spec.dtype)) {
    const bool swapped =
        header.descr.starts_with('>') && descr_of(spec.dtype).ends_with(header.descr.substr(1));
    fail(std::string(swapped ? "is big-endian: " : "") + "dtype is '" + header.descr + "', " +
         wanted + "needs '" + std::string(descr_of(spec.dtype)) + "'");
  }
  const std::vector<std::int64_t> shape = stored_shape(spec);
  if (header.shape != shape) {
    fail("shape is " + shape_text(header.shape) + ", " + wanted + "needs " + shape_text(shape));
  }
  if (header.fortran_order && std::ranges::count_if(shape, [](auto e) { return e > 1; }) > 1) {
    fail("is in Fortran order, " + wanted + "needs C order: numpy.ascontiguousarray");
  }
}

void read_checked(std::ifstream& in, const TensorSpec& spec, std::span<std::byte> data) {
  std::vector<std::byte> start(longest_header + 12);
  in.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  const NpyHeader header = parse_npy_header(start);
  check_header(header, spec);
  in.clear();
  in.seekg(static_cast<std::streamoff>(header.data_offset));
  in.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
  if (const auto got = static_cast<std::size_t>(in.gcount()); got < data.size()) {
    fail("is truncated: " + std::to_string(got) + " of " + std::to_string(data.size()) +
         " bytes of data");
  }
  if (in.peek() != std::ifstream::traits_type::eof()) {
    fail("has more than the " + std::to_string(data.size()) + " bytes of data that it should");
  }
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> start) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (!text.starts_with(magic)) fail("is no .npy file: it doesn't start with \\x93NUMPY");
  if (text.size() < 8) fail("is truncated in its header");
  const auto version = std::to_integer<unsigned>(start[6]);
  if (version < 1 || version > 3) {
    fail("has format version " + std::to_string(version) + "; 1 to 3 are known");
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (text.size() < 8 + length_bytes) fail("is truncated in its header");
  const std::size_t length = little_endian(start.subspan(8, length_bytes));
  if (length > longest_header) fail("bad header: " + std::to_string(length) + " bytes long");
  const std::size_t offset = 8 + length_bytes;
  if (text.size() < offset + length) fail("is truncated in its header");
  NpyHeader header = DictReader(text.substr(offset, length)).read();
  header.data_offset = offset + length;
  return header;
}

void read_npy(const std::filesystem::path& path, const TensorSpec& spec,
              std::span<std::byte> data) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path.string() + ": " + std::strerror(errno));
  try {
    read_checked(in, spec, data);
  } catch (const Error& error) {
    fail(path.string() + ": " + error.what());
  }
}

void write_npy(const std::filesystem::path& path, const TensorSpec& spec,
               std::span<const std::byte> data) {
  std::string dict = "{'descr': '" + std::string(descr_of(spec.dtype)) +
                     "', 'fortran_order': False, 'shape': " + shape_text(stored_shape(spec)) +
                     ", }";
  // Data starts at a multiple of 64 bytes, after a newline.
  dict.append(63 - (10 + dict.size()) % 64, ' ');
  dict += '\n';
  std::string head(magic);
  head += {'\x01', '\x00', static_cast<char>(dict.size() & 0xffU),
           static_cast<char>(dict.size() >> 8U)};
  errno = 0;
  std::filesystem::path part = path;
  part += ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out << head << dict;
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  out.close();
  if (!out || std::rename(part.c_str(), path.c_str()) != 0) {
    const int code = errno;
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    fail("can't write " + path.string() + ": " + std::strerror(code));
  }
}

}  // namespace assay
