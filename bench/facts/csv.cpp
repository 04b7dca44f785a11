#include "bench/facts/csv.hpp"

#include "kernels/error.hpp"

namespace assay {
namespace {

class Reader {
 public:
  Reader(const std::string& path, std::string_view text) : path_(path), rest_(text) {}

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> result;
    while (!rest_.empty()) {
      CsvRow row{line_, {}};
      do {
        row.fields.push_back(field());
      } while (take(','));
      end_line();
      if (row.fields.size() > 1 || !row.fields.front().empty()) result.push_back(std::move(row));
    }
    return result;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    if (c == '\n') ++line_;
    return true;
  }

  [[noreturn]] void refuse(int line, const std::string& message) const {
    throw Error(Error::Kind::file, path_ + ":" + std::to_string(line) + ": " + message);
  }

  void end_line() {
    take('\r');
    if (!rest_.empty() && !take('\n')) refuse(line_, "text after a quoted field");
  }

  std::string field() {
    std::string text;
    if (!take('"')) {
      const std::size_t end = rest_.find_first_of(",\r\n");
      text = rest_.substr(0, end);
      rest_.remove_prefix(text.size());
      return text;
    }
    const int begin = line_;
    for (;;) {
      if (rest_.empty()) refuse(begin, "a quoted field that isn't closed");
      const char c = rest_.front();
      take(c);
      if (c == '"' && !take('"')) return text;
      text += c;
    }
  }

  const std::string& path_;
  std::string_view rest_;
  int line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(const std::string& path, std::string_view text) {
  return Reader(path, text).rows();
}

}  // namespace assay
