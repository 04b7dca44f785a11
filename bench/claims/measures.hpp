// Quantities of claims from records and facts.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/claims/claim.hpp"
#include "bench/claims/evidence.hpp"
#include "bench/statistics/estimate.hpp"

namespace assay {

// What a value rests on, the weakest first.
enum class Basis : std::uint8_t {
  paper,       // published figures
  arithmetic,  // shapes and number formats: true on any device
  label,       // what the driver says
  counted,     // answers that were verified
  runs,        // times
};

// One value of a quantity: of one device or pair, under one condition.
struct Reading {
  std::string subject;    // "AMD EPYC", "NVIDIA H100 SXM / AMD EPYC"
  std::string vendor;     // of the (first) device
  std::string condition;  // "m:1, weights:s4"
  double split = 0;       // the number in the condition that is split by; 0: none
  Estimate value;
  std::string unit;           // "FLOP/s", "B", "x", "days", see units.hpp; empty: a plain number
  std::vector<double> runs;   // where the value is one median of runs
  std::vector<double> drawn;  // of a time or speed ratio by problems: the value of each resample
  bool measured = false;      // from runs; else exact: a count, a label, a fact
  Basis basis = Basis::paper;
  std::string open;     // why nothing can be decided by it yet: "11 of 14 problems not tried"
  std::string refused;  // why the device can't do this at all: that the claim depends on it
  std::string unlike;   // of a pair: what it should share and doesn't: "launched in 2022 and 2024"
  std::string fact;     // the (first) device's name in the table of facts
  int least_runs = 0;   // of a side
  int boards = 1;       // fewest that any case of it ran on
  int left_out = 0;     // runs that didn't count
  bool few_runs = false;      // some case of it was run too few times, whatever came of it
  bool apart = false;         // no run holds both sides
  std::set<std::string> few;  // cases that it leaves out, as others were run often enough
  std::string invalid;        // above what is physically possible: why
  std::string disputed;       // a ceiling that sources differ on
  std::string share;  // "AMD EPYC: 2 processors of a virtual machine": of a CPU, not all of it
  std::string given;  // "700 W": what the user says and the value rests on
  std::string note;   // "26 problems", "disputed"
  std::set<std::string> why_not;  // answers that were wrong, cases that crashed
  std::set<std::string> records;
};

struct QuantityResult {
  std::vector<Reading> readings;
  std::vector<std::string> absent;      // sides that no device of the records is
  std::vector<std::string> refused;     // devices that can't, with their reasons
  std::vector<std::string> unmeasured;  // queries that the records don't answer
};

class Measures {
 public:
  Measures(const Claim& claim, const Evidence& evidence) : claim_(claim), evidence_(evidence) {}

  [[nodiscard]] QuantityResult evaluate(const ClaimQuantity& quantity) const;

 private:
  [[nodiscard]] QuantityResult evaluated(const ClaimQuantity& q) const;
  [[nodiscard]] QuantityResult measured(const ClaimQuantity& q) const;
  [[nodiscard]] QuantityResult shared(const ClaimQuantity& q) const;
  [[nodiscard]] QuantityResult ratio(const ClaimQuantity& q) const;
  void add_refusals(const ClaimQuantity& q, const QuantityResult& over, const QuantityResult& under,
                    QuantityResult& into) const;
  [[nodiscard]] QuantityResult paper(const ClaimQuantity& q) const;

  const Claim& claim_;
  const Evidence& evidence_;
};

}  // namespace assay
