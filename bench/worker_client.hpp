// A worker process as typed questions and answers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench/inventory.hpp"
#include "bench/process.hpp"
#include "bench/worker/protocol.hpp"

namespace assay {

// A worker that crashed, hung, lied or reported an error: after this its process is gone.
class WorkerFailure : public std::runtime_error {
 public:
  // `reason` is one line: "signal 11 (segmentation fault)", "no answer in 30 s".
  enum class Cause : std::uint8_t {
    process,   // it crashed or talked nonsense
    silence,   // it gave no answer in its time
    reported,  // the worker itself said so, and was alive
    lasting,   // so it did, and another process would fail in the same way: what was asked for is
               // wrong, or a compiler refused a program
  };
  WorkerFailure(const std::string& reason, std::string detail, Cause cause = Cause::process)
      : std::runtime_error(reason), detail_(std::move(detail)), cause_(cause) {}
  // A log, or the end of what the worker wrote to its standard output and error.
  [[nodiscard]] const std::string& detail() const { return detail_; }
  [[nodiscard]] bool reported() const {
    return cause_ == Cause::reported || cause_ == Cause::lasting;
  }
  [[nodiscard]] bool silent() const { return cause_ == Cause::silence; }
  [[nodiscard]] bool lasting() const { return cause_ == Cause::lasting; }

 private:
  std::string detail_;
  Cause cause_;
};

// Thrown where the user's interruption was seen.
class Interrupted : public std::exception {};

class WorkerClient {
 public:
  // Starts the process and its greeting. `interrupted` may be null, else outlives the client.
  WorkerClient(const WorkerSettings& settings, const std::atomic<bool>* interrupted);

  // Asks, and waits for the answer as long as the settings say and `extra_s` more. Throws
  // WorkerFailure or Interrupted.
  template <class Request>
  typename Request::Reply ask(const Request& request, double extra_s = 0) {
    post(request);
    return answer<Request>(extra_s);
  }

  // The two halves of ask, so that several workers can be asked at the same time.
  void post(const protocol::Request& request);
  template <class Request>
  typename Request::Reply answer(double extra_s = 0) {
    protocol::Reply reply = receive(extra_s);
    auto* const body = std::get_if<typename Request::Reply>(&reply);
    if (body == nullptr) fail("answered with '" + std::string(name(reply)) + "'");
    return std::move(*body);
  }
  // Reads the answer to the greeting; to be called once, before the first other question. Then
  // loads the plugin, if one is named.
  void greet(const std::string& plugin = {});

  // Ends the process because of what it did: throws WorkerFailure.
  [[noreturn]] void fail(const std::string& reason, const std::string& detail = {},
                         WorkerFailure::Cause cause = WorkerFailure::Cause::process);
  // Lets it end in order, kills it where it doesn't, and says how it ended: "exit status 0".
  std::string quit(std::chrono::milliseconds patience = std::chrono::seconds(2));

  [[nodiscard]] double cpu_seconds() const { return process_.cpu_seconds(); }

 private:
  [[nodiscard]] protocol::Reply receive(double extra_s);

  double timeout_s_;
  const std::atomic<bool>* interrupted_;
  Process process_;
  std::uint64_t asked_id_ = 0;
  std::uint64_t answered_id_ = 0;
  Process::Clock::time_point asked_;
};

// A greeted worker, with the plugin loaded if one is named. Throws what greet() throws.
[[nodiscard]] std::unique_ptr<WorkerClient> start_worker(const WorkerSettings& settings,
                                                         const std::atomic<bool>* interrupted,
                                                         const std::string& plugin);

struct ProbedWorker {
  std::unique_ptr<WorkerClient> worker;
  std::vector<std::pair<std::string, std::string>> verdicts;
  bool silent = false;  // the trial gave no answer in its time: another one would cost as much
};

// The same, where the device's special instructions have been tried. A trial that ends the worker
// costs only the worker: a fresh one goes on, and leaves out what ended two. After many such ends, or
// after one trial that hangs, the worker comes without a trial and without verdicts. Throws
// WorkerFailure where opening the device ends the worker.
[[nodiscard]] ProbedWorker start_probed(const WorkerSettings& settings,
                                        const std::atomic<bool>* interrupted,
                                        const std::string& plugin, const std::string& device);

}  // namespace assay
