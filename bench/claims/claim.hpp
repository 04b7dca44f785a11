// A claim about accelerators, and how it is decided: fixed in a file before anything is measured.
// results/claims/README.md describes the format.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/claims/query.hpp"
#include "bench/facts/facts.hpp"

namespace assay {

enum class ClaimClass : std::uint8_t {
  measurable,  // records decide
  datasheet,   // published figures decide, with that qualification
  market,      // outside of what a benchmark can say
};
[[nodiscard]] std::string_view name(ClaimClass value);

// Which devices a quantity speaks of. Everything that is set must hold.
struct ClaimSide {
  std::string label;          // "a GPU of another vendor", as a reader is told what is missing
  std::string kind;           // "gpu", "cpu", "npu", "accelerator" (anything but a CPU), or empty
  bool matrix_units = false;  // only those that have some
  std::vector<std::string> vendors;      // any of these
  std::vector<std::string> not_vendors;  // none of these
  std::vector<std::string> devices;      // any of these, by their names in the table of facts
};

enum class MeasureKind : std::uint8_t {
  best,      // fastest case of the query on each device: `value`
  ratio,     // `of[0]` / `of[1]`, every pair of their devices
  coverage,  // share of the query's problems that run and verify on each device
  suite,     // geometric mean over common problems of side's speed / other side's speed
  variant,   // same device and backend, problems that differ in one key: `value` with / without
  native,    // portable backends' speed / best native backend's on the same device, geometric mean
  portability,  // harmonic mean over devices of `native`; 0 where one runs nothing portable
  spread,       // slowest odd shape / fastest shape, in throughput, on each device
  scaling,      // highest throughput over `key` / (at 1 x compute units)
  steady,       // speed of a run's second half over its first half's, of the case that falls most
  elasticity,   // ln(time / time) / ln(FLOP / FLOP) from one value of `key` to the next
  vendors,      // vendors of which a device runs and verifies all of the query
  shared,       // one problem split over several devices at once / the sum of their speeds alone
  tokens,       // decode tokens a second of a model: measured, or what they are below
  fit,          // bytes of a model's weights and cache / device memory, for each of `to`
  memory,       // largest working set that was written and verified, where it is near the label
  fact,         // a published figure
  days,         // from the claim's date to a published date
};
[[nodiscard]] std::optional<MeasureKind> parse_measure(std::string_view text);
[[nodiscard]] std::span<const std::string_view> measure_names();

struct ClaimQuantity {
  std::string name;
  MeasureKind measure = MeasureKind::best;
  std::string side;
  std::string other;  // of suite: what the side is held against
  std::optional<CaseQuery> cases;
  // flops, bytes (a second), time; lanes: flops / (2 x clock); of variant also footprint (bytes of
  // weights and KV cache), operations, and error (of the varied case alone, as a fraction of what is
  // allowed); of tokens: tokens (a second), joule (a token)
  std::string value = "flops";
  std::string per;              // of best, tokens: "watt", "price", as the user gives them
  std::vector<std::string> of;  // of ratio
  std::string key;              // of variant, scaling, elasticity: the key that is varied
  std::vector<std::string> to;  // of variant: its values
  // Of variant: the values they are held against; "dtype": that of the problem's own dtype.
  std::vector<std::string> from;
  std::string split;                  // a key whose values are conditions of their own
  std::vector<std::string> portable;  // of native: backends; of coverage: the only ones that count
  std::vector<std::string> native;    // of native: the libraries of vendors
  // Of ratio: what counts where a device has the first for other values of its split and refuses it for
  // this one. 0: nothing.
  double refused = 0;
  bool same_device = false;          // of ratio: only pairs of one device
  std::vector<std::string> alike;    // of ratio: "year", "power": what a pair ought to share
  std::string model;                 // of tokens, fit
  std::vector<std::string> smaller;  // models in place of it where the device holds it in none of
                                     // the weights: the first that it does, else the last
  std::string weights;               // of tokens: dtype of the weights
  FactKey fact;
  int line = 0;

