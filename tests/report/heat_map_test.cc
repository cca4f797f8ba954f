// Heat maps: every cell where and as what its value says, well formed whatever goes in, and small.
#include "report/heat_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "report/page.h"
#include "support/holds.h"
#include "xml.h"

namespace carousel::report {
namespace {

/// Colours of the cells as the paths of a drawing paint them; -1 where nothing does, -2 where two do.
std::vector<int> painted(const std::string& text, char letter, std::size_t rows, std::size_t columns) {
  std::vector<int> cells(rows * columns, -1);
  const std::string opening = std::string("<path stroke=\"var(--") + letter;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1)) {
    const int level = std::atoi(text.c_str() + at + opening.size());
    const char* p = text.c_str() + text.find("d=\"", at) + 3;
    int dx, dy, run, length, x = 0, y = 0;
    for (; std::sscanf(p, "m%d %dh%d%n", &dx, &dy, &run, &length) == 3; p += length) {
      x += dx, y += dy;
      for (int k = 0; k < run; ++k, ++x) {
        int& cell = cells.at(static_cast<std::size_t>(y) * columns + static_cast<std::size_t>(x));
        cell = cell == -1 ? level : -2;
      }
    }
    EXPECT_EQ(*p, '"');
  }
  return cells;
}

HeatMap noise(std::size_t rows, std::size_t columns) {
  HeatMap map{.rows = rows, .columns = columns};
  std::mt19937 random(7);
  for (std::size_t i = 0; i < rows * columns; ++i)
    map.values.push_back(static_cast<float>(random() % 1000) / 1000);
  return map;
}

TEST(HeatMap, PaintsEveryCellInTheColourOfItsValue) {
  HeatMap map = noise(9, 31);
  map.values[5] = NAN, map.values[6] = -INFINITY, map.values[7] = 7, map.values[8] = -7;
  std::vector<int> expected;
  for (const float v : map.values)
    expected.push_back(!std::isfinite(v) ? -1 : v <= 0 ? 0 : v >= 1 ? 20 : static_cast<int>(v * 21));
  EXPECT_EQ(painted(svg_file(map), 's', 9, 31), expected);
}

TEST(HeatMap, TheMiddleColourIsZeroWhereThereAreNegativeValues) {
  HeatMap map{.rows = 1, .columns = 5, .values = {-3, -0.1f, 0, 0.1f, 1.5f}};
  fit_colors(map);
  EXPECT_TRUE(map.diverging);
  EXPECT_EQ(map.low, -3);
  EXPECT_EQ(map.high, 3);
  EXPECT_EQ(painted(svg_file(map), 'd', 1, 5), (std::vector<int>{0, 10, 10, 10, 15}));
  map.values = {0, 4};
  map.columns = 2;
  fit_colors(map);
  EXPECT_FALSE(map.diverging);
  EXPECT_EQ(map.low, 0);
  EXPECT_EQ(map.high, 4);
}

TEST(HeatMap, NeighboursThatFindNoRoomAreDrawnAsTheirMean) {
  HeatMap map{.x_label = "step", .rows = 2, .columns = 1000};
  for (std::size_t i = 0; i < 2000; ++i) map.values.push_back(i % 1000 == 999 ? 1 : i % 3 == 0 ? 0.75f : 0);
  // 760 pixels hold no 1000 columns of 2: three become one, of mean 0.25 in row 0, where i % 3 runs with the
  // cells, and in row 1 too; the last cell has one column alone.
  std::vector<int> expected(2 * 334, static_cast<int>(0.25 * 21));
  expected[333] = expected[667] = 20;
  const std::string text = svg_file(map);
  EXPECT_EQ(painted(text, 's', 2, 334), expected);
  EXPECT_NE(text.find("mean of 1 x 3 values"), std::string::npos);
  map.x_label.clear();
  const std::string unnamed = svg_file(map);
  const auto y_of = [&](const std::string& words) {
    const std::size_t at = unnamed.find(">" + words + "<");
    double x = 0, y = NAN;
    if (at != std::string::npos)
      std::sscanf(unnamed.c_str() + unnamed.rfind("<text", at), "<text x=\"%lf\" y=\"%lf\"", &x, &y);
    return y;
  };
  EXPECT_GE(y_of("(a cell is the mean of 1 x 3 values)") - y_of("200"), 12);  // below the axis's numbers
}

