#include "bench/worker/waiting.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "bench/machine.hpp"
#include "bench/proc_files.hpp"

namespace assay {
namespace {

// What the control group's quota pays for, as many as threads are started for; as many as that where
// there is none.
double paid_processors(double processors) {
  static const nlohmann::json quota = limit_facts("/").at("cpu_quota");
  if (!quota.is_number()) return processors;
  const auto paid = quota.get<double>();
  return std::min({processors, paid, std::max(1.0, std::floor(paid))});
}

}  // namespace

// https://docs.kernel.org/scheduler/sched-stats.html: a task's schedstat begins with the times that it
// ran and that it waited.
std::map<std::string, Waiting::Times> Waiting::each() {
  std::map<std::string, Times> found;
  std::error_code ended;
  for (std::filesystem::directory_iterator task("/proc/self/task", ended), end;
       !ended && task != end; task.increment(ended)) {
    const auto line = first_line(task->path() / "schedstat");
    const auto fields = line ? words(*line) : std::vector<std::string>();
    if (fields.size() < 2) continue;
    const auto ran = parse<double>(fields[0]);
    const auto waited = parse<double>(fields[1]);
    if (ran && waited) found[task->path().filename()] = {*ran, *waited};
  }
  return found;
}

double Waiting::longest_ns() const {
  // Of the processors that this process may use, the share that it had.
  constexpr double all = 0.95;
  // Of the time, that a thread wanted to run: what it ran since the last tick of the system's clock isn't
  // counted yet.
  constexpr double wanted = 0.25;
  const std::chrono::duration<double, std::nano> wall = std::chrono::steady_clock::now() - began_;
  const double had_ns = process_cpu_ns() - cpu_begin_ns_;
  if (processors_ > 0 && had_ns >= all * paid_processors(processors_) * wall.count()) return 0;
  double longest = 0;
  for (const auto& [thread, now] : each()) {
    const auto found = begin_.find(thread);
    const Times before = found == begin_.end() ? Times() : found->second;
    const double waited = now.waited_ns - before.waited_ns;
    if (waited + now.ran_ns - before.ran_ns >= wanted * wall.count()) {
      longest = std::max(longest, waited);
    }
  }
  return longest;
}

}  // namespace assay
