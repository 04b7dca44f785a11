// Exact sign-flip tests of paired differences, and the bounds that follow from them.
//
// Model: d_k = ln(T_B,k / T_A,k) of block k. Where both sides are the same program and a coin decides
// which of them starts a block, d_k and -d_k are equally likely, whatever the noise: heavy tails,
// drift, other noise in each block and dependence between blocks included. Given all |d_k|, each of
// the 2^n patterns of signs then has probability 2^-n (Fisher, The Design of Experiments, 1935,
// section 21; Pitman, J. R. Stat. Soc. Suppl. 4, 1937). The statistic is
//
//   T = sum of a(rank of |d_k|) over the blocks with d_k > 0
//
// whose null distribution depends on n alone and is counted, not approximated. Scores a(r):
//   ranks    r: Wilcoxon's signed rank test (Biometrics Bulletin 1, 1945);
//   bounded  the quantile (1 + r / (n + 1)) / 2 of the normal distribution (van der Waerden's; Hajek
//            and Sidak, Theory of Rank Tests, 1967, section III.5), but at most 1.5: the scores that
//            belong to Huber's estimate (Ann. Math. Stat. 35, 1964). Under normal noise they lose next
//            to nothing (50 blocks that find a slowdown with 95.5 % by normal scores find it with 95.3 %);
//            a few wild blocks, which take the highest ranks, cost much less than with either of the
//            two (2 % of wild samples, 50 blocks: 98 % instead of 95 %).
// Bounded scores are rounded to 1/100, so that the sums are integers; the test stays exact.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace assay {

enum class Scores : unsigned char { bounded, ranks };

class SignFlipTest {
 public:
  // `blocks` from 1 to 1000.
  explicit SignFlipTest(std::size_t blocks, Scores scores = Scores::bounded);

  // Probability of a statistic at least as large as the one of `differences`, where these are
  // symmetric about `centre`: small if they lie above it. Differences equal to `centre` count as
  // below it and ties are broken against the alternative, so that p is never too small.
  [[nodiscard]] double p_greater(std::span<const double> differences, double centre = 0) const;

  // One-sided bounds at confidence 1 - level: the centres that the test above (or its mirror image)
  // does not reject. lower_bound > 0 exactly where p_greater <= level. -infinity or +infinity where
  // the blocks are too few to reject anything. (Lehmann, Nonparametrics, 1975, chapter 4.)
  [[nodiscard]] double lower_bound(std::span<const double> differences, double level) const;
  [[nodiscard]] double upper_bound(std::span<const double> differences, double level) const;

  [[nodiscard]] std::size_t blocks() const { return scores_.size(); }

 private:
  std::vector<std::size_t> scores_;  // of ranks 1..n
  std::vector<double> tail_;         // tail_[t] = P(T >= t)
};

// The fewest blocks at which p <= level is possible: 2^-n <= level.
[[nodiscard]] std::size_t fewest_blocks(double level);

}  // namespace assay
