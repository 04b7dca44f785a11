#include "bench/claims/toml_reader.hpp"

#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {

void TomlReader::refuse_at(int line, const std::string& message) const {
  throw Error(Error::Kind::file, path_ + ":" + std::to_string(line) + ": " + message);
}

void TomlReader::refuse(const std::string& key, const std::string& message) const {
  const toml::node* node = table_.get(key);
  refuse_at(node == nullptr ? line() : line_of(*node), message);
}

const toml::node* TomlReader::find(const std::string& key) {
  asked_.insert(key);
  return table_.get(key);
}

std::string TomlReader::text(const std::string& key) {
  if (find(key) == nullptr) refuse(what_ + " needs '" + key + "'");
  return text(key, "");
}

std::string TomlReader::text(const std::string& key, const std::string& otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  const auto value = node->value_exact<std::string>();
  if (!value || value->empty()) refuse(key, "'" + key + "' must be a text that isn't empty");
  return *value;
}

std::vector<std::string> TomlReader::texts(const std::string& key) {
  std::vector<std::string> result;
  const toml::node* node = find(key);
  if (node == nullptr) return result;
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(key, "'" + key + "' must be a list of texts");
  for (const toml::node& element : *array) {
    const auto value = element.value_exact<std::string>();
    if (!value || value->empty()) refuse(key, "'" + key + "' must be a list of texts");
    result.push_back(*value);
  }
  return result;
}

double TomlReader::number(const std::string& key, double otherwise) {
  const toml::node* node = find(key);
  return node == nullptr ? otherwise : positive(key, *node);
}

std::vector<double> TomlReader::numbers(const std::string& key) {
  std::vector<double> result;
  const toml::node* node = find(key);
  if (node == nullptr) return result;
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(key, "'" + key + "' must be a list of numbers");
  for (const toml::node& element : *array) result.push_back(positive(key, element));
  return result;
}

double TomlReader::positive(const std::string& key, const toml::node& node) const {
  const auto value = node.value<double>();
  if (!node.is_number() || !value || !(*value > 0) || *value > 1e300) {
    refuse(key, "'" + key + "' must be a positive number");
  }
  return *value;
}

int TomlReader::whole(const std::string& key, int otherwise) {
  const toml::node* node = find(key);
  if (node == nullptr) return otherwise;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 1 || *value > 1000) {
    refuse(key, "'" + key + "' must be a whole number from 1 to 1000");
  }
  return static_cast<int>(*value);
}

bool TomlReader::flag(const std::string& key) {
  const toml::node* node = find(key);
  if (node == nullptr) return false;
  const auto value = node->value_exact<bool>();
  if (!value) refuse(key, "'" + key + "' must be true or false");
  return *value;
}

void TomlReader::each(const std::string& key, const std::function<void(TomlReader&)>& use) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  if (const toml::table* table = node->as_table()) {
    TomlReader reader(path_, *table, "[" + key + "]");
    use(reader);
    return;
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(key, "'" + key + "' must be a table");
  for (const toml::node& element : *array) {
    const toml::table* table = element.as_table();
    if (table == nullptr) refuse(key, "'" + key + "' must be tables");
    TomlReader reader(path_, *table, "[[" + key + "]]");
    use(reader);
  }
}

void TomlReader::named(const std::string& key,
                       const std::function<void(const std::string&, TomlReader&)>& use) {
  const toml::node* node = find(key);
  if (node == nullptr) return;
  const toml::table* tables = node->as_table();
  if (tables == nullptr) refuse(key, "'" + key + "' must hold tables");
  for (const auto& [name, value] : *tables) {
    const std::string word(name.str());
    const toml::table* table = value.as_table();
    if (table == nullptr) refuse(key, "'" + key + "." + word + "' must be a table");
    TomlReader reader(path_, *table, "[" + key + "." + word + "]");
    use(word, reader);
  }
}

void TomlReader::finish() const {
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const auto& [key, value] : table_) {
    if (asked_.contains(std::string(key.str()))) continue;
    refuse_at(line_of(value), unknown_word("key of " + what_, key.str(), known));
  }
}

}  // namespace assay
