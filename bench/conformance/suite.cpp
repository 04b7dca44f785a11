#include "bench/conformance/suite.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "bench/conformance/lifecycle.hpp"
#include "bench/worker_client.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int most_deaths_in_a_row = 3;
constexpr std::chrono::seconds ending_patience{10};

using Outcome = ConformanceRow::Outcome;

std::string group_of(const Problem& problem) {
  const auto found = std::ranges::find(
      problem.words, "dtype", [](const auto& word) { return std::string_view(word.first); });
  // stream has none.
  const std::string dtype = found == problem.words.end() ? "" : found->second;
  std::string group = problem.kernel + (dtype.empty() ? "" : " " + dtype);
  for (const auto& [key, value] : problem.words) {
    if (key == "weights" && value != dtype && dtype != "u8") group += " x " + value;
    if (key == "kv_dtype" && value != dtype) group += ", kv " + value;
  }
  return group;
}

class Suite {
 public:
  Suite(const KnownDevice& device, const WorkerSettings& settings,
        const std::atomic<bool>& interrupted,
        const std::function<void(const ConformanceRow&)>& finished)
      : device_(device), settings_(settings), interrupted_(interrupted), finished_(finished) {
    settings_.guard_pages = true;
  }

  std::vector<ConformanceRow> run(std::span<const std::string> problems) {
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const Problem problem = parse_problem(problems[i]);
      const ConformanceRow& row = check("answers", problem);
      if (row.outcome == Outcome::passed && (!right_ || problem.bytes() > right_->bytes())) {
        right_ = problem;
      }
      if (deaths_ == most_deaths_in_a_row && i + 1 < problems.size()) {
        leave_out(problems.size() - i - 1);
        break;
      }
    }
    if (right_) {
      for (const LifecycleCheck& each : lifecycle_checks()) {
        check(std::string(each.name), *right_);
      }
    }
    end();
    return std::move(rows_);
  }

 private:
  const ConformanceRow& check(const std::string& name, const Problem& problem) {
    ConformanceRow row;
    row.check = name;
    row.case_name = case_name({problem, device_.id(), ""});
    row.group = name == "answers" ? group_of(problem) : "lifecycle";
    try {
      if (!worker_) {
        worker_ = std::make_unique<WorkerClient>(settings_, &interrupted_);
        worker_->greet(device_.plugin);
      }
      const auto reply = worker_->ask(protocol::Conform{row.case_name, name});
      row.outcome = !reply.supported ? Outcome::unsupported
                    : reply.passed   ? Outcome::passed
                                     : Outcome::wrong;
      row.reason = reply.reason;
      deaths_ = 0;
    } catch (const WorkerFailure& failure) {
      row.outcome = Outcome::failed;
      row.reason = failure.what();
      worker_.reset();
      // One that says what is wrong is alive.
      deaths_ = failure.reported() ? 0 : deaths_ + 1;
    }
    return add(std::move(row));
  }

  const ConformanceRow& add(ConformanceRow row) {
    rows_.push_back(std::move(row));
    finished_(rows_.back());
    return rows_.back();
  }

  void leave_out(std::size_t count) {
    add({"answers", device_.id(), "left out", Outcome::left_out,
         std::to_string(count) + " problems, after " + std::to_string(most_deaths_in_a_row) +
             " workers in a row that died"});
  }

  // What a backend's destructors and its driver do at the end of a process is seen only there.
  void end() {
    if (!worker_) return;
    const std::string ending = worker_->quit(ending_patience);
    if (ending == "exit status 0") return;
    add({"ending", device_.id(), "lifecycle", Outcome::failed,
         "told to end after the last check, the worker ended by: " + ending});
  }

  const KnownDevice& device_;
  WorkerSettings settings_;
  const std::atomic<bool>& interrupted_;
  const std::function<void(const ConformanceRow&)>& finished_;
  std::unique_ptr<WorkerClient> worker_;
  std::optional<Problem> right_;
  int deaths_ = 0;
  std::vector<ConformanceRow> rows_;
};

}  // namespace

std::vector<ConformanceRow> run_conformance(
    const KnownDevice& device, std::span<const std::string> problems,
    const WorkerSettings& settings, const std::atomic<bool>& interrupted,
    const std::function<void(const ConformanceRow&)>& finished) {
  return Suite(device, settings, interrupted, finished).run(problems);
}

}  // namespace assay
