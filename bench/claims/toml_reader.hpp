// A TOML table read field by field, with errors that name file and line, and nothing left over.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace assay {

class TomlReader {
 public:
  // `what` names the table in messages: "[statement]".
  TomlReader(const std::string& path, const toml::table& table, std::string what)
      : path_(path), table_(table), what_(std::move(what)) {}

  [[nodiscard]] int line() const { return line_of(table_); }
  [[nodiscard]] bool has(const std::string& key) const { return table_.contains(key); }

  // Error(file) where it is missing, empty or of another type.
  [[nodiscard]] std::string text(const std::string& key);
  // The same, but `otherwise` where it is missing.
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise);
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);  // empty if missing
  [[nodiscard]] double number(const std::string& key, double otherwise);
  [[nodiscard]] std::vector<double> numbers(const std::string& key);  // empty if missing
  [[nodiscard]] int whole(const std::string& key, int otherwise);
  [[nodiscard]] bool flag(const std::string& key);
  // [key], or [[key]]; nothing happens where it is missing.
  void each(const std::string& key, const std::function<void(TomlReader&)>& use);
  // The tables below [key]: [key.NAME].
  void named(const std::string& key,
             const std::function<void(const std::string&, TomlReader&)>& use);

  // Error(file) for a key that nobody asked for.
  void finish() const;

  [[noreturn]] void refuse(const std::string& message) const { refuse_at(line(), message); }
  [[noreturn]] void refuse(const std::string& key, const std::string& message) const;

 private:
  static int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }
  [[noreturn]] void refuse_at(int line, const std::string& message) const;
  const toml::node* find(const std::string& key);
  [[nodiscard]] double positive(const std::string& key, const toml::node& node) const;

  const std::string& path_;
  const toml::table& table_;
  std::string what_;
  std::set<std::string> asked_;
};

}  // namespace assay
