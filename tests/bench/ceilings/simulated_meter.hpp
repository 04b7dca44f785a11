// A device with known pipes, latency, cores and bandwidth behind the interface of Meter: its clock
// is computed, not read.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "bench/ceilings/meter.hpp"
#include "kernels/alu.hpp"
#include "kernels/kernel.hpp"
#include "kernels/random.hpp"
#include "kernels/stream.hpp"

namespace assay {

struct SimulatedDevice {
  double clock_hz = 4e9;
  double pipes = 2;
  double latency = 4;       // cycles of a multiply-add
  std::int64_t lanes = 16;  // of a vector
  std::int64_t cores = 8;
  double one_bandwidth = 20e9;    // of one unit
  double bandwidth = 90e9;        // of all
  double place_bandwidth = 1e15;  // of one place that a unit reads
  double dispatch_s = 1e-6;
  double noise = 0.01;  // half width, uniform
  std::uint64_t seed = 5;
  std::int64_t work_group = 1;
  double to_device = 10e9, from_device = 5e9;
  double compile_s = 0;       // of every problem
  double first_s = 0;         // of the first on top
  double host_bytes_s = 1e9;  // inputs drawn and answers checked
  bool every_path = false;    // not f32.fma only: the others at its rate
};

class SimulatedMeter final : public Meter {
 public:
  explicit SimulatedMeter(SimulatedDevice device) : device_(device) {}

  // Cores in effect from a sample on; for switches midway.
  std::function<std::int64_t(std::int64_t sample)> cores_at;

  // What is said of every answer: before it is timed, and after.
  std::string wrong_before, wrong_after;

  Added add(const Problem& problem) override {
    if (!wrong_before.empty()) return {std::nullopt, "wrong: " + wrong_before, "", 0};
    if (problem.kernel == "alu") {
      const AluShape s = alu_shape(problem);
      const bool known =
          s.path == AluShape::Path::add || (s.path == AluShape::Path::fma && s.dtype == DType::f32);
      if (!known && !device_.every_path) return {std::nullopt, "no such instruction", "", 0};
      if (s.width > device_.lanes) return {std::nullopt, "too wide", "", 0};
    }
    const std::int64_t items = problem.kernel == "matmul" ? 0 : problem.integer("items");
    if (items > device_.work_group) return {std::nullopt, "too many work-items", "", 0};
    problems_.push_back(problem);
    // As a worker does: compiles, draws inputs, checks a call, warms up with calls in a row and single.
    const double call_s = device_.dispatch_s + seconds(problem, static_cast<double>(device_.cores));
    now_s_ += (problems_.size() == 1 ? device_.first_s : 0) + device_.compile_s +
              2 * host_s(problem) + call_s + std::max(0.03, 3 * call_s) + std::max(0.01, call_s);
    const AluShape s = problem.kernel == "alu" ? alu_shape(problem) : AluShape{};
    return {problems_.size() - 1, "",
            "chains_" + std::to_string(s.accumulators == 0 ? 24 : s.accumulators) + "x" +
                std::to_string(s.width == 0 ? device_.lanes : s.width) + ":simulated",
            host_s(problem) + std::max(0.01, 2 * call_s)};
  }

  double sample(std::size_t index) override {
    const std::int64_t n = samples_++;
    sampled_.insert(index);
    const double cores = static_cast<double>(cores_at ? cores_at(n) : device_.cores);
    const double wobble =
        1 + device_.noise *
                (2 * uniform(random_bits(device_.seed, 0, static_cast<std::uint64_t>(n))) - 1);
    const double call_s = (device_.dispatch_s + seconds(problems_.at(index), cores)) * wobble;
    now_s_ += std::ceil(0.01 / call_s) * call_s;
    return call_s;
  }
  double single_call(std::size_t index) override {
    return device_.dispatch_s + seconds(problems_.at(index), static_cast<double>(device_.cores));
  }
  Rates transfer(std::int64_t) override { return {device_.to_device, device_.from_device}; }
  std::string check(std::size_t index) override {
    now_s_ += host_s(problems_.at(index));
    return sampled_.contains(index) ? wrong_after : "nothing was timed";
  }
  void remove(std::size_t) override {}
  [[nodiscard]] double now_s() const override { return now_s_; }

 private:
  [[nodiscard]] double host_s(const Problem& problem) const {
    return static_cast<double>(problem.bytes()) / device_.host_bytes_s;
  }
  [[nodiscard]] double seconds(const Problem& problem, double cores) const {
    const Work work = kernel_of(problem).work(problem);
    if (problem.kernel == "stream") {
      const StreamShape s = stream_shape(problem);
      const double units = s.units == 0 ? cores : static_cast<double>(s.units);
      const double places = static_cast<double>(s.accumulators == 0 ? 4 : s.accumulators);
      const double one = std::min(places * device_.place_bandwidth, device_.one_bandwidth);
      const double rate = std::min(units * one, device_.bandwidth);
      return (work.bytes_read + work.bytes_written) / rate;
    }
    const double peak =
        cores * device_.pipes * static_cast<double>(device_.lanes) * 2 * device_.clock_hz;
    if (problem.kernel == "matmul") return work.flops / peak;
    const AluShape s = alu_shape(problem);
    if (s.path == AluShape::Path::add) return work.flops / device_.clock_hz;
    const double units = std::min(s.units == 0 ? cores : static_cast<double>(s.units), cores);
    const double chains = static_cast<double>(s.accumulators == 0 ? 24 : s.accumulators) *
                          static_cast<double>(std::max<std::int64_t>(s.items, 1));
    const double width = static_cast<double>(s.width == 0 ? device_.lanes : s.width);
    const double per_cycle = std::min(chains / device_.latency, device_.pipes);
    return work.flops / (units * per_cycle * 2 * width * device_.clock_hz);
  }

  SimulatedDevice device_;
  std::vector<Problem> problems_;
  std::int64_t samples_ = 0;
  double now_s_ = 0;
  std::set<std::size_t> sampled_;
};

inline KnownDevice simulated(const SimulatedDevice& device, bool cpu = true) {
  KnownDevice known;
  known.backend = "simulated";
  known.info.ordinal = "0";
  known.info.name = "simulated";
  known.info.hardware = cpu ? "cpu:simulated" : "gpu:simulated";
  known.info.cpu = cpu;
  known.info.compute_units = device.cores;
  known.info.cache_bytes = std::int64_t{16} << 20U;
  return known;
}

}  // namespace assay
