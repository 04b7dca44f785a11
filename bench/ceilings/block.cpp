#include "bench/ceilings/block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

#include "bench/ceilings/needs.hpp"
#include "bench/ceilings/probes.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

// Of the time beside a block, in which others had the processors, from which on its ceilings are no
// bound: their medians may be of such moments.
constexpr double disturbed_share = 0.5;

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

std::string owner_of(const PlannedCase& planned) { return ceiling_owner(planned.device.info); }
std::string owner_of(const Attempt& attempt) { return owner_of(*attempt.planned); }

auto inserter_of(std::set<NeededCeiling>& into) { return std::inserter(into, into.end()); }

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

CeilingBlock::CeilingBlock(WorkerPool& pool, StandIns& stand_ins, std::vector<Attempt*> attempts,
                           double shortest_s)
    : pool_(pool), stand_ins_(stand_ins), attempts_(std::move(attempts)) {
  // What finds ceilings has none.
  std::erase_if(attempts_,
                [](const Attempt* each) { return kernel_of(each->planned->c.problem).probe; });
  for (const Attempt* each : attempts_) {
    for (const Need& need : needs_of(*each)) needed_[owner_of(*each)].insert(need.needed);
  }
  double longest_s = 0;
  for (Attempt* each : attempts_) {
    longest_s += std::max(each->sampling_s, shortest_s);
    measurers_.push_back({each->planned, each, each->launch.seed, needed_[owner_of(*each)]});
  }
  std::map<std::string, std::set<NeededCeiling>> lacking;
  std::map<std::string, std::set<NeededCeiling>> can;
  for (Measurer& each : measurers_) {
    guarded(each, [&](PairedProbes& probes) {
      const std::set<NeededCeiling> cannot = probes.want(each.asked);
      std::ranges::set_difference(each.asked, cannot, inserter_of(can[owner_of(*each.planned)]));
    });
  }
  for (const Attempt* each : attempts_) {
    if (each->status != Status::ok) continue;
    for (const Need& need : needs_of(*each)) {
      const std::string owner = owner_of(*each);
      if (!can[owner].contains(need.needed)) lacking[owner].insert(need.needed);
    }
  }
  for (const auto& [owner, needed] : lacking) add_stand_ins(owner, needed);
  const double round_s = plan_round();
  if (!(round_s > 0)) return;
  rounds_ = {round_s, shortest_s * static_cast<double>(attempts_.size()), longest_s};
}

void CeilingBlock::add_stand_ins(const std::string& owner, std::set<NeededCeiling> lacking) {
  std::set<std::string> tried;
  for (const Attempt* each : attempts_) tried.insert(each->planned->c.device);
  while (!lacking.empty()) {
    const std::optional<StandIns::Candidate> found = stand_ins_.find(owner, lacking, tried);
    if (!found) return;
    tried.insert(found->device->c.device);
    Measurer measurer = {found->device, nullptr, attempts_.front()->launch.seed, found->may};
    bool useful = false;
    std::set<NeededCeiling> never;
    guarded(measurer, [&](PairedProbes& probes) {
      const std::set<NeededCeiling> cannot = probes.want(found->may);
      for (const NeededCeiling& each : found->may) {
        if (!cannot.contains(each)) {
          lacking.erase(each);
        } else if (probes.unsupported(each)) {
          never.insert(each);
        } else {
          note_missing(measurer, each, probes.missing(each));
        }
      }
      stand_ins_.exclude(*found->device, never);
      useful = cannot.size() < found->may.size();
    });
    for (const NeededCeiling& each : never) measurer.asked.erase(each);
    if (useful) measurers_.push_back(measurer);
  }
}

