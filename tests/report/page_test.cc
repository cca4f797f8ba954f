// The report page: well formed, complete, escaped, and without any request.
#include "report/page.h"

#include <gtest/gtest.h>

#include <cmath>

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
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_EQ(read_xml(html({})).error, "");
}

TEST(Page, AsksNoServer) {
  const std::string text = html(sample());
  for (const char* word : {"http:", "https:", "src=", "href=", "url(", "@import", "//"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
}

TEST(Page, HoldsEverythingThatItWasGiven) {
  const Xml xml = read_xml(html(sample()));
  for (const char* word :
       {"Better", "Learning", "training", "validation", "best: epoch 2", "measured", "predicted", "forecast",
        "never seen in training", "MAE", "1.5", "2.5", "Settings"})
    EXPECT_NE(xml.text.find(word), std::string::npos) << word;
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

TEST(LearningCurves, AreLogarithmicWhenLossesFallFar) {
  EXPECT_FALSE(learning_curves("mse", {1, 0.5}, {}, 0).y_log);
  EXPECT_TRUE(learning_curves("mse", {1, 0.5}, {0.9, 0.01}, 0).y_log);
  EXPECT_EQ(learning_curves("mse", {1, 0.5}, {}, 0).y_label, "mse");
  EXPECT_EQ(learning_curves("mse", {1, 0.01}, {}, 0).y_label, "mse, logarithmic");
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
