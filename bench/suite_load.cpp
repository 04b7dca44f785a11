#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bench/suite.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20U;

std::vector<std::string_view> built_in_names() {
  std::vector<std::string_view> names;
  for (const BuiltInSuite& suite : built_in_suites()) names.push_back(suite.name);
  return names;
}

std::string read_suite_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) {
    text.resize(most_bytes + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  }
  if (!in && !in.eof()) {
    const bool absent = errno == ENOENT;
    const std::string reason = std::strerror(errno);
    const std::string stem = std::filesystem::path(path).stem().string();
    const std::string_view near = absent ? nearest(stem, built_in_names()) : std::string_view();
    throw Error(Error::Kind::file,
                "can't read suite '" + path + "': " + reason +
                    (near.empty() ? "" : "; did you mean '" + std::string(near) + "'?"));
  }
  if (text.size() > most_bytes) {
    throw Error(Error::Kind::file, "suite '" + path + "' is larger than 1 MiB");
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string::npos) {
    throw Error(Error::Kind::file,
                "suite '" + path + "' is no text: byte " + std::to_string(zero) + " of it is zero");
  }
  return text;
}

}  // namespace

Suite load_suite(const std::string& name_or_file, const SelectorCheck& check_selector) {
  for (const BuiltInSuite& suite : built_in_suites()) {
    if (suite.name == name_or_file) {
      Suite parsed = parse_suite(name_or_file + ".suite", suite.text);
      parsed.name = name_or_file;
      return parsed;
    }
  }
  std::error_code code;
  const bool file = name_or_file.find('/') != std::string::npos ||
                    name_or_file.ends_with(".suite") ||
                    std::filesystem::is_regular_file(name_or_file, code);
  if (!file) {
    throw usage_error(unknown_word("suite", name_or_file, built_in_names()));
  }
  Suite suite = parse_suite(name_or_file, read_suite_file(name_or_file), check_selector);
  if (suite.cases.empty()) throw usage_error("suite '" + name_or_file + "' has no cases");
  return suite;
}

}  // namespace assay
