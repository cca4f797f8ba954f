// Charts of errors: what stands where, and that names and lengths are those of the numbers.
#include "report/diagnostics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "report/scale.h"
#include "report/svg.h"
#include "xml.h"

namespace carousel::report {
namespace {

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++n;
  return n;
}

TEST(ErrorsByStep, StepsCountFromOneAndNoTwoLinesLookAlike) {
  const Chart chart = errors_by_step("RMSE", {{"network", {1, 2}},
                                              {"naive", {2, 3}},
                                              {"seasonal naive (12)", {2, 2}},
                                              {"linear autoregression", {1, 1}}});
  ASSERT_EQ(chart.series.size(), 4u);
  EXPECT_EQ(chart.series[0].x, (std::vector<double>{1, 2}));
  EXPECT_EQ(chart.series[0].dash, Dash::solid);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t k = i + 1; k < 4; ++k) {
      EXPECT_NE(chart.series[i].dash, chart.series[k].dash);  // nobody needs the colours
      EXPECT_NE(chart.series[i].color, chart.series[k].color);
    }
}

TEST(Residuals, StandAroundALineAtZero) {
  const Chart chart = residuals({0, 1, 2}, {5, 6, 7}, {"a", "b", "c"});
  EXPECT_LT(y_scale(chart).low, 0);  // although no residual is near it
  EXPECT_EQ(residuals({0}, {1}, {}).x_label, "row");
  EXPECT_EQ(read_xml(svg(residuals({}, {}, {}))).error, "");
}

TEST(AutocorrelationStems, StandAtTheirLagsInABandOfTwoDeviations) {
  EXPECT_DOUBLE_EQ(independence_bound(100), 0.196);
  const Chart chart = autocorrelation_stems({0.5, -0.25}, 100);
  const Series& band = chart.series[0];
  const Series& stems = chart.series[2];
  EXPECT_EQ(band.low, (std::vector<double>{-0.196, -0.196}));
  EXPECT_EQ(band.high, (std::vector<double>{0.196, 0.196}));
  EXPECT_EQ(stems.x, (std::vector<double>{1, 2}));
  const std::string text = svg(chart);
  EXPECT_EQ(read_xml(text).error, "");
  EXPECT_EQ(count(text, "h0"), 2);  // a dot each
  // Both stems end at the same height, that of 0.
  const std::size_t first = text.find('V', text.find("<path d=\"M", text.find("stroke-width=\"1.8\"") - 400));
  double a = 0, b = 1;
  ASSERT_EQ(std::sscanf(text.c_str() + first, "V%lfM%*f %*fV%lf", &a, &b), 2) << text;
  EXPECT_EQ(a, b);
  EXPECT_GT(count(text, "±1.96/√n"), 0);
}

TEST(PredictedAgainstTrue, KeepsEachPairWithItsName) {
  const Chart chart =
      predicted_against_true({3, 1, NAN, 2, 4}, {30, 10, 5, 20, NAN}, {"c", "a", "none", "b", "none"});
  const Series& diagonal = chart.series[0];
  const Series& dots = chart.series[1];
  EXPECT_EQ(dots.x, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(dots.y, (std::vector<double>{10, 20, 30}));
  EXPECT_EQ(dots.labels, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(diagonal.x, diagonal.y);
  EXPECT_EQ(diagonal.x, (std::vector<double>{1, 30}));
  EXPECT_EQ(count(svg(chart), "h0"), 3);
  EXPECT_EQ(predicted_against_true({}, {}, {}).series.size(), 1u);
}

}  // namespace
}  // namespace carousel::report
