// The live line on a terminal: which case runs, how many are done, how long it takes.
#pragma once

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "bench/reporters.hpp"
#include "bench/runner.hpp"

namespace assay {

// "1m 05s", "42s".
[[nodiscard]] std::string duration_text(double seconds);

// Writes to `terminal` (stderr) where `live` (has_live_line), at most ten times a second, and passes finished
// records on to `rows` (stdout; null: nothing), the line being cleared before. Writes nothing of
// its own where not `live`.
class Progress : public Observer {
 public:
  using Clock = std::chrono::steady_clock;
  Progress(std::ostream& terminal, bool live, const ReportStyle& style, ConsoleTable* rows,
           std::function<Clock::time_point()> now = Clock::now);
  ~Progress() override { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void progress(std::size_t done, std::size_t total, const Case& next, double eta_s) override;
  void finished(const Record& record) override;
  // Removes the line, before anything else is printed. Does nothing where there is none.
  void clear();

 private:
  std::ostream& terminal_;
  bool live_;
  ReportStyle style_;
  ConsoleTable* rows_;
  std::function<Clock::time_point()> now_;
  Clock::time_point last_ = Clock::time_point::min();
  bool shown_ = false;
};

}  // namespace assay
