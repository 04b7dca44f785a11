#include "bench/claims/claim_parts.hpp"

#include <algorithm>
#include <optional>

#include "bench/claims/vendors.hpp"
#include "bench/model/config.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 7> value_names = {"flops",     "bytes",      "time", "lanes",
                                                         "footprint", "operations", "error"};

// Some interval satisfies both margins.
bool overlap(const Condition& support, const Condition& refute) {
  using Relation = Condition::Relation;
  const auto up = [](const Condition& c) {
    return c.relation == Relation::at_least || c.relation == Relation::above;
  };
  const auto closed = [](const Condition& c) {
    return c.relation == Relation::at_least || c.relation == Relation::at_most;
  };
  if (up(support) == up(refute)) return true;
  const Condition& floor = up(support) ? support : refute;
  const Condition& roof = up(support) ? refute : support;
  if (floor.threshold == roof.threshold) return closed(floor) && closed(roof);
  return floor.threshold < roof.threshold;
}

void check_key(const TomlReader& in, const std::string& name, const ClaimQuantity& q,
               const std::string& key) {
  if (!q.query().has_key(key)) in.refuse(name, "none of the kernels has a key '" + key + "'");
}

void read_per(TomlReader& in, ClaimQuantity& q) {
  q.per = in.text("per", "");
  if (q.per.empty()) return;
  check_word(in, "per", q.per, std::array<std::string_view, 2>{"watt", "price"});
  if (q.value == "time" || q.value == "lanes") {
    in.refuse("per", "only what a device does in a second has a power or a price");
  }
}

void read_model(TomlReader& in, ClaimQuantity& q) {
  q.model = in.text("model");
  q.smaller = in.texts("smaller");
  const auto check = [&](const char* key, const std::string& word) {
    try {
      (void)find_model(word);
    } catch (const Error& error) {
      in.refuse(key, error.what());
    }
  };
  check("model", q.model);
  for (const std::string& word : q.smaller) check("smaller", word);
  if (q.measure == MeasureKind::tokens) {
    q.weights = in.text("weights");
    q.value = in.text("value", "tokens");
    check_word(in, "value", q.value, std::array<std::string_view, 2>{"tokens", "joule"});
    read_per(in, q);
    if (q.value == "joule" && !q.per.empty()) in.refuse("per", "a joule is per nothing else");
  }
  if (q.measure == MeasureKind::fit) q.to = in.texts("weights");
  constexpr std::array<std::string_view, 5> known = {"f16", "bf16", "s8", "s4", "u4"};
  if (!q.weights.empty()) check_word(in, "weights", q.weights, known);
  for (const std::string& word : q.to) check_word(in, "weights", word, known);
}

void read_measurement(TomlReader& in, const Claim& claim, ClaimQuantity& q) {
  q.side = in.text("side");
  check_side(in, claim, "side", q.side);
  if (q.measure == MeasureKind::memory) return;
  if (q.measure == MeasureKind::tokens || q.measure == MeasureKind::fit) {
    read_model(in, q);
    return;
  }
  try {
    q.cases = parse_case_query(in.text("cases"));
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::usage) throw;
    in.refuse("cases", error.what());
  }
  q.split = in.text("split", "");
  if (!q.split.empty()) check_key(in, "split", q, q.split);
  q.value = in.text("value", "flops");
  check_word(in, "value", q.value, value_names);
  const bool of_pairs = q.value == "footprint" || q.value == "operations" || q.value == "error";
  if (of_pairs && q.measure != MeasureKind::variant) {
    in.refuse("value", "only a 'variant' has '" + q.value + "'");
  }
  if (q.measure == MeasureKind::best) read_per(in, q);
  if (q.measure == MeasureKind::suite) {
    q.other = in.text("other");
    check_side(in, claim, "other", q.other);
  }
  if (q.measure == MeasureKind::scaling || q.measure == MeasureKind::elasticity) {
    q.key = in.text("key");
    check_key(in, "key", q, q.key);
  }
  if (q.measure == MeasureKind::native || q.measure == MeasureKind::portability) {
    q.portable = in.texts("portable");
    q.native = in.texts("native");
    if (q.portable.empty() || q.native.empty()) {
      in.refuse(
          "measures 'native' and 'portability' need 'portable' and 'native', lists of backends");
    }
  }
  if (q.measure == MeasureKind::coverage) q.portable = in.texts("portable");
  if (q.measure == MeasureKind::variant) {
    q.key = in.text("key");
    check_key(in, "key", q, q.key);
    q.to = in.texts("to");
    if (q.to.empty()) in.refuse("measure 'variant' needs 'to', a list of values");
    if (q.value != "error") q.from = in.texts("from");
    if (q.from.empty() && q.value != "error") {
      in.refuse("measure 'variant' needs 'from', a list of values, or [\"dtype\"]");
    }
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

}  // namespace

