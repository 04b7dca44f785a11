#include "bench/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/case.hpp"
#include "bench/reporters/text.hpp"

namespace assay {
namespace {

constexpr std::chrono::milliseconds period{100};
// To the start of the line, and erase it.
constexpr const char* erase = "\r\x1b[K";

}  // namespace

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto whole = static_cast<long long>(std::min(seconds + 0.5, 1e9));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
}

Progress::Progress(std::ostream& terminal, bool live, const ReportStyle& style, ConsoleTable* rows,
                   std::function<Clock::time_point()> now)
    : terminal_(terminal), live_(live), style_(style), rows_(rows), now_(std::move(now)) {}

void Progress::progress(std::size_t done, std::size_t total, const Case& next, double eta_s) {
  if (!live_) return;
  const Clock::time_point now = now_();
  if (shown_ && now - last_ < period) return;
  last_ = now;
  shown_ = true;
  const std::string head = fmt::format("[{}/{}] {} left  ", done, total, duration_text(eta_s));
  // One column stays free: some terminals wrap when the last one is written.
  const std::size_t width = static_cast<std::size_t>(std::max(style_.width, 20)) - 1;
  const std::string line = shortened(head + printable(case_name(next)), width);
  terminal_ << erase << (style_.colour ? "\x1b[2m" + line + "\x1b[0m" : line) << std::flush;
}

void Progress::finished(const Record& record) {
  clear();
  if (rows_ != nullptr) rows_->row(record);
}

void Progress::clear() {
  if (!shown_) return;
  terminal_ << erase << std::flush;
  shown_ = false;
}

}  // namespace assay
