#include "bench/statistics/procedure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "bench/statistics/hodges_lehmann.hpp"
#include "bench/statistics/holm.hpp"
#include "bench/statistics/moderated.hpp"
#include "bench/statistics/power.hpp"
#include "bench/statistics/sign_flip.hpp"
#include "bench/statistics/t_statistic.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t fewest_measured = 3;

// The screen's variance is shared by many cases: normal, not t.
double screen_power(double effect, double noise, const ProcedureOptions& options) {
  if (!(noise > 0)) return effect > 0 ? 1 : 0;
  const double critical = TStatistic{0, 1, infinity}.upper_bound(options.screen_level);
  const double shift = effect * std::sqrt(static_cast<double>(options.screen_blocks)) / noise;
  return TStatistic{critical - shift, 1, infinity}.p_greater();
}

double deviation(std::span<const double> values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double combined_visible(double noise, std::size_t blocks, std::size_t flagged,
                        const ProcedureOptions& options) {
  if (blocks < fewest_blocks(options.family_level / static_cast<double>(flagged))) return infinity;
  if (!(noise > 0)) return 0;
  double low = 0;
  double high = noise;
  while (combined_power(high, noise, blocks, flagged, options) < options.power) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    const bool enough = combined_power(middle, noise, blocks, flagged, options) >= options.power;
    (enough ? high : low) = middle;
  }
  return high;
}

}  // namespace

std::size_t least_confirm_blocks(std::size_t flagged, double family_level) {
  return fewest_blocks(family_level / static_cast<double>(std::max<std::size_t>(flagged, 1))) + 2;
}

double combined_power(double effect, double noise, std::size_t confirm_blocks, std::size_t flagged,
                      const ProcedureOptions& options) {
  const double level =
      options.family_level / static_cast<double>(std::max<std::size_t>(flagged, 1));
  return screen_power(effect, noise, options) * paired_power(effect, noise, confirm_blocks, level);
}

Procedure::Procedure(std::size_t cases, const ProcedureOptions& options)
    : options_(options), verdicts_(cases) {
  for (std::size_t i = 0; i < cases; ++i) requests_.push_back({i, options_.screen_blocks});
  if (cases == 0) stage_ = Stage::done;
}

void Procedure::limit_blocks(std::size_t most) {
  if (stage_ != Stage::confirm) return;
  const std::size_t least = least_confirm_blocks(flagged_, options_.family_level);
  for (Request& request : requests_) {
    request.blocks = std::max(least, std::min(request.blocks, most));
  }
}

void Procedure::give(std::span<const std::vector<double>> blocks) {
  if (stage_ == Stage::done || blocks.size() != requests_.size()) {
    throw Error(Error::Kind::internal, "blocks that were not asked for");
  }
  if (stage_ == Stage::screen) {
    screen(blocks);
  } else {
    confirm(blocks);
  }
}

void Procedure::screen(std::span<const std::vector<double>> blocks) {
  std::vector<std::size_t> measured;
  std::vector<std::vector<double>> differences;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].size() < fewest_measured) continue;
    measured.push_back(i);
    differences.push_back(blocks[i]);
  }
  const std::vector<TStatistic> tests = moderated_t(differences, options_.screen_trim);
  std::vector<double> p_faster;
  p_faster.reserve(tests.size());
  for (const TStatistic& t : tests) p_faster.push_back(t.p_less());
  const std::vector<HolmStep> faster = holm(p_faster, options_.family_level);
  for (std::size_t k = 0; k < measured.size(); ++k) {
    CaseVerdict& v = verdicts_[measured[k]];
    v.flagged = tests[k].p_greater() <= options_.screen_level;
    v.measured = !v.flagged;
    v.blocks = differences[k].size();
    v.noise = tests[k].error * std::sqrt(static_cast<double>(v.blocks));
    v.log_ratio = {hodges_lehmann(differences[k]), -infinity,
                   tests[k].upper_bound(options_.pass_level)};
    v.verdict = judge(v.log_ratio, options_.rule);
    v.verdict.faster = v.verdict.faster && faster[k].rejected;
    if (v.flagged) ++flagged_;
  }
  requests_.clear();
  const std::size_t least = least_confirm_blocks(flagged_, options_.family_level);
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    if (verdicts_[i].flagged) requests_.push_back({i, std::max(least, options_.most_blocks)});
  }
  stage_ = requests_.empty() ? Stage::done : Stage::confirm;
}

void Procedure::confirm(std::span<const std::vector<double>> blocks) {
  std::vector<double> p(blocks.size(), 1.0);
  std::map<std::size_t, SignFlipTest> tests;  // by the number of blocks
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const std::size_t n = blocks[k].size();
    if (n > 0) p[k] = tests.try_emplace(n, n).first->second.p_greater(blocks[k]);
  }
  const std::vector<HolmStep> steps = holm(p, options_.family_level);
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    CaseVerdict& v = verdicts_[requests_[k].index];
    v.blocks = blocks[k].size();
    v.adjusted_p = steps[k].adjusted_p;
    if (v.blocks < fewest_measured) {
      v.verdict = {};
      continue;
    }
    v.measured = true;
    v.noise = deviation(blocks[k]);
    const SignFlipTest& test = tests.at(v.blocks);
    const double low = test.lower_bound(blocks[k], steps[k].level);
    v.log_ratio = {hodges_lehmann(blocks[k]), steps[k].rejected ? low : std::min(low, 0.0),
                   test.upper_bound(blocks[k], options_.pass_level)};
    v.verdict = judge(v.log_ratio, options_.rule);
    v.verdict.faster = false;  // the screen flagged it as slower: no evidence of both
  }
  requests_.clear();
  stage_ = Stage::done;
}

Outlook Procedure::outlook(const CaseVerdict& verdict) const {
  const double margin = std::log1p(options_.rule.margin);
  const std::size_t family = std::max<std::size_t>(flagged_, 1);
  const double level = options_.family_level / static_cast<double>(family);
  const std::size_t needed = blocks_needed(margin, verdict.noise, level, options_.power, 100000);
  const std::size_t blocks =
      verdict.flagged
          ? verdict.blocks
          : std::max(least_confirm_blocks(family, options_.family_level), options_.most_blocks);
  return {combined_visible(verdict.noise, blocks, family, options_),
          combined_power(margin, verdict.noise, blocks, family, options_), needed};
}

const std::vector<CaseVerdict>& Procedure::verdicts() const {
  if (stage_ == Stage::screen) throw Error(Error::Kind::internal, "verdicts before the screen");
  return verdicts_;
}

}  // namespace assay
