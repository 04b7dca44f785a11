#include "bench/statistics/resample.hpp"

#include "bench/statistics/hodges_lehmann.hpp"
#include "bench/statistics/sign_flip.hpp"
#include "kernels/random.hpp"

namespace assay {

std::vector<double> centred(std::span<const double> blocks) {
  const double centre = hodges_lehmann(blocks);
  std::vector<double> values(blocks.begin(), blocks.end());
  for (double& value : values) value -= centre;
  return values;
}

std::int64_t resampled_false_alarms(std::span<const std::vector<double>> cases,
                                    const ResampleOptions& options) {
  const SignFlipTest test(options.blocks);
  std::vector<std::vector<double>> centred_cases;
  for (const std::vector<double>& blocks : cases) centred_cases.push_back(centred(blocks));
  std::uint64_t drawn = 0;
  const auto draw = [&](std::size_t size) {
    const double u = uniform(random_bits(options.seed, 0, drawn++));
    return static_cast<std::size_t>(u * static_cast<double>(size));
  };
  std::int64_t alarms = 0;
  std::vector<double> d(options.blocks);
  for (std::int64_t i = 0; i < options.verdicts; ++i) {
    const std::vector<double>& blocks = centred_cases[draw(cases.size())];
    for (double& value : d) value = blocks[draw(blocks.size())];
    const Estimate e = {hodges_lehmann(d), test.lower_bound(d, options.level),
                        test.upper_bound(d, 0.05)};
    if (judge(e, options.rule).outcome == Outcome::regression) ++alarms;
  }
  return alarms;
}

}  // namespace assay
