#include "bench/ceilings/block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "bench/worker/memory.hpp"
#include "kernels/kernel.hpp"
#include "kernels/stream.hpp"

namespace assay {
namespace {

using Kind = NeededCeiling::Kind;

constexpr std::int64_t most_bytes = std::int64_t{1} << 30U;
// Of a case's bytes, from which on it is held against a copy too.
constexpr double writing_share = 1.0 / 16;
// Of the time beside a block, in which others had the processors, from which on its ceilings are no
// bound: their medians may be of such moments.
constexpr double disturbed_share = 0.5;

// Equal parts of whole blocks for every unit, near the working set.
std::int64_t rounded(std::int64_t bytes, const DeviceInfo& device) {
  constexpr std::int64_t block = 4 * stream_block;
  const std::int64_t part =
      block * std::clamp<std::int64_t>(device.compute_units, 1, most_bytes / block);
  return std::clamp(bytes / part * part, part, most_bytes / part * part);
}

bool is_cold(const Attempt& attempt) {
  return attempt.planned->c.problem.word("cache") != "hot" &&
         attempt.ring_bytes >= cold_bytes(attempt.planned->device.info.cache_bytes);
}

bool writes(const Attempt& attempt) {
  const Problem& problem = attempt.planned->c.problem;
  const Work work = kernel_of(problem).work(problem);
  return work.bytes_written > writing_share * (work.bytes_read + work.bytes_written);
}

// A ceiling of an attempt, and where it goes.
struct Need {
  NeededCeiling needed;
  std::optional<PairedCeiling> PairedCeilings::* into;
};

std::vector<Need> needs_of(const Attempt& attempt) {
  std::vector<Need> needs;
  if (is_alu_path(attempt.path)) {
    needs.push_back({{Kind::alu, attempt.path, 0}, &PairedCeilings::alu});
  }
  if (!is_cold(attempt)) {
    const std::int64_t bytes = rounded(attempt.ring_bytes, attempt.planned->device.info);
    needs.push_back({{Kind::cache, "", bytes}, &PairedCeilings::memory});
    // A small set may be bound by how long an accelerator's groups take to start: memory is a roof
    // that caches don't go below.
    if (!attempt.planned->device.info.cpu) {
      needs.push_back({{Kind::dram, "", 0}, &PairedCeilings::memory});
    }
    return needs;
  }
  needs.push_back({{Kind::dram, "", 0}, &PairedCeilings::memory});
  if (writes(attempt)) needs.push_back({{Kind::dram_copy, "", 0}, &PairedCeilings::copy});
  return needs;
}

struct Found {
  double rate = 0;
  PairedCeiling ceiling;
};
using Best = std::map<std::pair<std::string, NeededCeiling>, Found>;  // by ceiling_owner()

void keep_higher(Best& best, const std::string& hardware, const NeededCeiling& needed,
                 PairedCeiling ceiling) {
  Found& found = best[{hardware, needed}];
  const double rate = median(ceiling.rates);
  // The lower one may have been the higher.
  const bool disturbed = found.ceiling.disturbed || ceiling.disturbed;
  if (rate > found.rate) found = {rate, std::move(ceiling)};
  found.ceiling.disturbed = disturbed;
}

double share_of(const std::vector<double>& flags) {
  return std::accumulate(flags.begin(), flags.end(), 0.0) / static_cast<double>(flags.size());
}

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

CeilingBlock::CeilingBlock(WorkerPool& pool, std::vector<Attempt*> attempts, double shortest_s)
    : pool_(pool), attempts_(std::move(attempts)) {
  // What finds ceilings has none.
  std::erase_if(attempts_,
                [](const Attempt* each) { return kernel_of(each->planned->c.problem).probe; });
  for (const Attempt* each : attempts_) {
    for (const Need& need : needs_of(*each)) {
      needed_[ceiling_owner(each->planned->device.info)].insert(need.needed);
    }
  }
  double longest_s = 0;
  for (Attempt* each : attempts_) {
    longest_s += std::max(each->sampling_s, shortest_s);
    guarded(*each, [&](PairedProbes& probes) {
      probes.want(needed_[ceiling_owner(each->planned->device.info)]);
    });
  }
  const double round_s = plan_round();
  if (!(round_s > 0)) return;
  rounds_ = {round_s, shortest_s * static_cast<double>(attempts_.size()), longest_s};
}

double CeilingBlock::plan_round() {
  struct Wanted {
    Attempt* attempt;
    NeededCeiling needed;
    double cost_s, rate;
  };
  std::vector<Wanted> wanted;
  double all_s = 0;
  for (Attempt* each : attempts_) {
    guarded(*each, [&](PairedProbes& probes) {
      for (const auto& [needed, cost_s] : probes.costs()) {
        wanted.push_back({each, needed, cost_s, probes.rough_rate(needed)});
        all_s += cost_s;
      }
    });
  }
  // One round at the beginning and one at the end tell more than two backends of the same hardware in
  // one round: where there isn't time for both, the faster backend stands for the hardware.
  if (2 * all_s > ceiling_samples_s) {
    const auto outdone = [&](const Wanted& one) {
      const bool is = std::ranges::any_of(wanted, [&](const Wanted& other) {
        return other.attempt != one.attempt && other.needed == one.needed &&
               ceiling_owner(other.attempt->planned->device.info) ==
                   ceiling_owner(one.attempt->planned->device.info) &&
               (other.rate > one.rate || (other.rate == one.rate && &other < &one));
      });
      if (is) {
        guarded(*one.attempt, [&](PairedProbes& probes) {
          probes.leave_out(one.needed, "another backend of the hardware reaches more", false);
        });
      }
      return is;
    };
    std::vector<Wanted> left;
    for (const Wanted& each : wanted) {
      if (!outdone(each)) left.push_back(each);
    }
    wanted = std::move(left);
  }
  std::vector<double> costs_s;
  for (const Wanted& each : wanted) costs_s.push_back(each.cost_s);
  double round_s = 0;
  const std::vector<std::size_t> kept = affordable(costs_s);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::ranges::binary_search(kept, i)) {
      round_s += costs_s[i];
      continue;
    }
    guarded(*wanted[i].attempt, [&](PairedProbes& probes) {
      probes.leave_out(
          wanted[i].needed,
          fmt::format("a sample of it takes {:.2g} s, and all ceilings beside a block of "
                      "cases have {:g} s",
                      costs_s[i], ceiling_samples_s),
          costs_s[i] > ceiling_samples_s);
    });
  }
  return round_s;
}

