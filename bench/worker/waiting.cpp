#include "bench/worker/waiting.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "bench/proc_files.hpp"

namespace assay {

// https://docs.kernel.org/scheduler/sched-stats.html: the second number of a task's schedstat.
std::map<std::string, double> Waiting::each_ns() {
  std::map<std::string, double> waited;
  std::error_code unreadable;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", unreadable)) {
    const auto line = first_line(task.path() / "schedstat");
    const auto fields = line ? words(*line) : std::vector<std::string>();
    if (fields.size() < 2) continue;
    if (const auto ns = parse<double>(fields[1])) waited[task.path().filename()] = *ns;
  }
  return waited;
}

double Waiting::longest_ns() const {
  // Of the processors that this process may use, the share that it had.
  constexpr double all = 0.95;
  const std::chrono::duration<double, std::nano> wall = std::chrono::steady_clock::now() - began_;
  const double had_ns = process_cpu_ns() - cpu_begin_ns_;
  if (processors_ > 0 && had_ns >= all * processors_ * wall.count()) return 0;
  double longest = 0;
  for (const auto& [thread, ns] : each_ns()) {
    const auto before = begin_.find(thread);
    longest = std::max(longest, ns - (before == begin_.end() ? 0 : before->second));
  }
  return longest;
}

}  // namespace assay
