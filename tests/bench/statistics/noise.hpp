// Synthetic times of a noisy machine, from a seed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace assay::simulation {

// A stream of random numbers: the n-th is a pure function of seed, stream and n.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}
  [[nodiscard]] double uniform();   // [0, 1)
  [[nodiscard]] double normal();    // Box and Muller's
  [[nodiscard]] double student3();  // t with 3 degrees of freedom, scaled to variance 1
  [[nodiscard]] bool coin() { return uniform() < 0.5; }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t next_ = 0;
};

// ln(time) of samples taken one after the other = slow + fast. Both have half of the variance `size`^2
// before outliers, switches and drift come on top; `slow` is what neighbours share.
struct Noise {
  std::string_view name = {};
  double size = 0.05;
  bool heavy = false;      // `fast` has Student's t with 3 degrees of freedom
  double persistence = 0;  // of `slow` from block to block: AR(1); 0: new in each block
  double outliers = 0;     // share of samples that are slowed by 20 % to 300 %
  double switches = 0;  // chance per sample that the machine goes to its other speed, half as fast
  double drift = 0;     // per sample, always slower
  double wobble = 0;    // heteroscedastic: ln of a block's noise varies with this deviation
  double tick = 0;      // of a coarse timer, as a share of the time: times are whole ticks
  double lost = 0;      // share of blocks that are missing
};

// ln(T_B / T_A) of blocks A B B A or B A A B, which a coin decides, where B is slower by `slowdown`
// (ln). One value a block that isn't lost: the mean of its B minus the mean of its A.
[[nodiscard]] std::vector<double> abba_blocks(const Noise& noise, double slowdown,
                                              std::size_t blocks, Random& random);

// The same with one A and one B in a block, in random order: plain pairs.
[[nodiscard]] std::vector<double> pairs(const Noise& noise, double slowdown, std::size_t count,
                                        Random& random);

// ln(time) of a history: independent or AR(1) values with standard deviation `size`.
struct SeriesNoise {
  std::string_view name = {};
  double size = 0.02;
  double persistence = 0;  // AR(1)
  double outliers = 0;     // share of values that are raised by 5 to 25 times `size`
  bool heavy = false;      // Student's t with 3 degrees of freedom
  double growth = 0;       // ln of the factor by which the noise grows over the series
  double bimodal = 0;      // share of values from the machine's other speed, half as fast
  double tick = 0;         // values are whole ticks of this share of the time
  double lost = 0;         // share of values that are missing
};
[[nodiscard]] std::vector<double> series(const SeriesNoise& noise, std::size_t count,
                                         Random& random);

}  // namespace assay::simulation