void CeilingBlock::guarded(Attempt& attempt, const std::function<void(PairedProbes&)>& action) {
  if (attempt.status != Status::ok) return;
  // The case lost its process: it is tried again, without ceilings.
  const auto settle = [&](const std::string& reason, const std::string& detail) {
    attempt.status = Status::failed;
    attempt.reason = "while ceilings were measured: " + reason;
    attempt.detail = detail;
    pool_.drop_probes(*attempt.planned);
  };
  try {
    if (PairedProbes* probes = pool_.probes(*attempt.planned, attempt.launch.seed)) action(*probes);
  } catch (const WorkerFailure& failure) {
    settle(failure.what(), failure.detail());
  } catch (const Error& error) {
    settle(error.what(), error.detail());
  }
}

void CeilingBlock::take_round() {
  const auto before = Clock::now();
  if (!begin_) begin_ = before;
  times_.push_back(seconds(before - *begin_) - rounds_.spent_s());
  for (Attempt* each : attempts_) {
    guarded(*each, [](PairedProbes& probes) { probes.sample(); });
  }
  rounds_.took(seconds(Clock::now() - before));
}

void CeilingBlock::sample() {
  const double elapsed_s = begin_ ? seconds(Clock::now() - *begin_) - rounds_.spent_s() : 0;
  if (rounds_.due(elapsed_s)) take_round();
}

void CeilingBlock::sample_last() {
  while (rounds_.due_at_end()) take_round();
}

void CeilingBlock::finish(std::span<Attempt* const> beside) {
  // Where the cases took less time than the ceilings, there is none to spread these over.
  const bool spread = !times_.empty() && times_.back() > rounds_.spent_s();
  Best best;
  std::map<const Attempt*, std::map<NeededCeiling, std::string>> reasons;
  for (Attempt* each : attempts_) {
    const std::string hardware = ceiling_owner(each->planned->device.info);
    guarded(*each, [&](PairedProbes& probes) {
      for (const auto& [needed, sampled] : probes.finish()) {
        const auto over_time = [&](const std::vector<double>& values) {
          return spread ? evenly_in_time(times_, values) : values;
        };
        keep_higher(best, hardware, needed,
                    {needed.name(), each->planned->c.device, over_time(sampled.rates), needed.bytes,
                     share_of(over_time(sampled.disturbed)) >= disturbed_share});
      }
      for (const NeededCeiling& needed : needed_[hardware]) {
        reasons[each][needed] = probes.missing(needed);
      }
    });
  }
  for (const Attempt* each : beside) {
    if (each->status != Status::ok) continue;
    for (const Need& need : needs_of(*each)) {
      const auto& given = each->launch.ceilings.*need.into;
      if (given && given->name == need.needed.name())
        keep_higher(best, ceiling_owner(each->planned->device.info), need.needed, *given);
    }
  }
  for (Attempt* each : attempts_) {
    if (each->status != Status::ok) continue;
    PairedCeilings& ceilings = each->launch.ceilings;
    if (!each->path.empty() && !is_alu_path(each->path)) {
      ceilings.missing = "kernel alu has no chain of '" + each->path + "'";
    }
    for (const Need& need : needs_of(*each)) {
      const auto found = best.find({ceiling_owner(each->planned->device.info), need.needed});
      if (found != best.end()) {
        std::optional<PairedCeiling>& into = ceilings.*need.into;
        if (!into || found->second.rate > median(into->rates)) into = found->second.ceiling;
      } else if (ceilings.missing.empty()) {
        const std::string& reason = reasons[each][need.needed];
        ceilings.missing =
            need.needed.name() + ": " + (reason.empty() ? "its process ended" : reason);
      }
    }
  }
}

}  // namespace assay
