#include "bench/portability/portability.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "bench/portability/roofs.hpp"
#include "bench/statistics/bootstrap.hpp"
#include "bench/statistics/quantile.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 3> words = {"backend", "device", "vendor"};

struct Entry {
  const DeviceModel* device = nullptr;
  const Measured* measured = nullptr;
};
using Problems = std::map<std::string, std::vector<Entry>>;  // "device\nproblem" or problem

std::string platform_of(const Entry& entry, PortabilityBy by) {
  switch (by) {
    case PortabilityBy::backend:
      return entry.measured->backend;
    case PortabilityBy::device:
      return entry.device->name;
    case PortabilityBy::vendor:
      break;
  }
  return entry.device->vendor;
}

double time_of(const Measured& m) { return median(m.launches_ns); }

const Entry* fastest(const std::vector<Entry>& entries) {
  const Entry* best = nullptr;
  for (const Entry& e : entries) {
    if (!e.measured->has_times()) continue;
    if (best == nullptr || time_of(*e.measured) < time_of(*best->measured)) best = &e;
  }
  return best;
}

double harmonic(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += 1 / v;
  return static_cast<double>(values.size()) / sum;
}

void finish(EfficiencySummary& summary, std::vector<std::pair<double, std::string>> shares) {
  summary.cases = shares.size();
  std::ranges::sort(shares, std::ranges::greater());
  for (const auto& [share, problem] : shares) summary.cascade.push_back(share);
  summary.minimum = shares.back().first;
  summary.worst = shares.back().second;
}

// Best known time over own time; both are drawn again.
std::optional<EfficiencySummary> summary_of_best(
    const std::vector<std::pair<const Measured*, const Measured*>>& own_and_best) {
  if (own_and_best.empty()) return std::nullopt;
  EfficiencySummary summary;
  std::vector<std::vector<double>> groups;
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [own, best] : own_and_best) {
    groups.push_back(own->launches_ns);
    // Of the best itself the share is 1, not a ratio of two draws.
    groups.push_back(best->launches_ns);
    if (own != best) {
      summary.least_launches =
          std::min({summary.least_launches, own->launches_ns.size(), best->launches_ns.size()});
    }
    shares.emplace_back(time_of(*best) / time_of(*own), own->name);
  }
  summary.harmonic = bootstrap_of_medians(groups,
                                          [&](std::span<const double> m) {
                                            std::vector<double> values;
                                            for (std::size_t i = 0; i + 1 < m.size(); i += 2) {
                                              const bool itself = own_and_best[i / 2].first ==
                                                                  own_and_best[i / 2].second;
                                              values.push_back(itself ? 1.0 : m[i + 1] / m[i]);
                                            }
                                            return harmonic(values);
                                          },
                                          {.resamples = 1000});
  finish(summary, std::move(shares));
  return summary;
}

// Above its ceiling by more than two instruments can differ: the ceiling was measured too low.
bool possible(const std::vector<double>& efficiency) {
  constexpr double slack = 1.05;
  return !efficiency.empty() && median(efficiency) <= slack;
}

// `groups`: by launch, of the problem of that name.
std::optional<EfficiencySummary> summary_of_ceiling(const std::vector<std::vector<double>>& groups,
                                                    const std::vector<std::string>& names) {
  if (groups.empty()) return std::nullopt;
  std::vector<std::pair<double, std::string>> shares;
  EfficiencySummary summary;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    shares.emplace_back(median(groups[i]), names[i]);
    summary.least_launches = std::min(summary.least_launches, groups[i].size());
  }
  summary.harmonic = bootstrap_of_medians(groups, harmonic, {.resamples = 1000});
  finish(summary, std::move(shares));
  return summary;
}

class Grouping {
 public:
  Grouping(const Evidence& evidence, PortabilityBy by) : by_(by) {
    for (const DeviceModel& device : evidence.models()) {
      for (const Measured& m : device.cases) {
        if (m.backend == "reference" || m.backend == "null" || m.status == Status::skipped)
          continue;
        // What finds ceilings isn't held against them.
        if (m.problem.kernel == "alu" || m.problem.kernel == "stream") continue;
        const Entry entry{&device, &m};
        known_[known_at(device)][m.name].push_back(entry);
        groups_[platform_of(entry, by)][place(device, m)].push_back(entry);
        tried_.insert(place(device, m));
      }
    }
  }

