// What a run will do: its cases, in the written order, and how they are measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/case.hpp"
#include "bench/inventory.hpp"
#include "bench/record.hpp"
#include "kernels/kernel.hpp"

namespace assay {

struct Measure {
  int launches = 5;           // worker processes per case
  int max_launches = 30;      // more of them while the interval is wider than `precision`
  double min_time_s = 0.1;    // measured per case and launch, at least
  double budget_s = 180;      // of the whole run; a case gets an equal share
  double precision = 0.05;    // half width of the 95 % interval over launches
  Fill fill = Fill::random;
  std::uint64_t seed = 0;     // order of cases and inputs
  WorkerSettings worker;
};

// A case to be run, or (with `settled`) a row that is known without running: no such device.
struct PlannedCase {
  Case c;
  KnownDevice device;                 // meaningless where settled
  std::optional<Record> settled;
};

struct Plan {
  std::vector<PlannedCase> cases;
  Measure measure;
};

}  // namespace assay
