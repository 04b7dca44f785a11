#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "bench/claims/claim.hpp"
#include "bench/claims/sha256.hpp"
#include "bench/claims/toml_reader.hpp"
#include "bench/data_files.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 3> class_names = {"measurable", "datasheet", "market"};
constexpr std::array<std::string_view, 7> value_names = {"flops",     "bytes",      "time", "lanes",
                                                         "footprint", "operations", "error"};

template <std::size_t n>
void check_word(const TomlReader& in, const std::string& key, std::string_view word,
                const std::array<std::string_view, n>& known) {
  if (std::ranges::find(known, word) == known.end()) in.refuse(key, unknown_word(key, word, known));
}

FactKey read_fact(TomlReader in, const FactTable& facts) {
  FactKey key;
  key.device = in.text("device");
  key.figure = in.text("figure");
  key.dtype = in.text("dtype", "-");
  key.unit = in.text("unit", "-");
  key.sparsity = in.text("sparsity", "-");
  key.scope = in.text("scope", "package");
  in.finish();
  if (!facts.has_device(key.device)) {
    const std::vector<std::string> devices = facts.devices();
    const std::vector<std::string_view> known(devices.begin(), devices.end());
    in.refuse("device", unknown_word("device", key.device, known));
  }
  if (facts.best(key) == nullptr) {
    in.refuse("no such figure of " + key.device + " in the table of facts: " + key.figure + " " +
              key.dtype + " " + key.unit + " " + key.sparsity + " " + key.scope);
  }
  return key;
}

ClaimSide read_side(TomlReader in, const FactTable& facts) {
  ClaimSide side;
  side.label = in.text("label");
  side.kind = in.text("kind", "");
  if (!side.kind.empty()) {
    check_word(in, "kind", side.kind, std::array<std::string_view, 2>{"gpu", "cpu"});
  }
  side.vendors = in.texts("vendors");
  side.not_vendors = in.texts("not_vendors");
  side.devices = in.texts("devices");
  for (const std::string& device : side.devices) {
    if (!facts.has_device(device)) {
      in.refuse("devices", "no device '" + device + "' in the table of facts");
    }
  }
  in.finish();
  return side;
}

class ClaimReader {
 public:
  ClaimReader(Claim& claim, const FactTable& facts) : claim_(claim), facts_(facts) {}

  void read(TomlReader in) {
    claim_.id = in.text("id");
    const std::string word = in.text("class");
    check_word(in, "class", word, class_names);
    claim_.kind =
        static_cast<ClaimClass>(std::ranges::find(class_names, word) - class_names.begin());
    claim_.names = in.text("names", "");
    require(in, "statement");
    in.each("statement", [&](TomlReader s) {
      claim_.language = s.text("language");
      claim_.original = s.text("original");
      claim_.english = s.text("english");
      s.finish();
    });
    require(in, "source");
    in.each("source", [&](TomlReader s) {
      claim_.document = s.text("document");
      claim_.date = s.text("date");
      s.finish();
    });
    in.named("side", [&](const std::string& name, TomlReader s) {
      claim_.sides.emplace(name, read_side(s, facts_));
    });
    in.each("quantity", [&](TomlReader q) { read_quantity(q); });
    in.each("test", [&](TomlReader t) { read_test(t); });
    in.each("published", [&](TomlReader p) { read_published(p); });
    in.each("datasheet", [&](TomlReader d) { read_datasheet(d); });
    in.each("quote", [&](TomlReader q) { read_quote(q); });
    in.each("decide", [&](TomlReader d) { read_decision(d); });
    in.finish();
    check_class(in);
    order_quantities();
  }

 private:
  static void require(const TomlReader& in, const std::string& table) {
    if (!in.has(table)) in.refuse("a claim needs [" + table + "]");
  }

  void check_side(const TomlReader& in, const std::string& key, const std::string& word) const {
    if (claim_.sides.contains(word)) return;
    std::vector<std::string_view> known;
    for (const auto& [name, side] : claim_.sides) known.push_back(name);
    in.refuse(key, unknown_word("side", word, known));
  }

  void read_quantity(TomlReader in) {
    ClaimQuantity q;
    q.line = in.line();
    q.name = in.text("name");
    if (claim_.find(q.name) != nullptr) in.refuse("a second quantity '" + q.name + "'");
    const std::string word = in.text("measure");
    const auto measure = parse_measure(word);
    if (!measure) in.refuse("measure", unknown_word("measure", word, measure_names()));
    q.measure = *measure;
    if (q.measure == MeasureKind::ratio) {
      q.of = in.texts("of");
      if (q.of.size() != 2) in.refuse("a ratio is 'of' two quantities");
      q.same_device = in.flag("same_device");
    } else if (q.measure == MeasureKind::fact || q.measure == MeasureKind::days) {
      if (!in.has("fact")) in.refuse("measure '" + word + "' needs 'fact'");
      in.each("fact", [&](TomlReader f) { q.fact = read_fact(f, facts_); });
    } else {
      read_measurement(in, q);
    }
    in.finish();
    claim_.quantities.push_back(std::move(q));
  }

