// Charts of a terminal: right width, right heights, gaps for NaN.
#include "report/terminal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace carousel::report {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

long characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

TEST(Sparkline, RisesWithItsValues) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({0, 0, 1, 1, 0, 0}, 3), "▁█▁");  // means of two
  EXPECT_EQ(sparkline({1, NAN, 2}, 9), "▁ █");
  EXPECT_EQ(sparkline({5, 5}, 9), "▄▄");
  EXPECT_EQ(sparkline({}, 9), "");
  EXPECT_EQ(sparkline({1}, 0), "");
  EXPECT_EQ(sparkline({NAN, NAN}, 9), "  ");
}

TEST(TerminalPlot, HasTheSizeAskedFor) {
  const auto all = lines(terminal_plot({.series = {{.name = "a", .y = {1, 5, 2}}}}, 60, 10));
  ASSERT_EQ(all.size(), 12u);  // legend, ten rows, x axis
  for (std::size_t i = 1; i < 11; ++i) EXPECT_EQ(characters(all[i]), 60) << all[i];
}

TEST(TerminalPlot, ARisingLineGoesFromLowerLeftToUpperRight) {
  const auto all = lines(terminal_plot({.series = {{.y = {0, 1}}}, .x_names = {"from", "to"}}, 20, 4));
  ASSERT_EQ(all.size(), 5u);  // no legend for a series without a name
  const auto ink = [&](int row) { return all[row].find_first_not_of(' ', all[row].find("│") + 3); };
  EXPECT_GT(ink(0), ink(1));
  EXPECT_GT(ink(1), ink(2));
  EXPECT_GT(ink(2), ink(3));
  EXPECT_NE(all[4].find("from"), std::string::npos);
  EXPECT_EQ(all[4].substr(all[4].size() - 2), "to");
}

TEST(TerminalPlot, SurvivesNothingAndNan) {
  EXPECT_EQ(lines(terminal_plot({}, 30, 3)).size(), 4u);
  EXPECT_EQ(lines(terminal_plot({.series = {{.y = {NAN, INFINITY}}}}, 5, 1)).size(),
            3u);  // at least two rows
}

TEST(TerminalPlot, ColoursOnlyWhenAsked) {
  const Chart chart{.series = {{.name = "a", .y = {1, 5, 2}}}};
  EXPECT_EQ(terminal_plot(chart, 40, 5, false).find('\x1b'), std::string::npos);
  EXPECT_NE(terminal_plot(chart, 40, 5, true).find("\x1b[34m"), std::string::npos);
}

}  // namespace
}  // namespace carousel::report
