// Axes: ranges that hold the data, ticks at round values, dates where they change.
#include <gtest/gtest.h>

#include <cmath>

#include "report/scale.h"

namespace carousel::report {
namespace {

std::string labels(const std::vector<Tick>& ticks) {
  std::string all;
  for (const Tick& tick : ticks) all += (all.empty() ? "" : " ") + tick.label;
  return all;
}

TEST(Ticks, StandAtRoundValues) {
  EXPECT_EQ(labels(ticks({0, 10}, 5)), "0 2 4 6 8 10");
  EXPECT_EQ(labels(ticks({313.2, 371.9}, 6)), "320 330 340 350 360 370");
  EXPECT_EQ(labels(ticks({-0.11, 0.13}, 5)), "-0.10 -0.05 0 0.05 0.10");
  EXPECT_EQ(labels(ticks({0, 0.0007}, 4)), "0 0.0002 0.0004 0.0006");
}

TEST(Ticks, OfWhatIsCountedAreWhole) {
  EXPECT_EQ(labels(ticks({1, 3}, 8, true)), "1 2 3");
  EXPECT_EQ(labels(ticks({0.5, 1.5}, 8, true)), "1");
  EXPECT_EQ(labels(ticks({1, 40}, 4, true)), "10 20 30 40");
}

TEST(Ticks, OfALogarithmicAxisAreOneTwoFive) {
  EXPECT_EQ(labels(ticks({0.008, 1.2, true}, 6)), "0.01 0.02 0.05 0.1 0.2 0.5 1");
}

TEST(Ticks, OfManyDecadesAreDecades) {
  EXPECT_EQ(labels(ticks({1e-6, 1, true}, 5)), "1e-6 1e-5 0.0001 0.001 0.01 0.1 1");
  EXPECT_EQ(labels(ticks({3e-13, 7, true}, 6)), "1e-12 1e-10 1e-8 1e-6 0.0001 0.01 1");
  EXPECT_EQ(labels(ticks({2e-9, 3e8, true}, 4)), "1e-5 1 100000");  // round exponents, not the lowest plus n
  EXPECT_EQ(labels(ticks({1e-300, 1e20, true}, 6)), "1e-300 1e-250 1e-200 1e-150 1e-100 1e-50 1");
  EXPECT_EQ(labels(ticks({5e-324, 1.7e308, true}, 4)), "1e-200 1 1e200");  // all that a double holds
  for (const Tick& tick : ticks({5e-324, 1.7e308, true}, 40))
    EXPECT_NEAR(std::log10(tick.value), std::round(std::log10(tick.value)), 1e-4) << tick.label;
}

TEST(Ticks, OnDatesStandWhereTheYearChanges) {
  std::vector<std::string> months;
  for (int year = 1958; year < 2002; ++year)
    for (int month = 1; month <= 12; ++month)
      months.push_back(std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month));
  const auto all = name_ticks({0, 527}, months, 60);
  EXPECT_EQ(labels(all), "1960 1970 1980 1990 2000");
  EXPECT_EQ(all[0].value, 24);  // January 1960
  EXPECT_EQ(labels(name_ticks({480, 527}, months, 60)), "1998 1999 2000 2001");
  EXPECT_EQ(labels(name_ticks({504, 515}, months, 45)),
            "2000-01 2000-06 2000-11");  // of twelve changes of month every fifth
}

TEST(Ticks, OnOtherNamesAreEveryNth) {
  EXPECT_EQ(labels(name_ticks({0, 5}, {"a", "b", "c", "d", "e", "f"}, 15)), "a c e");
  EXPECT_EQ(labels(name_ticks({0, 3}, {}, 30)), "");
  EXPECT_EQ(labels(name_ticks({0, 9}, {"a", "b"}, 99)), "a b");
}

TEST(Ticks, OnNumberedRowsAreRound) {
  std::vector<std::string> rows;
  for (int row = 1; row <= 7000; ++row) rows.push_back(std::to_string(row));
  EXPECT_EQ(labels(name_ticks({6840, 6999}, rows, 60)), "6850 6900 6950 7000");
  EXPECT_EQ(name_ticks({6840, 6999}, rows, 60)[0].value, 6849);  // where the row 6850 stands
  EXPECT_EQ(labels(name_ticks({0, 4}, rows, 60)), "1 2 3 4 5");
}

TEST(YScale, HoldsTheDataAndLeavesOutWhatHasNoPlace) {
  Chart chart{.series = {{.y = {1, NAN, 3, INFINITY}}}};
  EXPECT_NEAR(y_scale(chart).low, 0.9, 1e-12);
  EXPECT_NEAR(y_scale(chart).high, 3.1, 1e-12);
  chart = {.series = {{.y = {0, -1, 10, 1000}}}, .y_log = true};
  EXPECT_LT(y_scale(chart).low, 10);
  EXPECT_GT(y_scale(chart).low, 1);
  EXPECT_TRUE(std::isnan(y_scale(chart)(0.0)));
}

TEST(YScale, HoldsABandAndAllOfDouble) {
  Chart chart{.series = {{.y = {10, 10}, .low = {1, 0}, .high = {20, 100}}}, .y_log = true};
  EXPECT_NEAR(y_scale(chart)(1.0), 0.1 / 2.2, 1e-9);  // two decades with a twentieth of them at either end
  EXPECT_NEAR(y_scale(chart)(100.0), 2.1 / 2.2, 1e-9);
  chart = {.series = {{.y = {5e-324, 1.7e308}}}, .y_log = true};
  const Scale scale = y_scale(chart);
  EXPECT_GT(scale.low, 0);
  EXPECT_TRUE(std::isfinite(scale.high));
  EXPECT_NEAR(scale(1.0), 324 / 632.0, 0.01);
}

TEST(YScale, OfNothingOrOfOneValueHasAWidth) {
  for (const std::vector<double>& y : {std::vector<double>{}, {NAN}, {0}, {5, 5}, {-2}})
    for (const bool log : {false, true}) {
      const Scale scale = y_scale({.series = {{.y = y}}, .y_log = log});
      EXPECT_LT(scale.low, scale.high);
      EXPECT_FALSE(ticks(scale, 5).empty());
    }
}

TEST(Number, IsShort) {
  EXPECT_EQ(number(0.5), "0.5");
  EXPECT_EQ(number(19.8312), "19.83");
  EXPECT_EQ(number(NAN), "–");
}

}  // namespace
}  // namespace carousel::report
