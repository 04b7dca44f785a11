// A worker process as typed questions and answers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <variant>

#include "bench/inventory.hpp"
#include "bench/process.hpp"
#include "bench/worker/protocol.hpp"

namespace assay {

// A worker that crashed, hung, lied or reported an error: after this its process is gone.
class WorkerFailure : public std::runtime_error {
 public:
  // `reason` is one line: "signal 11 (segmentation fault)", "no answer in 30 s".
  WorkerFailure(const std::string& reason, std::string detail)
      : std::runtime_error(reason), detail_(std::move(detail)) {}
  // A log, or the end of what the worker wrote to its standard output and error.
  [[nodiscard]] const std::string& detail() const { return detail_; }

 private:
  std::string detail_;
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
  [[noreturn]] void fail(const std::string& reason, const std::string& detail = {});
  // Lets it end in order.
  void quit();

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

}  // namespace assay
