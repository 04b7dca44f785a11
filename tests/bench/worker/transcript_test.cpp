// A committed conversation with a worker on the reference backend, replayed line by line.
//
// Each line of golden/protocol.jsonl is {"ask": line, "answer": line} as JSON, what differs from
// run to run and from machine to machine replaced by "*". ASSAY_APPROVE=1 writes it anew.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "bench/process.hpp"
#include "bench/worker/protocol.hpp"

namespace assay {
namespace {

using Json = nlohmann::ordered_json;

const std::set<std::string> volatile_fields = {
    "compile_ms", "pack_ms", "first_call_ms", "call_ms", "call_ns", "host_call_ns", "wall_ns",
    "cpu_ns", "calls_per_sample", "stationary", "build", "error", "max_abs_error", "worst_index",
    // of devices
    "name", "vendor", "hardware", "isa", "driver", "compute_units", "memory_bytes", "cache_bytes",
    "notes"};

void mask(Json& json) {
  for (auto& [key, value] : json.items()) {
    if (volatile_fields.contains(key)) {
      value = "*";
    } else if (value.is_structured()) {
      for (Json& each : value) {
        if (each.is_object()) mask(each);
      }
    }
  }
}

Json ask(Process& worker, const Json& question) {
  if (!worker.send(question.dump())) return "gone";
  const auto deadline = Process::Clock::now() + std::chrono::seconds(30);
  const auto received = worker.receive(deadline, nullptr);
  Json answer = Json::parse(received.line, nullptr, false);
  if (answer.is_object()) mask(answer);
  return answer;
}

TEST(Transcript, IsAnsweredAsCommitted) {
  const std::string path = std::string(GOLDEN) + "/protocol.jsonl";
  std::vector<Json> lines;
  {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  }
  ASSERT_FALSE(lines.empty());
  ProcessOptions options;
  options.executable = REAL_WORKER;
  options.arguments = {"worker", "--in", "3", "--out", "4"};
  Process worker(options);
  std::string actual;
  for (const Json& line : lines) {
    const Json answer = ask(worker, line.at("ask"));
    EXPECT_EQ(answer.dump(), line.value("answer", Json()).dump()) << line.at("ask").dump();
    actual += Json{{"ask", line.at("ask")}, {"answer", answer}}.dump() + "\n";
  }
  EXPECT_EQ(worker.end(std::chrono::seconds(10)), "exit status 0");
  if (std::getenv("ASSAY_APPROVE") != nullptr) std::ofstream(path) << actual;
}

}  // namespace
}  // namespace assay
