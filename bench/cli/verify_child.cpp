#include "bench/cli/verify_child.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/cli/output.hpp"
#include "bench/estimate.hpp"
#include "bench/worker_client.hpp"

namespace assay {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void fail(Process& child, const std::string& how) {
  throw Error(Error::Kind::device, how, child.output_tail());
}

}  // namespace

double verify_child_patience_s(const PlannedCase& planned) {
  return WorkerSettings{}.answer_timeout_s + prepare_patience(planned) + verify_patience(planned);
}

nlohmann::json ask_verify_child(const ProcessOptions& program, double patience_s,
                                const std::atomic<bool>& interrupted) {
  using What = Process::Received::What;
  Process child(program);
  const std::chrono::duration<double> patience(patience_s);
  const auto deadline =
      Process::Clock::now() + std::chrono::duration_cast<Process::Clock::duration>(patience);
  const Process::Received received = child.receive(deadline, &interrupted);
  if (received.what == What::interrupted) {
    child.end(0ms);
    throw Interrupted();
  }
  if (received.what == What::timeout) {
    child.end(0ms);
    fail(child, fmt::format("no answer in {:.3g} s", patience_s));
  }
  const std::string ending = child.end(received.what == What::closed ? 1000ms : 2000ms);
  nlohmann::json reply = nlohmann::json::parse(received.line, nullptr, false);
  if (received.what != What::line || !reply.is_object()) fail(child, ending);
  if (!reply.contains("error")) return reply;
  const auto kind = reply.at("kind").get<Error::Kind>();
  const auto message = reply.at("error").get<std::string>();
  if (reply.value("output_failed", false)) throw OutputFailed(kind, message);
  throw Error(kind, message, reply.value("detail", ""));
}

}  // namespace assay