  void read_measurement(TomlReader& in, ClaimQuantity& q) {
    q.side = in.text("side");
    check_side(in, "side", q.side);
    if (q.measure == MeasureKind::memory) return;
    if (q.measure == MeasureKind::tokens) {
      q.model = in.text("model");
      q.weights = in.text("weights");
      return;
    }
    try {
      q.cases = parse_case_query(in.text("cases"));
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::usage) throw;
      in.refuse("cases", error.what());
    }
    q.split = in.text("split", "");
    q.value = in.text("value", "flops");
    check_word(in, "value", q.value, value_names);
    if (q.measure == MeasureKind::suite) {
      q.other = in.text("other");
      check_side(in, "other", q.other);
    }
    if (q.measure == MeasureKind::scaling) q.key = in.text("key");
    if (q.measure == MeasureKind::native) {
      q.portable = in.texts("portable");
      if (q.portable.empty()) in.refuse("measure 'native' needs 'portable', a list of backends");
    }
    if (q.measure == MeasureKind::variant) {
      q.key = in.text("key");
      q.to = in.texts("to");
      if (q.to.empty()) in.refuse("measure 'variant' needs 'to', a list of values");
      q.from = q.value == "error" ? "" : in.text("from");
    }
  }

  std::optional<Condition> read_condition(TomlReader& in, const std::string& key) {
    if (!in.has(key)) return std::nullopt;
    const std::string word = in.text(key);
    const auto condition = parse_condition(word);
    if (!condition) {
      in.refuse(key, "'" + word +
                         "' must be like \"low >= 0.8\": low, high or value; >=, >, <= or "
                         "<; a number");
    }
    return condition;
  }

  void read_test(TomlReader in) {
    ClaimTest test;
    test.name = in.text("name");
    test.quantity = in.text("quantity");
    test.veto = in.flag("veto");
    test.times = in.number("times", 0);
    if (test.times > 0) {
      if (!in.has("band")) in.refuse("an equality needs its margin, 'band'");
      test.band = in.number("band", 1.1);
      if (test.band <= 1) in.refuse("band", "'band' must be above 1");
    } else {
      test.support = read_condition(in, "support");
      test.refute = read_condition(in, "refute");
      if (!test.support || !test.refute) {
        in.refuse(
            "a test needs both of its margins, 'support' and 'refute' (or 'times' and 'band')");
      }
    }
    in.finish();
    lines_[test.name] = in.line();
    claim_.tests.push_back(std::move(test));
  }

  void read_published(TomlReader in) {
    Published p;
    p.name = in.text("name");
    p.text = in.text("text");
    p.source = in.text("source");
    p.date = in.text("date");
    p.verdict = in.text("verdict", "");
    p.measurement = in.flag("measurement");
    if (!p.verdict.empty()) {
      check_word(in, "verdict", p.verdict, std::array<std::string_view, 2>{"supported", "refuted"});
      if (claim_.kind == ClaimClass::measurable) {
        in.refuse("verdict", "only measurements decide a measurable claim");
      }
    }
    in.finish();
    claim_.published.push_back(std::move(p));
  }

  void read_datasheet(TomlReader in) {
    DatasheetRatio ratio;
    ratio.name = in.text("name");
    for (const auto& [key, into] : {std::pair<const char*, FactKey*>{"over", &ratio.over},
                                    std::pair<const char*, FactKey*>{"under", &ratio.under}}) {
      if (!in.has(key)) in.refuse("[[datasheet]] needs '" + std::string(key) + "'");
      in.each(key, [&, into = into](TomlReader f) { *into = read_fact(f, facts_); });
    }
    in.finish();
    claim_.datasheet.push_back(std::move(ratio));
  }

  void read_quote(TomlReader in) {
    ClaimQuote quote{in.text("word"), in.number("value", 0), in.text("figure"), in.text("over"),
                     in.text("under")};
    if (quote.value == 0) in.refuse("[quote] needs 'value'");
    for (const std::string* device : {&quote.over, &quote.under}) {
      if (!facts_.has_device(*device)) in.refuse("no device '" + *device + "'");
    }
    in.finish();
    claim_.quote = std::move(quote);
  }

  void read_decision(TomlReader in) {
    claim_.tests_needed = {in.whole("tests_support", 0), in.whole("tests_refute", 0)};
    claim_.devices_needed = {in.whole("devices_support", 0), in.whole("devices_refute", 0)};
    claim_.least_vendors = in.whole("least_vendors", 1);
    claim_.absent = in.text("absent", "");
    claim_.notes = in.texts("notes");
    in.finish();
  }

  void check_class(const TomlReader& in) const {
    if (claim_.kind == ClaimClass::market && !(claim_.tests.empty() && claim_.published.empty())) {
      in.refuse("a market fact has no tests: no number of a benchmark stands beside it");
    }
    if (claim_.kind == ClaimClass::measurable && claim_.tests.empty()) {
      in.refuse("a measurable claim needs a [[test]]");
    }
    const auto paper = [](const ClaimQuantity& q) {
      return q.measure == MeasureKind::fact || q.measure == MeasureKind::days ||
             q.measure == MeasureKind::ratio;
    };
    for (const ClaimQuantity& q : claim_.quantities) {
      if (claim_.kind == ClaimClass::datasheet && !paper(q)) {
        in.refuse("a datasheet claim is decided by facts; '" + q.name + "' is measured");
      }
    }
  }

  // Each after those it is made of; what is unknown, or made of itself, has no place.
  void order_quantities() {
    std::vector<ClaimQuantity> ordered;
    std::map<std::string, int> state;  // 1: being placed, 2: placed
    const std::function<void(const ClaimQuantity&)> place = [&](const ClaimQuantity& q) {
      int& s = state[q.name];
      if (s == 2) return;
      if (s == 1) refuse_at(q.line, "quantity '" + q.name + "' is made of itself");
      s = 1;
      for (const std::string& part : q.of) {
        const ClaimQuantity* found = claim_.find(part);
        if (found == nullptr) refuse_at(q.line, unknown_quantity(part));
        place(*found);
      }
      state[q.name] = 2;
      ordered.push_back(q);
    };
    for (const ClaimQuantity& q : claim_.quantities) place(q);
    for (const ClaimTest& test : claim_.tests) {
      if (claim_.find(test.quantity) == nullptr) {
        refuse_at(lines_.at(test.name), unknown_quantity(test.quantity));
      }
    }
    claim_.quantities = std::move(ordered);
  }

  [[nodiscard]] std::string unknown_quantity(const std::string& word) const {
    std::vector<std::string_view> known;
    for (const ClaimQuantity& q : claim_.quantities) known.push_back(q.name);
    return unknown_word("quantity", word, known);
  }
  [[noreturn]] void refuse_at(int line, const std::string& message) const {
    throw Error(Error::Kind::file, claim_.path + ":" + std::to_string(line) + ": " + message);
  }

  Claim& claim_;
  const FactTable& facts_;
  std::map<std::string, int> lines_;  // of tests
};

