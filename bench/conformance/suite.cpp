#include "bench/conformance/suite.hpp"

#include <memory>
#include <optional>

#include "bench/conformance/lifecycle.hpp"
#include "bench/worker_client.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

constexpr int most_deaths_in_a_row = 3;

using Outcome = ConformanceRow::Outcome;

std::string group_of(const Problem& problem) {
  std::string group = problem.kernel + " " + problem.word("dtype");
  for (const auto& [key, value] : problem.words) {
    if (key == "weights" && value != problem.word("dtype") && problem.word("dtype") != "u8") {
      group += " x " + value;
    }
    if (key == "kv_dtype" && value != problem.word("dtype")) group += ", kv " + value;
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
    for (const std::string& name : problems) {
      const Problem problem = parse_problem(name);
      const ConformanceRow& row = check("answers", problem);
      if (row.outcome == Outcome::passed && (!right_ || problem.bytes() > right_->bytes())) {
        right_ = problem;
      }
      if (deaths_ == most_deaths_in_a_row) break;
    }
    if (right_) {
      for (const LifecycleCheck& each : lifecycle_checks()) {
        check(std::string(each.name), *right_);
      }
    }
    if (worker_) worker_->quit();
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
      ++deaths_;
    }
    rows_.push_back(std::move(row));
    finished_(rows_.back());
    return rows_.back();
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
