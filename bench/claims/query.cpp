#include "bench/claims/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::pair<std::string_view, CaseQuery::Operator>, 4> operators = {{
    {"!=", CaseQuery::Operator::is_not},
    {">=", CaseQuery::Operator::at_least},
    {"<=", CaseQuery::Operator::at_most},
    {"=", CaseQuery::Operator::is},
}};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

bool number(std::string_view text, double& into) {
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc{} && stop == text.data() + text.size();
}

CaseQuery::Term parse_term(const std::string& word) {
  for (const auto& [sign, op] : operators) {
    const std::size_t at = word.find(sign);
    if (at == std::string::npos || at == 0 || at + sign.size() == word.size()) continue;
    CaseQuery::Term term{word.substr(0, at), op, split(word.substr(at + sign.size()))};
    double value = 0;
    const bool ordered = op == CaseQuery::Operator::at_least || op == CaseQuery::Operator::at_most;
    if (ordered && (term.values.size() != 1 || !number(term.values.front(), value))) {
      throw usage_error("'" + word + "' in a query needs one number");
    }
    return term;
  }
  throw usage_error("'" + word + "' in a query must be key=values, key!=values, key>=n or key<=n");
}

void check_kernel(const std::string& word) {
  if (find_kernel(word) != nullptr) return;
  std::vector<std::string_view> known;
  for (const Kernel& kernel : kernels()) known.push_back(kernel.name);
  throw usage_error(unknown_word("kernel", word, known));
}

// At least one of the kernels must have the key, and take the values.
void check_term(const CaseQuery& query, const CaseQuery::Term& term) {
  std::vector<std::string_view> known;
  for (const std::string& word : query.kernels) {
    for (const Key& key : find_kernel(word)->keys) {
      known.push_back(key.name);
      if (key.name != term.key) continue;
      for (const std::string& value : term.values) {
        double parsed = 0;
        if (key.type == Key::Type::word) {
          check_value(key, value);
        } else if (!number(value, parsed)) {
          throw usage_error("'" + value + "' in a query must be a number: " + term.key);
        }
      }
      return;
    }
  }
  throw usage_error(unknown_word("key", term.key, known));
}

bool holds(const CaseQuery::Term& term, const std::string& value) {
  const bool among = std::ranges::find(term.values, value) != term.values.end();
  double have = 0;
  double wanted = 0;
  switch (term.op) {
    case CaseQuery::Operator::is:
      return among;
    case CaseQuery::Operator::is_not:
      return !among;
    case CaseQuery::Operator::at_least:
      return number(value, have) && number(term.values.front(), wanted) && have >= wanted;
    case CaseQuery::Operator::at_most:
      return number(value, have) && number(term.values.front(), wanted) && have <= wanted;
  }
  return false;
}

}  // namespace

std::string key_text(const Problem& problem, std::string_view key) {
  for (const auto& [name, value] : problem.integers) {
    if (name == key) return std::to_string(value);
  }
  for (const auto& [name, value] : problem.words) {
    if (name == key) return value;
  }
  return {};
}

bool CaseQuery::matches(const Problem& problem) const {
  return std::ranges::find(kernels, problem.kernel) != kernels.end() &&
         std::ranges::all_of(
             terms, [&](const Term& term) { return holds(term, key_text(problem, term.key)); });
}

CaseQuery parse_case_query(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string word;
  if (!(in >> word)) throw usage_error("a query must begin with a kernel");
  CaseQuery query;
  query.kernels = split(word);
  for (const std::string& kernel : query.kernels) check_kernel(kernel);
  while (in >> word) {
    query.terms.push_back(parse_term(word));
    check_term(query, query.terms.back());
  }
  return query;
}

bool CaseQuery::has_key(std::string_view key) const {
  return std::ranges::any_of(kernels, [&](const std::string& kernel) {
    return std::ranges::find(find_kernel(kernel)->keys, key, &Key::name) !=
           find_kernel(kernel)->keys.end();
  });
}

std::string text(const CaseQuery& query) {
  std::string result;
  for (const std::string& kernel : query.kernels) result += (result.empty() ? "" : ",") + kernel;
  for (const CaseQuery::Term& term : query.terms) {
    result += " " + term.key;
    for (const auto& [sign, op] : operators) {
      if (op == term.op) result += sign;
    }
    for (std::size_t i = 0; i < term.values.size(); ++i) {
      result += (i == 0 ? "" : ",") + term.values[i];
    }
  }
  return result;
}

}  // namespace assay
