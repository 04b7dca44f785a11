#include "bench/conformance/honesty.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "bench/conformance/tensor_set.hpp"

namespace assay {
namespace {

// Of the parts that an ordinal may come from; several parts are asked only where the ordinal begins
// with their name, because another one's driver may be broken.
std::optional<DeviceInfo> listed(Backend& backend, const std::string& ordinal, bool& asked) {
  const std::vector<std::string> parts = backend.parts();
  asked = false;
  for (const std::string& part : parts) {
    if (parts.size() > 1 && ordinal != part && !ordinal.starts_with(part + ".")) continue;
    asked = true;
    const std::vector<DeviceInfo> devices = backend.enumerate(part).devices;
    const auto found = std::ranges::find(devices, ordinal, &DeviceInfo::ordinal);
    if (found != devices.end()) return *found;
  }
  return std::nullopt;
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }
std::string quoted(std::int64_t number) { return std::to_string(number); }
std::string quoted(bool yes) { return yes ? "true" : "false"; }

struct Timed {
  std::optional<double> device_ns;
  double host_ns = 0;
};

Timed timed(Queue& queue, Bound& bound, std::int64_t calls) {
  using Clock = std::chrono::steady_clock;
  Bound* const ring[] = {&bound};
  const auto before = Clock::now();
  queue.submit(ring, calls);
  const auto device_ns = queue.wait();
  return {device_ns, std::chrono::duration<double, std::nano>(Clock::now() - before).count()};
}

std::string lie(double device_ns, double host_ns) {
  return "wait() says " + std::to_string(device_ns * 1e-6) + " ms for what took the host " +
         std::to_string(host_ns * 1e-6) + " ms";
}

}  // namespace

std::string honest_description(Backend& backend, const std::string& ordinal,
                               const Problem& /*problem*/) {
  bool asked = false;
  const std::optional<DeviceInfo> before = listed(backend, ordinal, asked);
  if (!asked) return {};
  if (!before) return "enumerate() doesn't name the device " + ordinal + " again";
  const std::unique_ptr<Device> device = backend.open(ordinal);
  const DeviceInfo& now = device->info();
  std::string reason;
  const auto same = [&](const char* what, const auto& one, const auto& other) {
    if (!reason.empty() || one == other) return;
    reason = "enumerate() says " + std::string(what) + " " + quoted(one) + ", info() after open " +
             quoted(other);
  };
  same("ordinal", before->ordinal, now.ordinal);
  same("name", before->name, now.name);
  same("vendor", before->vendor, now.vendor);
  same("hardware", before->hardware, now.hardware);
  same("platform", before->platform, now.platform);
  same("driver", before->driver, now.driver);
  same("isa", before->isa, now.isa);
  same("software", before->software, now.software);
  same("cpu", before->cpu, now.cpu);
  same("compute_units", before->compute_units, now.compute_units);
  same("memory_bytes", before->memory_bytes, now.memory_bytes);
  same("max_allocation_bytes", before->max_allocation_bytes, now.max_allocation_bytes);
  same("cache_bytes", before->cache_bytes, now.cache_bytes);
  if (reason.empty() && before->dtypes != now.dtypes) {
    reason = "enumerate() says other dtypes than info() after open";
  }
  for (const auto& [key, value] : now.notes) {
    if (reason.empty() && key == "implausible") reason = "no device has " + value;
  }
  return reason;
}

std::string honest_clock(Backend& backend, const std::string& ordinal, const Problem& problem) {
  const auto device = backend.open(ordinal);
  TensorSet set(*device, problem, 30);
  const auto prepared = device->prepare(problem, "");
  const auto bound = set.bind(*prepared);
  const auto queue = device->queue();
  std::int64_t calls = 20;
  for (int i = 0; i < 5; ++i) {
    const Timed time = timed(*queue, *bound, calls);
    if (!time.device_ns) continue;
    // Room for the granularity of the device's timer.
    if (*time.device_ns > time.host_ns * 1.01 + 1e3 || !(*time.device_ns > 0)) {
      return lie(*time.device_ns, time.host_ns);
    }
  }
  // So much work that the time of starting it doesn't hide a wrong unit. Several times, because the
  // host may have been kept waiting by others.
  constexpr double long_ns = 20e6;
  constexpr double least_share = 0.005;
  constexpr std::int64_t most_calls = 20 << 10U;
  constexpr int tries = 3;
  std::string reason;
  for (int i = 0; i < tries;) {
    const Timed time = timed(*queue, *bound, calls);
    if (!time.device_ns) return {};
    if (time.host_ns < long_ns && calls < most_calls) {
      calls *= 4;
      continue;
    }
    if (*time.device_ns >= least_share * time.host_ns) return {};
    reason = lie(*time.device_ns, time.host_ns);
    ++i;
  }
  return reason;
}

}  // namespace assay