double CeilingBlock::plan_round() {
  struct Wanted {
    Measurer* measurer;
    NeededCeiling needed;
    double cost_s, rate;
  };
  std::vector<Wanted> wanted;
  double all_s = 0;
  for (Measurer& each : measurers_) {
    guarded(each, [&](PairedProbes& probes) {
      for (const auto& [needed, cost_s] : probes.costs()) {
        wanted.push_back({&each, needed, cost_s, probes.rough_rate(needed)});
        all_s += cost_s;
      }
    });
  }
  // One round at the beginning and one at the end tell more than two backends of the same hardware in
  // one round: where there isn't time for both, the faster backend stands for the hardware.
  if (2 * all_s > ceiling_samples_s) {
    const auto outdone = [&](const Wanted& one) {
      const bool is = std::ranges::any_of(wanted, [&](const Wanted& other) {
        return other.measurer != one.measurer && other.needed == one.needed &&
               owner_of(*other.measurer->planned) == owner_of(*one.measurer->planned) &&
               (other.rate > one.rate || (other.rate == one.rate && &other < &one));
      });
      if (is) {
        guarded(*one.measurer, [&](PairedProbes& probes) {
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
    guarded(*wanted[i].measurer, [&](PairedProbes& probes) {
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

void CeilingBlock::note_missing(const Measurer& measurer, const NeededCeiling& needed,
                                const std::string& reason) {
  if (reason.empty()) return;
  const std::string& device = measurer.planned->c.device;
  if (measurer.attempt == nullptr) {
    // The first: a crash later on says nothing of what was refused before.
    lent_reasons_.try_emplace({owner_of(*measurer.planned), needed}, device + ": " + reason);
  } else {
    reasons_[{device, needed}] = reason;
  }
}

std::string CeilingBlock::missing(const Attempt& attempt, const NeededCeiling& needed) const {
  // Asked because the own backend couldn't.
  const auto lent = lent_reasons_.find({owner_of(attempt), needed});
  if (lent != lent_reasons_.end()) return lent->second;
  const auto own = reasons_.find({attempt.planned->c.device, needed});
  return own == reasons_.end() ? "its process ended" : own->second;
}

void CeilingBlock::guarded(Measurer& measurer, const std::function<void(PairedProbes&)>& action) {
  Attempt* const attempt = measurer.attempt;
  if (measurer.lost || (attempt != nullptr && attempt->status != Status::ok)) return;
  const auto settle = [&](const std::string& reason, const std::string& detail, bool for_good) {
    measurer.lost = true;
    if (attempt == nullptr) {
      stand_ins_.lose(*measurer.planned, for_good);
      for (const NeededCeiling& each : measurer.asked) note_missing(measurer, each, reason);
      return;
    }
    // The case lost its process: it is tried again, without ceilings.
    pool_.drop_probes(*measurer.planned);
    attempt->status = Status::failed;
    attempt->reason = "while ceilings were measured: " + reason;
    attempt->detail = detail;
  };
  try {
    PairedProbes* const probes = attempt == nullptr
                                     ? stand_ins_.probes(*measurer.planned, measurer.seed)
                                     : pool_.probes(*measurer.planned, measurer.seed);
    if (probes != nullptr) action(*probes);
  } catch (const WorkerFailure& failure) {
    settle(failure.what(), failure.detail(), !failure.reported() || failure.lasting());
  } catch (const Error& error) {
    settle(error.what(), error.detail(), false);
  }
}

void CeilingBlock::take_round() {
  const auto before = Clock::now();
  if (!begin_) begin_ = before;
  times_.push_back(seconds(before - *begin_) - rounds_.spent_s());
  for (Measurer& each : measurers_) {
    guarded(each, [](PairedProbes& probes) { probes.sample(); });
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
  for (Measurer& each : measurers_) {
    const std::string hardware = owner_of(*each.planned);
    guarded(each, [&](PairedProbes& probes) {
      for (const auto& [needed, sampled] : probes.finish()) {
        const auto over_time = [&](const std::vector<double>& values) {
          return spread ? evenly_in_time(times_, values) : values;
        };
        keep_higher(best, hardware, needed,
                    {needed.name(), each.planned->c.device, over_time(sampled.rates), needed.bytes,
                     share_of(over_time(sampled.disturbed)) >= disturbed_share});
      }
      for (const NeededCeiling& needed : each.asked) {
        note_missing(each, needed, probes.missing(needed));
      }
    });
  }
  for (const Attempt* each : beside) {
    if (each->status != Status::ok) continue;
    for (const Need& need : needs_of(*each)) {
      const auto& given = each->launch.ceilings.*need.into;
      if (given && given->name == need.needed.name())
        keep_higher(best, owner_of(*each), need.needed, *given);
    }
  }
  for (Attempt* each : attempts_) {
    if (each->status != Status::ok) continue;
    PairedCeilings& ceilings = each->launch.ceilings;
    if (!each->path.empty() && !is_alu_path(each->path)) {
      ceilings.missing = "kernel alu has no chain of '" + each->path + "'";
    }
    bool bounded = true;
    for (const Need& need : needs_of(*each)) {
      const auto found = best.find({owner_of(*each), need.needed});
      if (found != best.end()) {
        std::optional<PairedCeiling>& into = ceilings.*need.into;
        if (!into || found->second.rate > median(into->rates)) into = found->second.ceiling;
        continue;
      }
      bounded = bounded && need.needed.kind != NeededCeiling::Kind::cache;
      if (ceilings.missing.empty()) {
        ceilings.missing = need.needed.name() + ": " + missing(*each, need.needed);
      }
    }
    // What may come from a cache isn't bounded by memory alone.
    if (!bounded) {
      ceilings.memory.reset();
      ceilings.copy.reset();
    }
  }
}

}  // namespace assay