  std::vector<PortabilityGroup> run() const {
    std::vector<PortabilityGroup> result;
    for (const auto& [platform, problems] : groups_) result.push_back(group(platform, problems));
    return result;
  }

 private:
  // A backend is asked for each problem on each device; a device or vendor for each problem.
  std::string place(const DeviceModel& device, const Measured& m) const {
    return by_ == PortabilityBy::backend ? device.name + "\n" + m.name : m.name;
  }

  // Backends are held against the best on the same device; devices and vendors against the best of
  // all, which of one device alone would be its own.
  std::string known_at(const DeviceModel& device) const {
    return by_ == PortabilityBy::backend ? device.name : std::string();
  }

  // One device (vendor) alone has nobody to be held against: of its own problems it is the best known.
  bool contested(const Entry& own) const {
    if (by_ == PortabilityBy::backend) return true;
    const auto& all = known_.at(known_at(*own.device)).at(own.measured->name);
    return std::ranges::any_of(all, [&](const Entry& e) {
      return e.measured->has_times() && platform_of(e, by_) != platform_of(own, by_);
    });
  }

  PortabilityGroup group(const std::string& platform, const Problems& problems) const {
    PortabilityGroup group;
    group.platform = platform;
    for (const auto& [problem, entries] : problems) {
      for (const Entry& entry : entries) group.chips.insert(described(*entry.device));
    }
    group.tried = tried_.size();
    std::vector<std::pair<const Measured*, const Measured*>> pairs;
    std::vector<std::vector<double>> efficiencies;
    std::vector<std::string> names;
    for (const std::string& each : tried_) {
      const auto found = problems.find(each);
      PortableCase row;
      const std::size_t line = each.find('\n');
      row.problem = each.substr(line == std::string::npos ? 0 : line + 1);
      if (line != std::string::npos) row.device = each.substr(0, line);
      if (found == problems.end()) {
        row.reason = "not among the records";
        ++group.absent;
        group.cases.push_back(std::move(row));
        continue;
      }
      const Entry* own = fastest(found->second);
      const Entry& first = own == nullptr ? found->second.front() : *own;
      row.device = first.device->name;
      row.backend = first.measured->backend;
      const bool verified = std::ranges::any_of(
          found->second, [](const Entry& e) { return e.measured->status == Status::ok; });
      group.right += verified ? 1U : 0U;
      if (own == nullptr) {
        row.reason = std::string(name(first.measured->status)) +
                     (first.measured->reason.empty() ? "" : ": " + first.measured->reason);
        if (verified) row.reason = "verified, without a time";
        group.cases.push_back(std::move(row));
        continue;
      }
      const Measured& m = *own->measured;
      const Entry* best = fastest(known_.at(known_at(*own->device)).at(m.name));
      row.seconds = time_of(m) * 1e-9;
      row.of_best = time_of(*best->measured) / time_of(m);
      std::vector<double> efficiency = efficiency_of(m, *own->device);
      if (possible(efficiency)) {
        row.of_ceiling = median(efficiency);
        efficiencies.push_back(std::move(efficiency));
        names.push_back(m.name);
      }
      if (contested(*own)) pairs.emplace_back(&m, best->measured);
      group.cases.push_back(std::move(row));
    }
    group.of_best = summary_of_best(pairs);
    group.of_ceiling = summary_of_ceiling(efficiencies, names);
    return group;
  }

  PortabilityBy by_;
  std::map<std::string, Problems> groups_;
  std::map<std::string, Problems> known_;  // where the best is sought -> problem -> all of it
  std::set<std::string> tried_;
};

}  // namespace

PortabilityBy parse_portability(const std::string& word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) throw usage_error(unknown_word("--by", word, words));
  return static_cast<PortabilityBy>(found - words.begin());
}

double PortabilityGroup::portability() const {
  return right < tried || !of_best ? 0 : of_best->harmonic.value;
}

std::vector<PortabilityGroup> portability(const Evidence& evidence, PortabilityBy by) {
  return Grouping(evidence, by).run();
}

}  // namespace assay