FactKey read_fact(TomlReader& in, const FactTable& facts) {
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

ClaimSide read_side(TomlReader& in, const FactTable& facts) {
  ClaimSide side;
  side.label = in.text("label");
  side.kind = in.text("kind", "");
  if (!side.kind.empty()) {
    check_word(in, "kind", side.kind,
               std::array<std::string_view, 4>{"gpu", "cpu", "npu", "accelerator"});
  }
  side.matrix_units = in.flag("matrix_units");
  side.vendors = in.texts("vendors");
  side.not_vendors = in.texts("not_vendors");
  for (const auto& [key, list] :
       {std::pair{"vendors", &side.vendors}, std::pair{"not_vendors", &side.not_vendors}}) {
    for (const std::string& word : *list) {
      const bool known = knows_vendor(word) ||
                         std::ranges::find(facts.rows(), word, &Fact::vendor) != facts.rows().end();
      if (!known) {
        in.refuse(key, "no vendor '" + word + "' in the table of facts, nor of drivers known here");
      }
    }
  }
  side.devices = in.texts("devices");
  for (const std::string& device : side.devices) {
    if (!facts.has_device(device)) {
      in.refuse("devices", "no device '" + device + "' in the table of facts");
    }
  }
  in.finish();
  return side;
}

void check_side(const TomlReader& in, const Claim& claim, const std::string& key,
                const std::string& word) {
  if (claim.sides.contains(word)) return;
  std::vector<std::string_view> known;
  for (const auto& [name, side] : claim.sides) known.push_back(name);
  in.refuse(key, unknown_word("side", word, known));
}

ClaimQuantity read_quantity(TomlReader& in, const Claim& claim, const FactTable& facts) {
  ClaimQuantity q;
  q.line = in.line();
  q.name = in.text("name");
  if (claim.find(q.name) != nullptr) in.refuse("a second quantity '" + q.name + "'");
  const std::string word = in.text("measure");
  const auto measure = parse_measure(word);
  if (!measure) in.refuse("measure", unknown_word("measure", word, measure_names()));
  q.measure = *measure;
  if (q.measure == MeasureKind::ratio) {
    q.of = in.texts("of");
    if (q.of.size() != 2) in.refuse("a ratio is 'of' two quantities");
    q.same_device = in.flag("same_device");
    q.refused = in.number("refused", 0);
    q.alike = in.texts("alike");
    for (const std::string& key : q.alike) {
      check_word(in, "alike", key, std::array<std::string_view, 2>{"year", "power"});
    }
  } else if (q.measure == MeasureKind::fact || q.measure == MeasureKind::days) {
    if (!in.has("fact")) in.refuse("measure '" + word + "' needs 'fact'");
    in.each("fact", [&](TomlReader& f) { q.fact = read_fact(f, facts); });
    if ((q.fact.figure == "launch_date") != (q.measure == MeasureKind::days)) {
      in.refuse("fact", "measure '" + word + "' can't be of '" + q.fact.figure +
                            "': 'days' are of a launch_date, 'fact' of a number");
    }
  } else {
    read_measurement(in, claim, q);
  }
  in.finish();
  return q;
}

ClaimTest read_test(TomlReader& in) {
  ClaimTest test;
  test.name = in.text("name");
  test.quantity = in.text("quantity");
  test.veto = in.flag("veto");
  test.any_refutes = in.flag("any_refutes");
  test.alike_only = in.flag("alike_only");
  test.condition = in.flag("condition");
  if (test.condition && test.veto) in.refuse("condition", "a condition can't be a veto too");
  test.group = in.text("group", "");
  test.either = in.flag("either");
  if (test.either && test.group.empty()) in.refuse("either", "only one of a 'group' can be enough");
  if (in.has("inside")) {
    const std::vector<double> ends = in.numbers("inside");
    if (ends.size() != 2 || ends[0] >= ends[1]) {
      in.refuse("inside", "'inside' must be two numbers, the lower first");
    }
    test.inside = {ends[0], ends[1]};
  } else {
    test.support = read_condition(in, "support");
    test.refute = read_condition(in, "refute");
    if (!test.support || !test.refute) {
      in.refuse("a test needs both of its margins, 'support' and 'refute' (or 'inside')");
    }
  }
  if (test.support && test.refute && overlap(*test.support, *test.refute)) {
    in.refuse("'support' and 'refute' of a test can't both hold");
  }
  in.finish();
  return test;
}

}  // namespace assay
