// See fake_worker.hpp. With FAKE_WORKER=old it speaks a protocol of the past, with
// FAKE_WORKER=mute it says nothing at all, with FAKE_WORKER=crash it dies when asked for the devices of part 1,
// with FAKE_WORKER=crash_once whenever it is asked for parts or devices for the first time.
#include "tests/bench/fake_worker.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "bench/case.hpp"
#include "bench/worker/protocol.hpp"
#include "kernels/kernel.hpp"

namespace assay::fake {
namespace {

using namespace std::chrono_literals;

const std::string behaviour = std::getenv("FAKE_WORKER") ? std::getenv("FAKE_WORKER") : "";

double number_in(const char* variable, double otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atof(text);
}

void say(const std::string& text) {
  if (write(4, text.data(), text.size()) < 0) _exit(9);
}

[[noreturn]] void sleep_forever() {
  for (;;) pause();
}

// As a program without a sanitizer's handler does.
void crash() {
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

class FakeWorker {
 public:
  protocol::Reply on(const protocol::Hello&) {
    if (behaviour == "mute") sleep_forever();
    return protocol::Hello::Reply{behaviour == "old" ? 0 : protocol::version, "fake"};
  }
  protocol::Reply on(const protocol::Load&) { return protocol::Load::Reply{"fake", "", ""}; }
  protocol::Reply on(const protocol::Conform&) { return protocol::Conform::Reply{}; }
  protocol::Reply on(const protocol::Parts&) {
    if (behaviour == "crash_once" && asked_before("parts") == 0) raise(SIGKILL);
    return protocol::Parts::Reply{{"0", "1"}};
  }
  protocol::Reply on(const protocol::Devices& request) {
    if (behaviour == "crash" && request.part == "1") crash();
    if (behaviour == "crash_once" && asked_before("devices" + request.part) == 0) crash();
    protocol::Devices::Reply reply;
    DeviceInfo& device = reply.enumeration.devices.emplace_back();
    device.ordinal = request.part + ".0";
    if (const char* const hardware = std::getenv("FAKE_HARDWARE")) device.hardware = hardware;
    return reply;
  }
  protocol::Reply on(const protocol::Supports& request) {
    device_ = parse_case(request.case_name).device;
    if (is_ceiling(request.case_name)) {
      const bool lacks = behaviour == "ceiling_unsupported" && device_ == "null:0";
      return protocol::Supports::Reply{lacks ? Support::no("fakes measure no ceilings")
                                             : Support::yes()};
    }
    mode_ = mode_of(request.case_name);
    if (mode_ == Mode::unsupported) {
      return protocol::Supports::Reply{Support::no("fakes do no such thing")};
    }
    return protocol::Supports::Reply{Support::yes()};
  }
  protocol::Reply on(const protocol::Probe& request) {
    // As a driver does on a special instruction: twice, then the probe remembers.
    if (behaviour == "crash_in_probe" && asked_before("probe") < 2) crash();
    const char* const silent = std::getenv("FAKE_HANG_IN_PROBE_OF");
    if (behaviour == "hang_in_probe" || (silent != nullptr && request.device == silent)) {
      (void)asked_before("hung");
      sleep_forever();
    }
    return protocol::Probe::Reply{{{"fake.dot s8", "works"}}};
  }
  protocol::Reply on(const protocol::Tune&) {
    return protocol::Tune::Reply{"problem\tdevice\tdriver\tkernels", {"one", "two"}};
  }
  protocol::Reply on(const protocol::Prepare&);
  protocol::Reply on(const protocol::Verify& request) {
    protocol::Verify::Reply reply;
    if (ceilings_.contains(request.slot)) {
      reply.passed = behaviour != "ceiling_wrong" || !request.timed;
      reply.reason = reply.passed ? "" : "element 7 is 1, not 2";
      reply.checked = "full";
      return reply;
    }
    reply.passed =
        mode_ != Mode::wrong_result && !(mode_ == Mode::wrong_when_timed && request.timed);
    reply.checked = "full";
    reply.reason = reply.passed ? "" : "element 3 is 1, not 2";
    reply.outputs = mode_ == Mode::passes_nothing ? 0 : 1;
    if (mode_ == Mode::passes_with_error) reply.error = 5;
    if (mode_ == Mode::passes_unchecked) reply.checked.clear();
    reply.first_call_ms = mode_ == Mode::slow || mode_ == Mode::slow_first_call ? 40e3 : 0.1;
    reply.call_ms = mode_ == Mode::slow ? 40e3 : 0.1;
    return reply;
  }
  protocol::Reply on(const protocol::WarmUp& request) {
    protocol::WarmUp::Reply reply;
    reply.call_ns = reply.host_call_ns = 1e5;
    reply.calls_per_sample = 10;
    const auto ceiling = ceilings_.find(request.slot);
    if (behaviour == "ceiling_dear" && ceiling != ceilings_.end() &&
        ceiling->second.kernel == "stream") {
      reply.call_ns = reply.host_call_ns = 1e9;
      reply.calls_per_sample = 1;
    }
    if (behaviour == "ceiling_long" && ceiling != ceilings_.end()) {
      reply.call_ns = reply.host_call_ns = device_ == "null:1" ? 5e7 : 6e7;
      reply.calls_per_sample = 1;
    }
    if (mode_ == Mode::long_warm_up_call) reply.call_ns = 7e9;
    if (mode_ == Mode::hangs_in_sample) reply.calls_per_sample = protocol::most_calls;
    return reply;
  }
  protocol::Reply on(const protocol::Sample& request);
  protocol::Reply on(const protocol::Release&) { return protocol::Release::Reply{}; }
  protocol::Reply on(const protocol::Quit&) { return protocol::Quit::Reply{}; }
  protocol::Reply on(const protocol::Capacity& request) {
    return protocol::Capacity::Reply{request.bytes, 1, true, "", ""};
  }
  protocol::Reply on(const protocol::Transfer&) { return protocol::Transfer::Reply{1, 1}; }

  [[nodiscard]] std::string line(std::uint64_t id, const protocol::Reply& reply) const;

 private:
  // How often this was asked before, by any of the workers.
  static std::size_t asked_before(const std::string& what) {
    const auto file = std::filesystem::path(std::getenv("FAKE_WORKER_DIR")) / what;
    std::error_code absent;
    const auto before = std::filesystem::file_size(file, absent);
    std::ofstream(file, std::ios::app) << ".";
    return absent ? 0 : before;
  }
  static bool is_ceiling(const std::string& name) {
    return kernel_of(parse_case(name).problem).probe;
  }
  // Seconds of a call.
  [[nodiscard]] double ceiling_seconds(const Problem& problem) const {
    const Work work = kernel_of(problem).work(problem);
    const double rate = number_in("FAKE_CEILING", 1e6);
    if (problem.kernel == "alu") return work.flops / rate;
    if (problem.word("cache") == "hot") return work.bytes_read / number_in("FAKE_CACHE", rate);
    return (work.bytes_read + work.bytes_written) /
           (problem.word("op") == "read" ? rate : number_in("FAKE_COPY", rate));
  }
  // How much more time everything takes now.
  [[nodiscard]] double slowness() const {
    if (behaviour == "noisy_1" && device_ == "null:1") return noise_;
    return behaviour == "slow_at_first" && case_samples_ < 40 ? 2 : 1;
  }
  // Another one in every process.
  const double noise_ =
      behaviour == "noisy_1" ? 1 + 0.2 * static_cast<double>(asked_before("process")) : 1;
  // As slow as beside somebody else's work, in the first of all processes.
  const bool disturbed_ = behaviour == "disturbed_once" && asked_before("process") == 0;
  protocol::Reply sample_ceiling(const protocol::Sample& request);
  static Mode mode_of(const std::string& name) {
    const Problem problem = parse_case(name).problem;
    const auto mode = static_cast<Mode>(problem.integer("k"));
    if (problem.integer("m") == 1) return mode;
    const auto marker = std::filesystem::path(std::getenv("FAKE_WORKER_DIR")) /
                        std::to_string(problem.integer("k"));
    if (std::filesystem::exists(marker)) return Mode::good;
    std::ofstream(marker) << "seen\n";
    return mode;
  }

  Mode mode_ = Mode::good;
  std::string device_;
  std::map<std::int64_t, Problem> ceilings_;  // by slot
  std::int64_t case_samples_ = 0;
  std::int64_t watched_ = 0;
};

protocol::Reply FakeWorker::on(const protocol::Prepare& request) {
  protocol::Prepare::Reply reply;
  if (is_ceiling(request.case_name)) {
    const auto is_at = [&](const char* variable) {
      const char* const part = std::getenv(variable);
      return part != nullptr && request.case_name.find(part) != std::string::npos;
    };
    if (is_at("FAKE_FULL_ONCE_AT") && asked_before("full") == 0) {
      return protocol::Failure{Error::Kind::memory, "out of device memory", ""};
    }
    if (is_at("FAKE_SKIP_AT")) {
      reply.skipped = "needs 1 GiB of device memory";
      return reply;
    }
    ceilings_[request.slot] = parse_case(request.case_name).problem;
    reply.implementation = "fake";
    return reply;
  }
  case_samples_ = 0;
  reply.ring_bytes = std::int64_t{1} << 30U;
  if (const char* const path = std::getenv("FAKE_PATH")) reply.path = path;
  reply.implementation = mode_ == Mode::fallback ? "ref:any" : "fake";
  reply.ring = 1;
  switch (mode_) {
    case Mode::crash_in_prepare:
      std::cerr << "about to fall\n" << std::flush;
      crash();
      break;
    case Mode::killed:
      raise(SIGKILL);
      break;
    case Mode::exits:
      _exit(3);
    case Mode::hangs:
      sleep_forever();
    case Mode::babbles:
      for (int i = 0; i < 100000; ++i) std::cout << "babble " << i << '\n';
      break;
    case Mode::out_of_memory:
      return protocol::Failure{Error::Kind::memory, "out of host memory", ""};
    case Mode::error:
      return protocol::Failure{Error::Kind::device, "clBuildProgram failed",
                               "line 3: no such type"};
    case Mode::refused_program:
      return protocol::Failure{Error::Kind::program, "can't compile it", "line 3: no such type"};
    case Mode::no_ring:
      reply.ring = 0;
      break;
    case Mode::negative_compile:
      reply.compile_ms = -1;
      break;
    case Mode::long_compile:
      reply.compile_ms = 7e6;
      break;
    case Mode::skipped:
      reply.skipped = "needs 40 GiB of device memory, has 8 GiB";
      break;
    default:
      break;
  }
  return reply;
}

protocol::Reply FakeWorker::sample_ceiling(const protocol::Sample& request) {
  const auto is_at = [&](const char* variable) {
    const char* const part = std::getenv(variable);
    return part != nullptr &&
           problem_name(ceilings_.at(request.slot)).find(part) != std::string::npos;
  };
  const char* const fragile = std::getenv("FAKE_CRASH_ON");
  if (is_at("FAKE_CRASH_AT") && (fragile == nullptr || device_ == fragile)) {
    if (std::getenv("FAKE_WORKER_DIR") != nullptr) (void)asked_before("crash");
    raise(SIGABRT);
  }
  if (is_at("FAKE_HANG_AT")) sleep_forever();
  if (behaviour == "ceiling_crash") raise(SIGABRT);
  if (behaviour == "ceiling_crash_1" && device_ == "null:1") raise(SIGABRT);
  protocol::Sample::Reply reply;
  const double call_ns =
      1e9 * ceiling_seconds(ceilings_.at(request.slot)) * slowness() * (disturbed_ ? 10 : 1);
  for (std::int64_t i = 0; i < request.n; ++i) {
    reply.wall_ns.push_back(call_ns * static_cast<double>(request.calls));
    reply.cpu_ns.push_back(reply.wall_ns.back());
  }
  // A share of the time, in every so many-th sample.
  const auto every = static_cast<std::int64_t>(number_in("FAKE_WAITS_EVERY", 1));
  if (request.waiting && ++watched_ % every == 0) {
    reply.waited_ns = number_in("FAKE_WAITS", 0) * reply.wall_ns.back();
  }
  return reply;
}

protocol::Reply FakeWorker::on(const protocol::Sample& request) {
  if (ceilings_.contains(request.slot)) return sample_ceiling(request);
  if (mode_ == Mode::crash_in_sample) raise(SIGABRT);
  if (mode_ == Mode::hangs_in_sample) sleep_forever();
  if (mode_ == Mode::hidden_time) std::this_thread::sleep_for(1500ms);
  protocol::Sample::Reply reply;
  for (std::int64_t i = 0; i < request.n; ++i) {
    std::this_thread::sleep_for(200us);
    reply.wall_ns.push_back(2e5 * slowness());
    ++case_samples_;
    reply.device_ns.push_back(1e5);
    reply.cpu_ns.push_back(1e5);
  }
  if (request.energy) {
    // 50 W.
    reply.wall_ns.back() = 1e5 * static_cast<double>(request.calls);
    std::this_thread::sleep_for(std::chrono::duration<double, std::nano>(reply.wall_ns.back()));
    if (behaviour == "no_energy") {
      reply.energy_missing = "the system counts no energy";
    } else if (behaviour != "free_energy") {
      reply.energy_source = "powercap";
      reply.joules = 50e-9 * reply.wall_ns.back();
    }
  }
  if (mode_ == Mode::device_above_host) reply.device_ns.back() = 5e9;
  if (mode_ == Mode::negative_time) reply.wall_ns.back() = -1;
  if (mode_ == Mode::zero_time) reply.wall_ns.back() = 0;
  if (mode_ == Mode::too_much_time) reply.wall_ns.back() = 7e9;
  if (mode_ == Mode::few_samples) reply.wall_ns.pop_back();
  return reply;
}

std::string FakeWorker::line(std::uint64_t id, const protocol::Reply& reply) const {
  const bool prepared = std::holds_alternative<protocol::Prepare::Reply>(reply);
  const bool sampled = std::holds_alternative<protocol::Sample::Reply>(reply);
  if (prepared && mode_ == Mode::wrong_id) id += 1;
  if (prepared && mode_ == Mode::garbage) return "\x01\xff{]";
  if (prepared && mode_ == Mode::wrong_reply) {
    return to_line(protocol::Message<protocol::Reply>{id, protocol::Release::Reply{}});
  }
  if (prepared && mode_ == Mode::endless_line) {
    for (const std::string part(65536, 'x');;) say(part);
  }
  std::string text = to_line(protocol::Message<protocol::Reply>{id, reply});
  if (sampled && mode_ == Mode::device_nan) text.replace(text.find("100000.0"), 8, "NaN");
  return text;
}

}  // namespace
}  // namespace assay::fake

int main() {
  assay::fake::FakeWorker worker;
  std::string received;
  for (char c = 0; read(3, &c, 1) == 1;) {
    if (c != '\n') {
      received += c;
      continue;
    }
    const auto message = assay::protocol::parse_request(received);
    received.clear();
    const auto reply = std::visit([&](const auto& body) { return worker.on(body); }, message.body);
    assay::fake::say(worker.line(message.id, reply) + "\n");
    if (std::holds_alternative<assay::protocol::Quit>(message.body)) return 0;
  }
}
