// The report page: well formed, complete, escaped, and without any request.
#include "report/page.h"

#include <gtest/gtest.h>

#include <cmath>

#include "report/svg.h"
#include "support/holds.h"
#include "xml.h"

namespace carousel::report {
namespace {

const std::string kNasty = "</pre><script>alert(1)</script>";

Page sample() {
  HistoryData data{.target = "co2 " + kNasty,
                   .values = {1, 2, 3, 4, 5, 6},
                   .predicted = {NAN, NAN, NAN, NAN, 5.1, 6.2},
                   .forecast = {7, 8},
                   .test_from = 4};
  Table scores{
      .columns = {"", "MAE"}, .rows = {{"model", "1.5"}, {kNasty, "2.5"}}, .emphasised = 0, .bars = {0.6, 1}};
  return {.title = kNasty,
          .verdict = "Better " + kNasty,
          .facts = {{kNasty, kNasty}},
          .sections = {{.heading = "Learning", .charts = {learning_curves("mse", {1, 0.5}, {1.1, 0.7}, 2)}},
                       {.heading = kNasty, .text = kNasty, .charts = {history(data)}, .tables = {scores}},
                       {.heading = "Settings", .preformatted = "a = \"x\" # " + kNasty}},
          .footer = kNasty};
}

TEST(Page, IsWellFormedAndEscaped) {
  const std::string text = html(sample());
  const Xml xml = read_xml(text);
  EXPECT_EQ(xml.error, "");
  EXPECT_EQ(text.find("<script>alert"), std::string::npos);
  EXPECT_EQ(xml.scripts.size(), 3u);  // the numbers of two charts, and the page's own
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(xml.scripts.at(i).find('<'), std::string::npos);
  EXPECT_EQ(read_xml(html({})).error, "");
}

TEST(Page, KeepsPercentSignsWithTheirNumbers) {
  testing::expect_holds(html({.verdict = "its error is 1.8 % smaller, 2 % of it"}),
                        {"its error is 1.8\u00a0% smaller, 2\u00a0% of it"});
}

TEST(Page, AsksNoServer) {
  const std::string text = html(sample());
  testing::expect_lacks(text, {"http:", "https:", "src=", "href=", "url(", "@import", "//"});
  EXPECT_NE(text.find("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"),
            std::string::npos);
}

TEST(Page, HoldsEverythingThatItWasGiven) {
  const Xml xml = read_xml(html(sample()));
  testing::expect_holds(
      xml.text, {"Better", "Learning", "training", "validation", "best: epoch 2", "measured", "predicted",
                 "forecast", "never seen in training", "MAE", "1.5", "2.5", "Settings"});
  EXPECT_EQ(std::count(xml.tags.begin(), xml.tags.end(), "svg"),
            4);  // two charts, for wide and for narrow screens
}

TEST(Page, NoFactStandsAloneInALine) {
  for (const auto& [facts, columns] : {std::pair{1, 1}, {5, 5}, {6, 3}, {7, 4}, {11, 4}}) {
    const Page page{.facts = std::vector<std::pair<std::string, std::string>>(facts, {"a", "b"})};
    EXPECT_NE(html(page).find("--columns:" + std::to_string(columns) + "\""), std::string::npos) << facts;
  }
}

TEST(Page, ABarWithoutANumberIsLeftOut) {
  Table table{.columns = {"", "x"}, .rows = {{"a", "1"}, {"b", "2"}}, .bars = {NAN, 7}};
  const std::string text = html({.sections = {{.heading = "t", .tables = {table}}}});
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_NE(text.find("--share:1.000"), std::string::npos);
}

TEST(Page, HalvesStandInPairs) {
  Chart half{.series = {{.name = "a", .y = {1, 2}}}, .half = true}, whole = half;
  whole.half = false;
  const Xml xml = read_xml(html({.sections = {{.heading = "h", .charts = {half, half, whole, half}}}}));
  EXPECT_EQ(xml.error, "");
  EXPECT_EQ(std::count(xml.tags.begin(), xml.tags.end(), "svg"), 5);  // a half is never wide
  EXPECT_EQ(std::count(xml.values.begin(), xml.values.end(), "pair"), 2);
}

TEST(Page, ShowsCardsShadesAndFoldedTables) {
  const std::string text = html(
      {.sections = {{.heading = "h",
                     .tables = {{.columns = {"", "a", "b"},
                                 .rows = {{"x", "1", "2"}, {"y", "3", "4"}},
                                 .shades = {0, 0.25, 7, 1},
                                 .folded = "open " + kNasty}},
                     .cards = {{.title = "card " + kNasty, .text = kNasty, .chart = {.series = {{.y = {1}}}}},
                               {.title = "map", .heat_map = {.rows = 1, .columns = 1, .values = {0.5f}}}}}}});
  const Xml xml = read_xml(text);
  EXPECT_EQ(xml.error, "");
  EXPECT_NE(text.find("--share:0.250\">2<"), std::string::npos);
  EXPECT_NE(text.find("--share:1.000\">3<"), std::string::npos);  // never more than all
  EXPECT_EQ(std::count(xml.tags.begin(), xml.tags.end(), "details"), 1);
  EXPECT_NE(xml.text.find("card &lt;/pre&gt;"), std::string::npos);
  EXPECT_NE(text.find("--s0"), std::string::npos);  // a card's heat map brings the colours
}

TEST(LearningCurves, AreLogarithmicWhenLossesFallFar) {
  EXPECT_FALSE(learning_curves("mse", {1, 0.5}, {}, 0).y_log);
  EXPECT_TRUE(learning_curves("mse", {1, 0.5}, {0.9, 0.01}, 0).y_log);
  EXPECT_NE(svg(learning_curves("mse", {1, 0.5}, {}, 0)).find(">mse<"), std::string::npos);
  EXPECT_NE(svg(learning_curves("mse", {1, 0.01}, {}, 0)).find(">mse, logarithmic<"), std::string::npos);
  EXPECT_FALSE(learning_curves("nll", {1, -0.5}, {}, 0).y_log);
  EXPECT_FALSE(learning_curves("mse", {}, {}, 0).y_log);
  const Chart chart = learning_curves("mse", {1, 0.5}, {}, 2);
  EXPECT_EQ(chart.series.size(), 1u);
  EXPECT_EQ(chart.series[0].x, (std::vector<double>{1, 2}));
  EXPECT_EQ(chart.markers.at(0).x, 2);
}

TEST(History, PutsTheForecastAfterTheLastRow) {
  const Chart chart = history({.values = {1, 2, 3}, .forecast = {4, 5}}, 1);
  ASSERT_EQ(chart.series.size(), 2u);
  EXPECT_EQ(chart.series[0].x, (std::vector<double>{1, 2}));
  EXPECT_EQ(chart.series[1].x, (std::vector<double>{2, 3, 4}));  // drawn from the last measured value on
  EXPECT_EQ(chart.series[1].y, (std::vector<double>{3, 4, 5}));
}

TEST(History, DrawsTheBandOfAForecast) {
  const Chart chart = history({.values = {1, 2, 3},
                               .predicted = {NAN, 2, 3},
                               .forecast = {4, 5},
                               .forecast_low = {3.5, 4},
                               .forecast_high = {4.5, 6},
                               .band = "range of 5 members"},
                              1);
  ASSERT_EQ(chart.series.size(), 3u);
  EXPECT_EQ(chart.series[1].band, "");  // nothing is known of the predicted ones
  EXPECT_TRUE(chart.series[1].low.empty());
  EXPECT_EQ(chart.series[2].band, "range of 5 members");
  EXPECT_EQ(chart.series[2].low, (std::vector<double>{3, 3.5, 4}));  // it opens at the last measured value
  EXPECT_EQ(chart.series[2].high, (std::vector<double>{3, 4.5, 6}));
  EXPECT_NE(svg(chart).find(">range of 5 members<"), std::string::npos);
}

TEST(History, SurvivesAnEmptyOrShortSeries) {
  EXPECT_EQ(history({}).series.size(), 1u);
  EXPECT_EQ(history({.values = {1}, .predicted = {}, .forecast = {2}}, 99).series[0].y.size(), 1u);
  EXPECT_EQ(history({.forecast = {2}}).series[1].x, (std::vector<double>{0}));
  EXPECT_EQ(close_up_from({}), 0);
}

TEST(History, TheCloseUpShowsTheTestPartWithContext) {
  HistoryData data{.values = std::vector<double>(1000, 1.0), .test_from = 940};
  EXPECT_EQ(close_up_from(data), 916);  // 24 rows before it
  data.test_from = 500;
  EXPECT_EQ(close_up_from(data), 840);  // no more than 160 rows
}

}  // namespace
}  // namespace carousel::report