  // `cases`, which this measure has; internal Error where it has none.
  [[nodiscard]] const CaseQuery& query() const;
};

// "low >= 0.8": which end of the interval must lie where.
struct Condition {
  enum class End : std::uint8_t { low, high, value } end = End::low;
  enum class Relation : std::uint8_t {
    at_least,
    above,
    at_most,
    below
  } relation = Relation::at_least;
  double threshold = 0;
};
[[nodiscard]] std::optional<Condition> parse_condition(std::string_view text);

struct ClaimTest {
  std::string name;
  std::string quantity;
  std::optional<Condition> support;
  std::optional<Condition> refute;
  struct Band {
    double bottom = 0;
    double top = 0;
  };
  std::optional<Band> inside;  // an equality: where the whole interval must lie
  bool veto = false;  // its refutation (or its whole group's) refutes, whatever the others say
  bool any_refutes = false;  // one pair does, whatever the others say
  bool alike_only = false;   // pairs that aren't alike support nothing
  bool condition = false;    // decided otherwise than the rest it makes the verdict CONDITIONAL;
                             // undecided it is left out
  std::string group;         // those of one group count as one test, which needs all of them
  bool either = false;       // of a group: one of its tests is enough
};

// Measured and said beside the verdict, and decides nothing.
struct Shown {
  std::string name;
  std::string quantity;
};

// A statement in a source that stands for a test.
struct Published {
  std::string name;
  std::string verdict;  // supported, refuted, or empty: only evidence
  std::string text;
  std::string source;
  std::string date;
  bool measurement = false;  // somebody else measured it
};

// How many of the tests (or groups of them), or of the devices, must agree. 0: all of them.
struct Quorum {
  int support = 0;
  int refute = 0;
};

// A ratio that the claim quotes, for the audit of facts.
struct ClaimQuote {
  std::string word;  // as the claim names the figure: "density"
  double value = 0;
  std::string figure;
  std::string over;
  std::string under;
};

struct DatasheetRatio {
  std::string name;
  FactKey over;
  FactKey under;
};

struct Claim {
  std::string id;
  ClaimClass kind = ClaimClass::market;
  std::string names;
  std::string original;
  std::string language;
  std::string english;
  std::string document;
  std::string date;  // YYYY, YYYY-MM or YYYY-MM-DD
  std::map<std::string, ClaimSide> sides;
  std::vector<ClaimQuantity> quantities;  // each after those it is made of
  std::vector<ClaimTest> tests;
  std::vector<Shown> shown;
  std::vector<Published> published;
  Quorum tests_needed;             // of the tests on one device or pair
  bool mixed_conditional = false;  // a refuted test beside a quorum that supports: CONDITIONAL
  Quorum devices_needed;           // of the devices or pairs
  int vendors_refute = 0;          // refuted needs devices of so many vendors; 0: no such rule
  std::string support_side;  // supported means every device of this side is; empty: every measured
  int least_vendors = 1;     // of accelerators among the records, or nothing is decided
  std::string absent;        // what to add where the hardware is missing
  std::vector<DatasheetRatio> datasheet;
  std::optional<ClaimQuote> quote;
  std::vector<std::string> notes;  // what a reader must know
  std::string path;
  std::string sha256;  // of the file

  [[nodiscard]] const ClaimQuantity* find(std::string_view quantity) const;
  // Those without which nothing is decided: all but what only conditions and what is shown speak of.
  [[nodiscard]] std::map<std::string, ClaimSide> needed_sides() const;
};

// Error(file) "PATH:LINE: …": malformed TOML, an unknown key or word, a missing field, a test
// without both of its margins, a quantity that isn't defined, one that is made of itself, a device
// that isn't in the table of facts.
[[nodiscard]] Claim parse_claim(const std::string& path, std::string_view text,
                                const FactTable& facts);
// All that are built in, in the order of their files' names. `read_claims` the same from a folder or
// file. Error(file) for two of the same id.
[[nodiscard]] std::vector<Claim> built_in_claims(const FactTable& facts);
[[nodiscard]] std::vector<Claim> read_claims(const std::string& path, const FactTable& facts);

}  // namespace assay
