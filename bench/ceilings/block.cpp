#include "bench/ceilings/block.hpp"

#include <algorithm>
#include <functional>

#include "bench/statistics/quantile.hpp"
#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"
#include "kernels/stream.hpp"

namespace assay {
namespace {

constexpr double sampling_s = 0.3;
constexpr double sample_s = 0.012;
constexpr int most_rounds = 5;
constexpr std::int64_t most_bytes = std::int64_t{1} << 30U;

// Equal parts of whole blocks for every unit, near the working set.
std::int64_t rounded(std::int64_t bytes, const DeviceInfo& device) {
  constexpr std::int64_t block = 4 * stream_block;
  const std::int64_t part =
      block * std::clamp<std::int64_t>(device.compute_units, 1, most_bytes / block);
  return std::clamp(bytes / part * part, part, most_bytes / part * part);
}

NeededCeiling memory_of(const Attempt& attempt) {
  const DeviceInfo& device = attempt.planned->device.info;
  const bool cold = attempt.planned->c.problem.word("cache") != "hot" &&
                    attempt.ring_bytes >= cold_bytes(device.cache_bytes);
  if (cold) return {"dram", 0};
  return {"cache", rounded(attempt.ring_bytes, device)};
}

struct Found {
  double rate = 0;
  PairedCeiling ceiling;
};

}  // namespace

CeilingBlock::CeilingBlock(WorkerPool& pool, std::vector<Attempt*> attempts)
    : pool_(pool), attempts_(std::move(attempts)) {
  // What finds ceilings has none.
  std::erase_if(attempts_,
                [](const Attempt* each) { return kernel_of(each->planned->c.problem).probe; });
  for (const Attempt* each : attempts_) {
    std::set<NeededCeiling>& needed = needed_[each->planned->device.info.hardware];
    if (!each->path.empty()) needed.insert({each->path, 0});
    needed.insert(memory_of(*each));
  }
  std::size_t samples = 0;
  for (Attempt* each : attempts_) {
    guarded(*each, [&](PairedProbes& probes) {
      probes.want(needed_[each->planned->device.info.hardware]);
      samples += probes.size();
    });
  }
  if (samples == 0) return;
  const double round_s = sample_s * static_cast<double>(samples);
  rounds_left_ = std::clamp(static_cast<int>(sampling_s / round_s), 2, most_rounds);
}

void CeilingBlock::guarded(Attempt& attempt, const std::function<void(PairedProbes&)>& action) {
  if (attempt.status != Status::ok) return;
  try {
    if (PairedProbes* probes = pool_.probes(*attempt.planned, attempt.launch.seed)) action(*probes);
  } catch (const WorkerFailure& failure) {
    // The case lost its process: it is tried again, without ceilings.
    attempt.status = Status::failed;
    attempt.reason = std::string("while ceilings were measured: ") + failure.what();
    attempt.detail = failure.detail();
    pool_.drop_probes(*attempt.planned);
  }
}

void CeilingBlock::sample() {
  if (rounds_left_ == 0) return;
  --rounds_left_;
  for (Attempt* each : attempts_) {
    guarded(*each, [](PairedProbes& probes) { probes.sample(); });
  }
}

void CeilingBlock::finish() {
  std::map<std::pair<std::string, NeededCeiling>, Found> best;
  for (Attempt* each : attempts_) {
    const std::string& hardware = each->planned->device.info.hardware;
    guarded(*each, [&](PairedProbes& probes) {
      for (auto& [needed, rates] : probes.finish()) {
        Found& found = best[{hardware, needed}];
        const double rate = median(rates);
        if (rate <= found.rate) continue;
        found = {rate, {needed.name, each->planned->c.device, rates, needed.bytes}};
      }
    });
  }
  for (Attempt* each : attempts_) {
    if (each->status != Status::ok) continue;
    const std::string& hardware = each->planned->device.info.hardware;
    const auto give = [&](const NeededCeiling& needed, std::optional<PairedCeiling>& into) {
      if (const auto found = best.find({hardware, needed}); found != best.end()) {
        into = found->second.ceiling;
      }
    };
    if (!each->path.empty()) give({each->path, 0}, each->launch.ceilings.alu);
    give(memory_of(*each), each->launch.ceilings.memory);
  }
}

}  // namespace assay
