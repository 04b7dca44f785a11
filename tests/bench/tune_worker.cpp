// A worker whose candidates are as fast as $TUNE_VARIANTS says: "name:microseconds" with commas between, the
// default being "default"; 0 is a wrong answer, -1 a crash; behind a slash the same for problems of m:4096.
// Names behind "near:" are neighbours of the best.
// Preparing one takes $TUNE_MS for problems of m:1. What is sampled is written to $TUNE_LOG, a line each.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "bench/case.hpp"
#include "bench/worker/protocol.hpp"
#include "kernels/kernel.hpp"

namespace assay::fake {
namespace {

class TuneWorker {
 public:
  TuneWorker() {
    std::istringstream words(std::getenv("TUNE_VARIANTS"));
    for (std::string word; std::getline(words, word, ',');) {
      const bool near = word.starts_with("near:");
      if (near) word = word.substr(5);
      const auto colon = word.find(':');
      const std::string name = word.substr(0, colon);
      const auto slash = word.find('/');
      auto& [search, proof] = us_[name == "default" ? "" : name];
      search = std::stod(word.substr(colon + 1));
      proof = slash == std::string::npos ? search : std::stod(word.substr(slash + 1));
      if (name != "default") (near ? neighbours_ : curated_).push_back(name);
    }
  }

  template <typename Request>
  protocol::Reply on(const Request&) {
    return typename Request::Reply{};
  }
  protocol::Reply on(const protocol::Hello&) {
    return protocol::Hello::Reply{protocol::version, "fake"};
  }
  protocol::Reply on(const protocol::Supports&) {
    return protocol::Supports::Reply{Support::yes()};
  }
  protocol::Reply on(const protocol::Tune& request) {
    const Problem problem = parse_case(request.case_name).problem;
    const std::string m = std::to_string(problem.integer("m"));
    if (m == "9") return protocol::Tune::Reply{};
    return protocol::Tune::Reply{"m " + m + "\tdevice\tdriver\tkernels",
                                 request.best.empty() ? curated_ : neighbours_};
  }
  protocol::Reply on(const protocol::Prepare& request) {
    const Case c = parse_case(request.case_name);
    const auto& [search, proof] = us_.at(c.variant);
    variants_[request.slot] = {c.variant, c.problem.integer("m") == 4096 ? proof : search};
    if (c.problem.integer("m") == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(std::getenv("TUNE_MS"))));
    }
    if (variants_[request.slot].us < 0) _exit(3);
    return protocol::Prepare::Reply{};
  }
  protocol::Reply on(const protocol::Verify& request) {
    protocol::Verify::Reply reply;
    reply.passed = variants_.at(request.slot).us != 0;
    reply.reason = "element 3 is 1, not 2";
    return reply;
  }
  protocol::Reply on(const protocol::WarmUp&) {
    protocol::WarmUp::Reply reply;
    reply.calls_per_sample = 10;
    return reply;
  }
  protocol::Reply on(const protocol::Sample& request) {
    const auto& [variant, us] = variants_.at(request.slot);
    std::ofstream(std::getenv("TUNE_LOG"), std::ios::app) << variant << " " << request.n << "\n";
    const double ns = 1e3 * us * static_cast<double>(request.calls);
    protocol::Sample::Reply reply;
    reply.wall_ns.assign(static_cast<std::size_t>(request.n), ns);
    return reply;
  }
  protocol::Reply on(const protocol::Release& request) {
    variants_.erase(request.slot);
    return protocol::Release::Reply{};
  }

 private:
  std::map<std::string, std::pair<double, double>> us_;
  std::vector<std::string> curated_, neighbours_;
  struct Timed {
    std::string variant;
    double us;
  };
  std::map<std::int64_t, Timed> variants_;  // prepared, by slot
};

void serve() {
  TuneWorker worker;
  std::string received;
  for (char c = 0; read(3, &c, 1) == 1;) {
    if (c != '\n') {
      received += c;
      continue;
    }
    const auto message = protocol::parse_request(received);
    received.clear();
    const auto reply = std::visit([&](const auto& body) { return worker.on(body); }, message.body);
    const std::string line =
        protocol::to_line(protocol::Message<protocol::Reply>{message.id, reply}) + "\n";
    if (write(4, line.data(), line.size()) < 0) _exit(9);
    if (std::holds_alternative<protocol::Quit>(message.body)) return;
  }
}

}  // namespace
}  // namespace assay::fake

int main() { assay::fake::serve(); }
