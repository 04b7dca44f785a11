// Cases over many records: their times by date, and where they stepped.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/comparison/result_file.hpp"
#include "bench/statistics/steps.hpp"

namespace assay {

struct HistoryPoint {
  std::size_t file = 0;  // index into History::records
  double ns = 0;         // median over launches
};

struct HistoryRecord {
  std::string path;
  std::string date;
  std::string revision;
  [[nodiscard]] std::string label() const;  // "path (date, revision)"
};

struct CaseHistory {
  std::string problem;
  std::string where;
  std::string options;  // of the runs, "--threads 2"; others are a history of their own
  std::vector<HistoryPoint> points;  // by date
  std::vector<Step> steps;           // `before` is an index into points; changes of ln(time)
};

struct History {
  std::vector<HistoryRecord> records;  // by date
  std::vector<CaseHistory> cases;      // in the order of the records
  bool searched = false;               // for steps
};

// Records are sorted by the moment they were measured at, wherever that was; without one, they come
// last and in the order of what they say. Only names that contain `filter`. Steps only with `detect`.
// Error(file) for a path or a record that is given twice, and where no case is left.
[[nodiscard]] History history(std::span<const ResultFile> files, std::string_view filter,
                              bool detect, const StepOptions& options);

// One line a case, with its steps below: the two records between which it happened.
void report_history(const History& history, std::ostream& out);

// A small plot a case, one below the other: points, a line for each level between steps.
void report_history_svg(const History& history, std::ostream& out);

}  // namespace assay
