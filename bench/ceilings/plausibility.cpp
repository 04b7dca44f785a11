#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bench/ceilings/ceilings.hpp"

namespace assay {
namespace {

// Two thirds of the accumulators deliver two thirds where latency is the bound, and all where the
// pipes are.
constexpr double least_of_fewer = 0.8;
// Of what is expected, between which figures agree.
constexpr double least_share = 0.85;
constexpr double most_share = 1.05;
// What one size may exceed a smaller one by: noise.
constexpr double most_rise = 1.15;

// The two numbers of "chains_24x16:avx512": accumulators and elements of a vector; 0 if unknown.
struct Chains {
  double accumulators = 0, width = 0;
};
Chains chains_of(const Ceiling& ceiling) {
  const std::string& text = ceiling.implementation;
  const std::size_t bar = text.find('_');
  const std::size_t cross = text.find('x', bar == std::string::npos ? 0 : bar);
  if (bar == std::string::npos || cross == std::string::npos) return {};
  return {std::atof(text.c_str() + bar + 1), std::atof(text.c_str() + cross + 1)};
}

double rate_of(const Ceiling& ceiling) { return ceiling.rate().value_or(0); }

const Ceiling* clock_of(const DeviceCeilings& device, std::span<const DeviceCeilings> all) {
  const Ceiling* found = device.find(Ceiling::Kind::clock, "clock");
  if (found != nullptr && found->rate()) return found;
  for (const DeviceCeilings& other : all) {
    if (other.hardware != device.hardware) continue;
    found = other.find(Ceiling::Kind::clock, "clock");
    if (found != nullptr && found->rate()) return found;
  }
  return nullptr;
}

void check_saturation(const DeviceCeilings& device, const Ceiling& one,
                      std::vector<std::string>& lines) {
  const double fewer = std::round(2 * chains_of(one).accumulators / 3);
  const Ceiling* const with_fewer =
      device.find(Ceiling::Kind::alu, fmt::format("f32.fma, 1 thread, {:.0f} accumulators", fewer));
  if (with_fewer == nullptr || !with_fewer->rate()) return;
  const double share = rate_of(*with_fewer) / rate_of(one);
  if (share >= least_of_fewer) return;
  lines.push_back(
      fmt::format("mismatch: {:.0f} accumulators deliver {:.0f} % of what {:.0f} do: the chain is "
                  "bound by latency, not by the pipes",
                  fewer, 100 * share, chains_of(one).accumulators));
}

// The published number that is nearest, if any is known.
double published_lanes(const PublishedCore& core, double measured) {
  double nearest = 0;
  for (const std::int64_t each : core.lanes) {
    const auto lanes = static_cast<double>(each);
    if (nearest == 0 || std::abs(lanes - measured) < std::abs(nearest - measured)) nearest = lanes;
  }
  return nearest;
}

// Of one thread: what it shows in a cycle, and whether that can be. The lanes to expect of the others.
double check_one_thread(const DeviceCeilings& device, const Ceiling& one, double hertz,
                        std::vector<std::string>& lines) {
  const double width = chains_of(one).width;
  const double per_cycle = rate_of(one) / (2 * width * hertz);
  lines.push_back(fmt::format(
      "one thread: {:.2f} vector multiply-adds of {:.0f} elements a cycle at {:.2f} GHz observed",
      per_cycle, width, hertz * 1e-9));
  check_saturation(device, one, lines);
  const double published = published_lanes(device.core, per_cycle * width);
  if (published > 0) {
    const double share = per_cycle * width / published;
    lines.push_back(fmt::format(
        "{}: its maker publishes {:.0f} lanes a cycle for a core; measured {:.1f}, {:.0f} %",
        device.core.name, published, per_cycle * width, 100 * share));
    if (share < least_share || share > most_share) {
      lines.push_back(fmt::format(
          "mismatch: {:.0f} % of the published lanes: {}", 100 * share,
          share > 1 ? "the clock was disturbed while it was measured"
                    : "an instruction set below the processor's, a second thread on the core, or a "
                      "chain that doesn't fill the pipes"));
    }
    return published;
  }
  const double pipes = std::max(std::round(per_cycle), 1.0);
  if (std::abs(per_cycle - pipes) > 0.1 * pipes) {
    lines.push_back(
        fmt::format("mismatch: {:.2f} a cycle is no whole number of pipes; the chain or the clock "
                    "was disturbed",
                    per_cycle));
  }
  return width * pipes;
}

// Where no chain tells the clock: of the reported one, a unit's lanes, which makers choose as powers of
// two.
void check_reported(const DeviceCeilings& device, double rate, std::vector<std::string>& lines) {
  const double lanes = rate / (static_cast<double>(device.units) * 2 * device.reported_hz);
  const double likely = std::exp2(std::round(std::log2(lanes)));
  const double share = lanes / likely;
  lines.push_back(fmt::format(
      "{} units x {:.0f} lanes x 2 x {:.2f} GHz reported = {:.0f} GFLOP/s, if a unit has "
      "that power of two; measured {:.0f}, {:.0f} %",
      device.units, likely, device.reported_hz * 1e-9, rate / share * 1e-9, rate * 1e-9,
      100 * share));
  if (share < least_share || share > most_share) {
    lines.push_back(
        fmt::format("mismatch: {:.1f} lanes a unit: a clock other than the reported one, or a "
                    "chain that doesn't "
                    "fill the units",
                    lanes));
  }
}

void check_arithmetic(const DeviceCeilings& device, std::span<const DeviceCeilings> all,
                      std::vector<std::string>& lines) {
  const Ceiling* const clock = clock_of(device, all);
  const Ceiling* const one = device.find(Ceiling::Kind::alu, "f32.fma, 1 thread");
  const Ceiling* const every = device.find(Ceiling::Kind::alu, "f32.fma");
  const bool known =
      clock != nullptr && one != nullptr && every != nullptr && one->rate() && every->rate();
  if (!known && every != nullptr && every->rate() && device.reported_hz > 0 && device.units > 0 &&
      !device.cpu) {
    return check_reported(device, rate_of(*every), lines);
  }
  if (!known) {
    lines.emplace_back("units x lanes x 2 x clock: not known here");
    return;
  }
  if (!(chains_of(*one).width > 0)) {
    lines.emplace_back("units x lanes x 2 x clock: the lanes aren't known");
    return;
  }
  const double hertz = rate_of(*clock);
  const double lanes = check_one_thread(device, *one, hertz, lines);
  const bool threads = device.threads > 0;
  const std::int64_t units = threads ? device.threads : device.units;
  const double expected = static_cast<double>(units) * lanes * 2 * hertz;
  const double share = rate_of(*every) / expected;
  lines.push_back(
      fmt::format("{} {} x {:.0f} lanes x 2 x {:.2f} GHz = {:.0f} GFLOP/s; measured {:.0f}, "
                  "{:.0f} %",
                  units, std::string(threads ? "thread" : "unit") + (units == 1 ? "" : "s"), lanes,
                  hertz * 1e-9, expected * 1e-9, rate_of(*every) * 1e-9, 100 * share));
  if (share < least_share || share > most_share) {
    if (units == 1) {
      lines.push_back(
          fmt::format("mismatch: the same chains once delivered {:.2f} times what they did another "
                      "time: others at "
                      "work on this machine, or a quota of processor time",
                      rate_of(*every) / rate_of(*one)));
      return;
    }
    lines.push_back(fmt::format(
        "mismatch: all {} together deliver {:.2f} times what one does: {}", units,
        rate_of(*every) / rate_of(*one),
        share > 1 ? "the clock was disturbed while it was measured"
                  : "units that share a core's arithmetic, a lower clock when all are busy, or "
                    "others at work on this machine"));
  }
}

// Caches don't get faster as they get larger, nor are they slower than memory.
void check_caches(const DeviceCeilings& device, std::vector<std::string>& lines) {
  std::vector<const Ceiling*> sizes;
  for (const Ceiling& each : device.ceilings) {
    if (each.kind == Ceiling::Kind::cache && each.rate()) sizes.push_back(&each);
  }
  std::ranges::sort(sizes, {}, [](const Ceiling* each) { return each->bytes; });
  const Ceiling* const memory = device.find(Ceiling::Kind::dram, "read");
  if (memory != nullptr && memory->rate() && !sizes.empty()) {
    const auto fastest =
        std::ranges::max(sizes, {}, [](const Ceiling* each) { return rate_of(*each); });
    if (rate_of(*fastest) * most_rise < rate_of(*memory)) {
      lines.push_back(
          fmt::format("mismatch: the fastest cache, '{}', delivers {:.0f} % of what memory does: "
                      "it is bound by "
                      "something other than itself",
                      fastest->name, 100 * rate_of(*fastest) / rate_of(*memory)));
    }
  }
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const double rise = rate_of(*sizes[i]) / rate_of(*sizes[i - 1]);
    if (rise <= most_rise) continue;
    lines.push_back(
        fmt::format("mismatch: '{}' delivers {:.2f} times what '{}' does: the smaller set is bound "
                    "by something "
                    "other than its cache, or others were at work",
                    sizes[i]->name, rise, sizes[i - 1]->name));
  }
}

}  // namespace

std::vector<std::string> plausibility(const DeviceCeilings& device,
                                      std::span<const DeviceCeilings> all) {
  std::vector<std::string> lines;
  check_arithmetic(device, all, lines);
  check_caches(device, lines);
  return lines;
}

}  // namespace assay
