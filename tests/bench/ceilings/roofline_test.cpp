#include "bench/ceilings/roofline.hpp"

#include <gmock/gmock.h>

#include <set>
#include <sstream>
#include <string>

#include "tests/bench/ceilings/simulated_meter.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

DeviceCeilings measured(const SimulatedDevice& device) {
  SimulatedMeter meter(device);
  DeviceCeilings found;
  measure_ceilings(meter, simulated(device), [](const std::string&) {}, found);
  return found;
}

TEST(Roofline, HasARoofPerPathAndADotPerCase) {
  Record record;
  record.problem = parse_problem("matmul/dtype:f32/m:64/n:64/k:64");
  record.name = "x@simulated:0";
  record.device = "simulated:0";
  record.hardware = "cpu:simulated";
  record.status = Status::ok;
  record.work = kernel_of(record.problem).work(record.problem);
  record.launches.resize(1);
  record.launches[0].samples_ns = {1e4};
  const std::vector<Plot> plots = roofline_plots({measured({})}, {record});
  ASSERT_EQ(plots.size(), 1U);
  ASSERT_EQ(plots[0].series.size(), 3U);
  EXPECT_EQ(plots[0].series[0].name, "f32.fma, cache");
  EXPECT_EQ(plots[0].series[1].name, "f32.fma, memory");
  ASSERT_EQ(plots[0].series[2].points.size(), 1U);
  EXPECT_NEAR(plots[0].series[2].points[0].second, 52.4288, 1e-3);
  std::ostringstream svg;
  write_svg(plots, svg);
  EXPECT_THAT(svg.str(), AllOf(HasSubstr("prefers-color-scheme: dark"),
                               HasSubstr("<path class=\"d"), HasSubstr("</svg>")));
  EXPECT_THAT(svg.str(), Not(HasSubstr("nan")));
}

TEST(Roofline, CoversEveryCaseAndTellsDevicesApart) {
  std::vector<Record> records;
  for (const char* device : {"simulated:0", "simulated:1", "simulated:2"}) {
    Record record;
    record.problem = parse_problem("matmul/dtype:f32/m:64/n:64/k:64");
    record.name = std::string("x@") + device;
    record.device = device;
    record.hardware = "cpu:simulated";
    record.status = Status::ok;
    record.work = {1e9, 1e5, 1e5};  // 5000 FLOP per byte
    record.launches.resize(1);
    record.launches[0].samples_ns = {1e6};
    records.push_back(record);
  }
  const std::vector<Plot> plots = roofline_plots({measured({})}, records);
  ASSERT_EQ(plots.size(), 1U);
  std::set<std::pair<int, int>> looks;
  for (const PlotSeries& series : plots[0].series) {
    if (series.mark == PlotSeries::Mark::dots) {
      looks.insert({series.shape, series.colour});
    } else {
      EXPECT_GE(series.points.back().first, 5000) << series.name;
    }
  }
  EXPECT_EQ(looks.size(), 3U);
}

// Everything drawn has a colour on white, in print too, and another one on dark screens.
TEST(Svg, HasColoursForPrintAndForDarkScreens) {
  std::ostringstream svg;
  write_svg({}, svg);
  const std::string text = svg.str();
  const std::size_t dark = text.find("@media screen and (prefers-color-scheme: dark)");
  ASSERT_NE(dark, std::string::npos);
  for (const char* kind : {".s", ".d"}) {
    for (int i = 0; i < 6; ++i) {
      const std::string rule = kind + std::to_string(i) + " {";
      const std::size_t light = text.find(rule);
      const std::size_t other = text.find(rule, dark);
      ASSERT_LT(light, dark) << rule;
      ASSERT_NE(other, std::string::npos) << rule;
      const auto colour = [&](std::size_t at) {
        const std::size_t from = text.find('#', at);
        return text.substr(from, text.find(' ', from) - from);
      };
      EXPECT_NE(colour(light), colour(other)) << rule;
    }
  }
}

TEST(Svg, IsAsHighAsItsLegends) {
  Plot plot;
  for (int i = 0; i < 40; ++i) {
    PlotSeries series;
    series.name = "a name that is much too long to stand beside a plot, " + std::to_string(i);
    series.points = {{1, 1}, {2, 2}};
    plot.series.push_back(series);
  }
  std::ostringstream svg;
  write_svg({plot, plot}, svg);
  // Two plots of 40 lines of 17, and their margins.
  EXPECT_THAT(svg.str(), HasSubstr("height=\"1520\""));
  EXPECT_THAT(svg.str(), HasSubstr("<title>a name that is much too long"));
  EXPECT_THAT(svg.str(), HasSubstr("a name that is much to..</text>"));
}

}  // namespace
}  // namespace assay
