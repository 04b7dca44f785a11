#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "bench/claims/claim.hpp"
#include "bench/claims/claim_parts.hpp"
#include "bench/claims/sha256.hpp"
#include "bench/claims/toml_reader.hpp"
#include "bench/data_files.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 3> class_names = {"measurable", "datasheet", "market"};

class ClaimReader {
 public:
  ClaimReader(Claim& claim, const FactTable& facts) : claim_(claim), facts_(facts) {}

  void read(TomlReader& in) {
    claim_.id = in.text("id");
    const std::string word = in.text("class");
    check_word(in, "class", word, class_names);
    claim_.kind =
        static_cast<ClaimClass>(std::ranges::find(class_names, word) - class_names.begin());
    claim_.names = in.text("names", "");
    require(in, "statement");
    in.each("statement", [&](TomlReader& s) {
      claim_.language = s.text("language");
      claim_.original = s.text("original");
      claim_.english = s.text("english");
      s.finish();
    });
    require(in, "source");
    in.each("source", [&](TomlReader& s) {
      claim_.document = s.text("document");
      claim_.date = s.text("date");
      if (!is_date(claim_.date)) {
        s.refuse("date", "'" + claim_.date + "' is no date: YYYY, YYYY-MM or YYYY-MM-DD");
      }
      s.finish();
    });
    in.named("side", [&](const std::string& name, TomlReader& s) {
      claim_.sides.emplace(name, read_side(s, facts_));
    });
    in.each("quantity",
            [&](TomlReader& q) { claim_.quantities.push_back(read_quantity(q, claim_, facts_)); });
    in.each("test", [&](TomlReader& t) {
      ClaimTest test = read_test(t);
      if (!lines_.try_emplace(test.name, t.line()).second) {
        t.refuse("a second test '" + test.name + "'");
      }
      claim_.tests.push_back(std::move(test));
    });
    in.each("shown", [&](TomlReader& s) {
      claim_.shown.push_back({s.text("name"), s.text("quantity")});
      shown_lines_.push_back(s.line());
      s.finish();
    });
    in.each("published", [&](TomlReader& p) { read_published(p); });
    in.each("datasheet", [&](TomlReader& d) { read_datasheet(d); });
    in.each("quote", [&](TomlReader& q) { read_quote(q); });
    in.each("decide", [&](TomlReader& d) { read_decision(d); });
    in.finish();
    check_class(in);
    order_quantities();
  }

 private:
  static void require(const TomlReader& in, const std::string& table) {
    if (!in.has(table)) in.refuse("a claim needs [" + table + "]");
  }

  void read_published(TomlReader& in) {
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

  void read_datasheet(TomlReader& in) {
    DatasheetRatio ratio;
    ratio.name = in.text("name");
    for (const auto& [key, into] : {std::pair<const char*, FactKey*>{"over", &ratio.over},
                                    std::pair<const char*, FactKey*>{"under", &ratio.under}}) {
      if (!in.has(key)) in.refuse("[[datasheet]] needs '" + std::string(key) + "'");
      in.each(key, [&, into = into](TomlReader& f) { *into = read_fact(f, facts_); });
      if (into->figure == "launch_date") in.refuse(key, "dates have no ratio");
    }
    in.finish();
    claim_.datasheet.push_back(std::move(ratio));
  }

  void read_quote(TomlReader& in) {
    ClaimQuote quote{in.text("word"), in.number("value", 0), in.text("figure"), in.text("over"),
                     in.text("under")};
    if (quote.value == 0) in.refuse("[quote] needs 'value'");
    for (const std::string* device : {&quote.over, &quote.under}) {
      if (!facts_.has_device(*device)) in.refuse("no device '" + *device + "'");
    }
    in.finish();
    claim_.quote = std::move(quote);
  }

  void read_decision(TomlReader& in) {
    claim_.tests_needed = {in.whole("tests_support", 0), in.whole("tests_refute", 0)};
    claim_.mixed_conditional = in.flag("mixed_conditional");
    claim_.devices_needed = {in.whole("devices_support", 0), in.whole("devices_refute", 0)};
    claim_.vendors_refute = in.whole("vendors_refute", 0);
    claim_.support_side = in.text("support_side", "");
    if (!claim_.support_side.empty()) check_side(in, claim_, "support_side", claim_.support_side);
    claim_.least_vendors = in.whole("least_vendors", 1);
    claim_.absent = in.text("absent", "");
    claim_.notes = in.texts("notes");
    in.finish();
  }

  void check_class(const TomlReader& in) const {
    const bool numbers =
        !claim_.tests.empty() || !claim_.shown.empty() || !claim_.published.empty();
    if (claim_.kind == ClaimClass::market && numbers) {
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
    for (std::size_t i = 0; i < claim_.shown.size(); ++i) {
      const std::string& quantity = claim_.shown[i].quantity;
      if (claim_.find(quantity) == nullptr) refuse_at(shown_lines_[i], unknown_quantity(quantity));
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
  std::vector<int> shown_lines_;
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
    TomlReader reader(path, table, "a claim");
    ClaimReader(claim, facts).read(reader);
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
