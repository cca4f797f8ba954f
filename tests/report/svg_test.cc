// SVG charts: well formed whatever goes in, and every line where its values say.
#include "report/svg.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "support/holds.h"
#include "xml.h"

namespace carousel::report {
namespace {

const std::string kNasty = "<b> & \"x\" 'y' \x01 \xFF \xED\xA0\x80 温度";

TEST(Svg, IsWellFormedForAwkwardCharts) {
  std::vector<double> many(5000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = std::sin(0.01 * static_cast<double>(i));
  const std::vector<Chart> charts = {
      {},
      {.series = {{.name = "nothing"}}},
      {.series = {{.name = "gone", .y = {NAN, NAN}}}},
      {.series = {{.name = "one", .y = {3}}}},
      {.series = {{.name = "flat", .y = {3, 3, 3}}}},
      {.series = {{.name = "huge", .y = {-1e300, 1e300}}}},
      {.series = {{.name = "zero", .y = {0, 0, -1}}}, .y_log = true},
      {.series = {{.name = "long", .y = many, .dash = Dash::dashed}}},
      {.series = {{.name = "vanishing", .y = {1, 1e-150, 5e-324}, .low = {0, 0, 0}, .high = {1, 1, 1e308}}},
       .y_log = true},
      {.title = kNasty,
       .x_label = kNasty,
       .y_label = kNasty,
       .series = {{.name = kNasty, .y = {1, 2}}},
       .markers = {{1, kNasty}},
       .spans = {{0, 1, kNasty}},
       .x_names = {kNasty, kNasty}},
  };
  for (const Chart& chart : charts)
    for (const std::string& text : {svg(chart), svg_file(chart), svg(chart, {200, 120})}) {
      EXPECT_EQ(read_xml(text).error, "") << text;
      EXPECT_EQ(count(text, "nan"), 0) << text;
      EXPECT_EQ(count(text, "inf"), 0) << text;
    }
}

TEST(Svg, AFileAsksNoServer) {
  const std::string text = svg_file({.series = {{.name = "a", .y = {1, 2}}}});
  EXPECT_EQ(count(text, "http"), 1);
  EXPECT_EQ(count(text, "xmlns=\"http://www.w3.org/2000/svg\""), 1);
  EXPECT_EQ(count(svg({}), "http"), 0);
}

TEST(Svg, ALineRunsThroughItsPoints) {
  // The axis runs from the first x to the last, so the middle value's x is in the middle of the outer ones';
  // y is linear.
  const std::string text = svg({.series = {{.y = {0, 1, 4}}}});
  double x[3], y[3];
  const std::size_t at = text.find("d=\"M");
  ASSERT_NE(at, std::string::npos);
  ASSERT_EQ(std::sscanf(text.c_str() + at, "d=\"M%lf %lfL%lf %lfL%lf %lf\"", &x[0], &y[0], &x[1], &y[1],
                        &x[2], &y[2]),
            6)
      << text;
  EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.11);
  EXPECT_NEAR((y[0] - y[2]) / (y[0] - y[1]), 4, 0.02);
  EXPECT_LT(y[2], y[0]);
}

TEST(Svg, NanBreaksTheLineAndALonePointIsADot) {
  const std::string text = svg({.series = {{.y = {1, 2, NAN, 3, NAN, 4, 5, 6}}}});
  const std::size_t from = text.find("d=\"M");
  const std::string path = text.substr(from, text.find('"', from + 3) - from);
  EXPECT_EQ(count(path, "M"), 2);
  EXPECT_EQ(count(path, "L"), 3);
  EXPECT_EQ(count(text, "<circle"), 1);
}

// Corners of the paths that are filled.
std::vector<std::vector<std::pair<double, double>>> filled(const std::string& text) {
  std::vector<std::vector<std::pair<double, double>>> paths;
  for (std::size_t at = text.find("d=\"M"); at != std::string::npos; at = text.find("d=\"M", at + 1)) {
    if (text.substr(text.find('"', at + 3), 9) == "\" fill=\"n") continue;
    paths.emplace_back();
    const char* p = text.c_str() + at + 3;
    for (double x, y; std::sscanf(p, "%*1[ML]%lf %lf", &x, &y) == 2; p += 1 + std::strcspn(p + 1, "MLZ"))
      paths.back().push_back({x, y});
  }
  return paths;
}

TEST(Svg, ABandIsAsWideAsItSays) {
  // Heights of 2, 4 and 6 in one unit around a line that is elsewhere; the corners go forth above and back
  // below.
  const auto paths = filled(svg({.series = {{.y = {9, 9, 9}, .low = {4, 3, 2}, .high = {6, 7, 8}}}}));
  ASSERT_EQ(paths.size(), 1u);
  const auto& p = paths[0];
  ASSERT_EQ(p.size(), 6u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(p[i].first, p[5 - i].first);
    EXPECT_NEAR((p[5 - i].second - p[i].second) / (p[5].second - p[0].second), 1 + i, 0.02);
  }
  // A number that is none breaks it; what is 0 has no place on a logarithmic axis but below all others.
  EXPECT_EQ(
      filled(svg({.series = {{.y = {1, 1, 1, 1, 1}, .low = {0, 0, NAN, 0, 0}, .high = {1, 1, 1, 1, 1}}}}))
          .size(),
      2u);
  const auto log = filled(svg({.series = {{.y = {1, 1}, .low = {0, 1e-3}, .high = {1, 1}}}, .y_log = true}));
  ASSERT_EQ(log.size(), 1u);
  EXPECT_GT(log[0][3].second, log[0][2].second);
}

TEST(Svg, ALongLineKeepsItsSpikes) {
  std::vector<double> y(100000, 0.0);
  y[54321] = 1;
  const std::string text = svg({.series = {{.y = y}}});
  EXPECT_LT(text.size(), 60000u);
  const std::size_t from = text.find("d=\"M");
  const char* p = text.c_str() + from + 3;
  double highest = 1e9, lowest = 0;
  for (double x, at; std::sscanf(p, "%*1[ML]%lf %lf", &x, &at) == 2;) {
    highest = std::min(highest, at), lowest = std::max(lowest, at);
    p += 1 + std::strcspn(p + 1, "ML\"");
  }
  EXPECT_GT(lowest - highest, 100);  // pixels
}

TEST(Svg, ASpansWordStandsInTheLegend) {
  std::vector<double> y(1000, 1.0);
  y[3] = 2.0;
  for (const double from : {10.0, 990.0}) {
    const std::string text = svg({.series = {{.name = "a", .y = y}}, .spans = {{from, 999, "the word"}}});
    const std::size_t at = text.rfind("<text", text.find("the word"));
    double x, height;
    ASSERT_EQ(std::sscanf(text.c_str() + at, "<text x=\"%lf\" y=\"%lf\"", &x, &height), 2);
    double top = 1e9;  // of the line
    const char* p = text.c_str() + text.find("d=\"M") + 3;
    for (double px, py; std::sscanf(p, "%*1[ML]%lf %lf", &px, &py) == 2;) {
      top = std::min(top, py);
      p += 1 + std::strcspn(p + 1, "ML\"");
    }
    EXPECT_LT(height, top) << "from " << from;
  }
}

TEST(Svg, EpochsAreWhole) {
  const std::string text = svg(learning_curves("mse", {300, 200, 100}, {}, 0));
  for (const char* epoch : {">1<", ">2<", ">3<"}) EXPECT_EQ(count(text, epoch), 1) << epoch;
  EXPECT_EQ(count(text, ".0</text>"), 0);
}

TEST(Svg, AForecastOfOneStepIsADot) {
  HistoryData data{.values = std::vector<double>(500, 1.0), .forecast = {2}};
  data.values[0] = 2;
  EXPECT_EQ(count(svg(history(data)), "<circle"), 1);
  data.forecast = {2, 3};
  EXPECT_EQ(count(svg(history(data)), "<circle"), 0);
}

TEST(Svg, SaysWhatItShows) {
  Chart chart{
      .title = "Learning", .x_label = "epoch", .series = {{.name = "training", .y = {1, 2}}, {.y = {1, 1}}}};
  const Xml xml = read_xml(svg(chart));
  testing::expect_holds(xml.text, {"Learning", "epoch", "training"});
  EXPECT_EQ(xml.values.at(2), "Learning, training");  // after viewBox and role: the aria-label
}

TEST(Escape, KeepsTextAndReplacesWhatXmlForbids) {
  EXPECT_EQ(escape("a<b>&\"'温"), "a&lt;b&gt;&amp;&quot;&#39;温");
  EXPECT_EQ(escape(std::string_view("\0\x1F", 2)), "\uFFFD\uFFFD");
  EXPECT_EQ(escape("\xC3"), "\uFFFD");            // cut off
  EXPECT_EQ(escape("\xC0\x80"), "\uFFFD\uFFFD");  // overlong
  EXPECT_EQ(escape("\xF0\x9F\x8E\xA0!"), "\U0001F3A0!");
}

}  // namespace
}  // namespace carousel::report
