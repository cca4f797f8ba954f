// The numbers that a page's script reads: those of the chart, as JSON that no name can break out of.
#include "report/chart_data.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace carousel::report {
namespace {

using nlohmann::json;

TEST(ChartData, HoldsTheNumbersAndLeavesOutWhatIsNone) {
  const json data = json::parse(chart_json(
      {.x_label = "epoch",
       .series =
           {{.name = "a", .x = {3, 4, 5}, .y = {1, NAN, INFINITY}},
            {.name = "b", .x = {1, 4}, .y = {0.1f, 2}, .dash = Dash::dotted, .low = {0, 1}, .high = {1, 3}}},
       .markers = {{2, "here"}},
       .spans = {{1, 2, "part"}},
       .y_log = true,
       .strokes = {{.x = {7, 8}}}}));
  const json& a = data["series"][0];
  const json& b = data["series"][1];
  EXPECT_EQ(a["y"], (json{1, nullptr, nullptr}));
  EXPECT_EQ(a["from"], 3);  // counting on by one
  EXPECT_FALSE(a.contains("x"));
  EXPECT_EQ(b["x"], (json{1, 4}));
  EXPECT_EQ(b["y"], (json{0.1, 2}));  // seven digits say all of a float, and not more
  EXPECT_EQ(b["low"], (json{0, 1}));
  EXPECT_EQ(b["high"], (json{1, 3}));
  EXPECT_NE(a["dash"], b["dash"]);
  EXPECT_EQ(data["markers"], json::parse(R"([[2,"here"]])"));
  EXPECT_EQ(data["spans"], json::parse("[[1,2]]"));
  EXPECT_EQ(data["strokes"], json::parse("[[7,8]]"));
  EXPECT_EQ(data["log"], true);
}

TEST(ChartData, HoldsTheNamesThatTheAxisShows) {
  Chart chart{.series = {{.name = "a", .x = {2, 3}, .y = {1, 2}}}, .x_names = {"p", "q", "r", "s", "t"}};
  const json data = json::parse(chart_json(chart));
  EXPECT_EQ(data["first"], 2);
  EXPECT_EQ(data["names"], (json{"r", "s"}));
  chart.series[0].x = {3, 9};  // beyond the names
  EXPECT_EQ(json::parse(chart_json(chart))["names"], (json{"s", "t"}));
}

TEST(ChartData, NoNameEndsTheScript) {
  const std::string nasty = "</script><script>alert(1)</script>\xFF\x01";
  const std::string text =
      chart_json({.x_label = nasty,
                  .y_label = nasty,
                  .series = {{.name = nasty, .y = {1}, .mark = Mark::points, .labels = {nasty}}},
                  .markers = {{0, nasty}},
                  .x_names = {nasty}});
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(json::parse(text)["series"][0]["name"].get<std::string>().substr(0, 9), "</script>");
}

}  // namespace
}  // namespace carousel::report