void check_ids(const std::vector<Claim>& claims) {
  std::map<std::string, std::string> seen;
  for (const Claim& claim : claims) {
    const auto [found, added] = seen.try_emplace(claim.id, claim.path);
    if (!added) {
      throw Error(Error::Kind::file,
                  claim.path + ": '" + claim.id + "' is also the claim of " + found->second);
    }
  }
}

}  // namespace

Claim parse_claim(const std::string& path, std::string_view text, const FactTable& facts) {
  Claim claim;
  claim.path = path;
  claim.sha256 = sha256(text);
  try {
    const toml::table table = toml::parse(text, path);
    ClaimReader(claim, facts).read(TomlReader(path, table, "a claim"));
  } catch (const toml::parse_error& error) {
    throw Error(Error::Kind::file, path + ":" + std::to_string(error.source().begin.line) + ": " +
                                       std::string(error.description()));
  }
  return claim;
}

std::vector<Claim> built_in_claims(const FactTable& facts) {
  std::vector<Claim> claims;
  for (const BuiltInFile& file : built_in_files()) {
    if (!file.path.ends_with(".toml")) continue;
    claims.push_back(parse_claim(std::string(file.path), file.text, facts));
  }
  check_ids(claims);
  return claims;
}

std::vector<Claim> read_claims(const std::string& path, const FactTable& facts) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code code;
  if (fs::is_directory(path, code)) {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
    }
    if (paths.empty()) throw Error(Error::Kind::file, path + ": no claims (*.toml) in this folder");
    std::ranges::sort(paths);
  } else {
    paths.push_back(path);
  }
  std::vector<Claim> claims;
  for (const std::string& each : paths) {
    claims.push_back(parse_claim(each, read_data_file(each), facts));
  }
  check_ids(claims);
  return claims;
}

}  // namespace assay
