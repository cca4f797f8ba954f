// What a trainer remembers, drawn: clipped steps as strokes, distributions as rows of a heat map.
#include <gtest/gtest.h>

#include <cmath>

#include "report/chart.h"
#include "report/distribution_map.h"
#include "report/svg.h"
#include "xml.h"

namespace carousel::report {
namespace {

const GradientData kFour{.steps = {1, 2, 3, 4},
                         .mean = {4, 0.5, 2, 0.1},
                         .lowest = {4, 0.5, 2, 0.1},
                         .highest = {4, 0.5, 2, 0.1},
                         .clipped = {true, false, true, false},
                         .clip_norm = 1};

TEST(GradientNorms, ClippedStepsHaveAStrokeOnTheLowerEdge) {
  const Chart chart = gradient_norms(kFour);
  EXPECT_TRUE(chart.y_log);
  ASSERT_EQ(chart.strokes.size(), 1u);
  EXPECT_EQ(chart.strokes[0].x, (std::vector<double>{1, 3}));
  const std::string text = svg(chart);
  EXPECT_EQ(read_xml(text).error, "");
  EXPECT_EQ(count(text, "v-8"), 2);
  EXPECT_EQ(count(text, ">clipped<"), 1);
  EXPECT_EQ(count(text, ">clip_norm<"), 1);
}

TEST(GradientNorms, WithoutClippingThereIsNeitherLineNorStroke) {
  GradientData data = kFour;
  data.clipped = {false, false, false, false}, data.clip_norm = 0;
  const Chart chart = gradient_norms(data);
  EXPECT_EQ(chart.series.size(), 1u);
  EXPECT_TRUE(chart.strokes.empty());
  EXPECT_EQ(count(svg(chart), ">clipped<"), 0);
  EXPECT_TRUE(chart.series[0].low.empty());  // a band of no height says nothing
}

TEST(GradientNorms, PointsOfSeveralStepsHaveABand) {
  GradientData data = kFour;
  data.highest = {5, 1, 3, 0.2};
  EXPECT_EQ(gradient_norms(data).series[0].high, data.highest);
  EXPECT_EQ(gradient_norms(data).series[0].low, data.lowest);
}

// Strokes at the ends of the axis stand at its ends; of many in one pixel one is drawn.
TEST(Strokes, StandWhereTheirStepsAre) {
  Chart chart{.series = {{.y = std::vector<double>(10001, 1.0)}}, .strokes = {{.x = {0, 10000}}}};
  const std::string text = svg(chart);
  const std::size_t at = text.find("v-8");
  ASSERT_NE(at, std::string::npos);
  const double first = std::stod(text.substr(text.rfind('M', at) + 1));
  const std::size_t next = text.find("M", at);
  const double last = std::stod(text.substr(next + 1));
  EXPECT_GT(last - first, 650);
  EXPECT_LT(last, 760);
  chart.strokes[0].x.clear();
  for (int i = 0; i <= 10000; ++i) chart.strokes[0].x.push_back(i);
  EXPECT_LE(count(svg(chart), "v-8"), 760);
  EXPECT_GE(count(svg(chart), "v-8"), 650);
}

float column_sum(const HeatMap& map, std::size_t c) {
  float sum = 0;
  for (std::size_t r = 0; r < map.rows; ++r) sum += map.values[r * map.columns + c];
  return sum;
}

TEST(DistributionMap, AColumnIsTheWholeOfItsEpoch) {
  const std::vector<std::vector<Bucket>> epochs = {
      {{-2, -1, 30}, {0.5, 0.5625, 7}, {1, 3, 63}}, {{-1e-12, 1e-12, 5}}, {{-100, -50, 1}, {0, 1, 999}}};
  for (const Rows rows : {Rows::even, Rows::decades}) {
    const HeatMap map = distribution_map("t", rows, 2, 4, epochs);
    ASSERT_EQ(map.columns, 3u);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(column_sum(map, c), 1.0f, 1e-5f) << c;
    EXPECT_EQ(map.x_first, 2);
    EXPECT_EQ(map.x_step, 4);
    EXPECT_EQ(read_xml(svg(map, heat_map_size(map))).error, "");
  }
}

// Numbers spread evenly over [-1, 1] fill even rows alike; 1 % of them has no row of its own.
TEST(DistributionMap, EvenNumbersFillEvenRowsAlike) {
  const HeatMap map = distribution_map("t", Rows::even, 1, 1, {{{-1, 0, 500}, {0, 1, 500}}});
  EXPECT_NEAR(map.y_top, 0.99, 1e-9);
  EXPECT_NEAR(map.y_bottom, -0.99, 1e-9);
  for (std::size_t r = 1; r + 1 < map.rows; ++r) EXPECT_NEAR(map.values[r], 0.99f / map.rows, 1e-6f);
  EXPECT_NEAR(map.values[0], 0.99f / map.rows + 0.005f, 1e-6f);
}

TEST(DistributionMap, DecadesAreNamedByTheirOuterEdge) {
  // Sizes up to 0.03: the rows begin at 0.1; 0.02 ... 0.03 lies in 10^-1.75 ... 10^-1.5.
  const HeatMap map = distribution_map("t", Rows::decades, 1, 1, {{{-1e-7, 1e-7, 50}, {0.02, 0.03, 50}}});
  ASSERT_EQ(map.rows, 33u);
  EXPECT_EQ(map.row_names[0], "0.1");
  EXPECT_EQ(map.row_names[4], "0.01");
  EXPECT_EQ(map.row_names[16], "0");
  EXPECT_EQ(map.row_names[28], "-0.01");
  EXPECT_EQ(map.row_names[32], "-0.1");
  EXPECT_NEAR(map.values[16], 0.5f, 1e-6f);
  EXPECT_NEAR(map.values[2], 0.5f, 1e-6f);
}

TEST(DistributionMap, OfNothingIsEmpty) {
  for (const Rows rows : {Rows::even, Rows::decades}) {
    const HeatMap none = distribution_map("t", rows, 1, 1, {}),
                  blank = distribution_map("t", rows, 1, 1, {{}});
    EXPECT_EQ(read_xml(svg(none, heat_map_size(none))).error, "");
    EXPECT_EQ(read_xml(svg(blank, heat_map_size(blank))).error, "");
    EXPECT_FLOAT_EQ(column_sum(blank, 0), 0);
  }
}

}  // namespace
}  // namespace carousel::report