TEST(HeatMap, IsSmall) {
  EXPECT_LT(svg_file(noise(128, 300)).size(), 300'000u);  // the worst there is
  HeatMap smooth{.rows = 128, .columns = 300};
  for (int r = 0; r < 128; ++r)
    for (int c = 0; c < 300; ++c)
      smooth.values.push_back(static_cast<float>(0.5 + 0.5 * std::sin(0.02 * c + r)));
  EXPECT_LT(svg_file(smooth).size(), 80'000u);
  EXPECT_LT(svg_file(noise(2000, 9000)).size(), 350'000u);
}

TEST(HeatMap, IsWellFormedForAwkwardMatrices) {
  const std::string nasty = "<b> & \"x\" 'y' \x01 \xFF 温度";
  const std::vector<HeatMap> maps = {
      {},
      {.rows = 1, .columns = 1, .values = {NAN}},
      {.rows = 1, .columns = 1, .values = {3}, .low = 3, .high = 3},
      {.rows = 1, .columns = 2, .values = {1, 2}, .y_top = 3, .y_bottom = 3},
      {.rows = 2, .columns = 1, .values = {1, 2}, .y_top = 3, .y_bottom = -3},
      {.title = nasty,
       .x_label = nasty,
       .y_label = nasty,
       .rows = 1,
       .columns = 1,
       .values = {0.5f},
       .value_label = nasty,
       .row_names = {nasty},
       .markers = {{0, nasty}, {99, nasty}, {NAN, nasty}}},
  };
  for (const HeatMap& map : maps)
    for (const std::string& text :
         {svg_file(map), svg(map, {200, 60}), html({.sections = {{.heading = "h", .heat_maps = {map}}}})}) {
      EXPECT_EQ(read_xml(text).error, "") << text;
      EXPECT_EQ(text.find("nan"), std::string::npos) << text;
      EXPECT_EQ(text.find("inf"), std::string::npos) << text;
    }
}

TEST(HeatMap, NamesItsRowsAndColumns) {
  HeatMap map{.x_label = "step", .y_label = "unit", .rows = 3, .columns = 11};
  map.values.assign(33, 0.5f);
  map.row_names = {"u7", "u2", "u5"};
  map.x_first = 100;
  const std::string text = svg_file(map);
  double last = 0;
  for (const char* name : {">u7<", ">u2<", ">u5<"}) {  // from top to bottom
    const std::size_t at = text.find(name);
    ASSERT_NE(at, std::string::npos) << name;
    double x, y;
    ASSERT_EQ(std::sscanf(text.c_str() + text.rfind("<text", at), "<text x=\"%lf\" y=\"%lf\"", &x, &y), 2);
    EXPECT_GT(y, last);
    last = y;
  }
  testing::expect_holds(text, {">100<", ">110<", ">step<", ">unit<"});
}

TEST(HeatMap, ANumericAxisStandsAtItsEdges) {
  HeatMap map{
      .rows = 4, .columns = 1, .values = {0, 0, 0, 0}, .low = -9, .high = 9, .y_top = 2, .y_bottom = -2};
  const std::string text = svg_file(map, {400, 180});
  const auto y_of = [&](const std::string& label) {
    const std::size_t at = text.find(">" + label + "<");
    double x = 0, y = 0;
    std::sscanf(text.c_str() + text.rfind("<text", at), "<text x=\"%lf\" y=\"%lf\"", &x, &y);
    return y;
  };
  EXPECT_GT(y_of("2"), 20);  // below the legend
  EXPECT_LT(y_of("2"), y_of("0"));
  EXPECT_NEAR(y_of("0") - y_of("2"), y_of("-2") - y_of("0"), 0.2);
}

/// Relative luminance of "#rrggbb" (WCAG 2).
double luminance(const std::string& css, std::size_t at) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (int k = 0; k < 3; ++k) {
    const double v = std::stoi(css.substr(at + 1 + 2 * k, 2), nullptr, 16) / 255.0;
    sum += weights[k] * (v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  }
  return sum;
}

TEST(HeatMap, ColoursDifferInLightness) {
  // Whoever sees no hue still sees the order: luminance goes one way along a ramp, in light and in dark.
  const std::string css(heat_css());
  const std::size_t dark = css.find("@media");
  for (const bool is_dark : {false, true}) {
    const auto of = [&](char letter, int level) {
      const std::string name = std::string("--") + letter + std::to_string(level) + ":";
      return luminance(css, css.find(name, is_dark ? dark : 0) + name.size());
    };
    const double away = is_dark ? 1 : -1;  // from the paper
    for (int level = 1; level < kHeatLevels; ++level)
      EXPECT_GT(away * (of('s', level) - of('s', level - 1)), 0) << level << (is_dark ? " dark" : "");
    for (int level = 1; level <= kHeatLevels / 2; ++level)
      for (const int side : {-1, 1})
        EXPECT_GT(
            away * (of('d', kHeatLevels / 2 + side * level) - of('d', kHeatLevels / 2 + side * (level - 1))),
            0)
            << side * level << (is_dark ? " dark" : "");
  }
}

TEST(HeatMap, APageWithoutOneCarriesNoneOfItsColours) {
  EXPECT_EQ(html({}).find("--s0"), std::string::npos);
  EXPECT_NE(html({.sections = {{.heading = "h", .heat_maps = {noise(2, 2)}}}}).find("--s0"),
            std::string::npos);
}

}  // namespace
}  // namespace carousel::report
