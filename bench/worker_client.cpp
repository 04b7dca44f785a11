#include "bench/worker_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "bench/worker_threads.hpp"

namespace assay {
namespace {

using namespace std::chrono_literals;

ProcessOptions process_options(const WorkerSettings& settings) {
  ProcessOptions options;
  options.executable = settings.executable.empty() ? "/proc/self/exe" : settings.executable;
  options.arguments = {"worker", "--in", std::to_string(Process::child_in), "--out",
                       std::to_string(Process::child_out)};
  options.longest_line = protocol::longest_line;
  options.environment = thread_environment(settings.threads);
  if (settings.guard_pages) options.environment.emplace_back("ASSAY_GUARD_PAGES", "1");
  // A team that waits for its next call gives the processors up within a millisecond. By default GNU's
  // OpenMP spins for many, into the turn of the worker that is compared with this one; calls in a stream
  // follow each other far sooner.
  const bool chosen = std::ranges::any_of(settings.environment, [](const auto& variable) {
    return variable.first == "OMP_WAIT_POLICY";
  });
  if (!chosen && std::getenv("GOMP_SPINCOUNT") == nullptr &&
      std::getenv("OMP_WAIT_POLICY") == nullptr) {
    options.environment.emplace_back("GOMP_SPINCOUNT", "10000");
  }
  for (const auto& variable : settings.environment) {
    std::erase_if(options.environment,
                  [&](const auto& each) { return each.first == variable.first; });
    options.environment.push_back(variable);
  }
  return options;
}

}  // namespace

WorkerClient::WorkerClient(const WorkerSettings& settings, const std::atomic<bool>* interrupted)
    : timeout_s_(settings.answer_timeout_s),
      interrupted_(interrupted),
      process_(process_options(settings)) {
  post(protocol::Hello{protocol::version, ASSAY_VERSION});
}

void WorkerClient::greet(const std::string& plugin) {
  const auto hello = answer<protocol::Hello>();
  if (hello.protocol < protocol::oldest_version || hello.protocol > protocol::version) {
    fail(fmt::format("speaks protocol {}, not {} to {}", hello.protocol, protocol::oldest_version,
                     protocol::version));
  }
  if (!plugin.empty()) (void)ask(protocol::Load{plugin});
}

void WorkerClient::post(const protocol::Request& request) {
  asked_ = Process::Clock::now();
  // Where nobody listens any more, waiting for the answer finds out why.
  (void)process_.send(
      protocol::to_line(protocol::Message<protocol::Request>{++asked_id_, request}));
}

protocol::Reply WorkerClient::receive(double extra_s) {
  const std::chrono::duration<double> patience(timeout_s_ + extra_s);
  const auto deadline = asked_ + std::chrono::duration_cast<Process::Clock::duration>(patience);
  using What = Process::Received::What;
  const auto received = process_.receive(deadline, interrupted_);
  switch (received.what) {
    case What::interrupted:
      process_.end(0ms);
      throw Interrupted();
    case What::timeout:
      fail(fmt::format("no answer in {:.3g} s", patience.count()), {},
           WorkerFailure::Cause::silence);
    case What::too_long:
      fail("sent a line without end");
    case What::closed: {
      const std::string ending = process_.end(1000ms);
      fail(ending == "exit status 0" ? "ended without an answer" : ending);
    }
    case What::line:
      break;
  }
  try {
    auto message = protocol::parse_reply(received.line);
    if (message.id != ++answered_id_) fail("answered a question that wasn't asked");
    if (const auto* failure = std::get_if<protocol::Failure>(&message.body)) {
      const bool lasting =
          failure->kind == Error::Kind::usage || failure->kind == Error::Kind::program;
      fail(failure->message, failure->detail,
           lasting ? WorkerFailure::Cause::lasting : WorkerFailure::Cause::reported);
    }
    return std::move(message.body);
  } catch (const Error& error) {
    fail(error.what(), received.line.substr(0, 1000));
  }
}

void WorkerClient::fail(const std::string& reason, const std::string& detail,
                        WorkerFailure::Cause cause) {
  process_.end(0ms);
  throw WorkerFailure(reason, detail.empty() ? process_.output_tail() : detail, cause);
}

std::string WorkerClient::quit(std::chrono::milliseconds patience) {
  post(protocol::Quit{});
  return process_.end(patience);
}

}  // namespace assay
