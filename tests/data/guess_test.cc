// What is guessed of a series: season, logarithm, window; and a warning where floats hardly hold it.
#include <cmath>
#include <utility>

#include "base/random.h"
#include "carousel/data.h"
#include "data/testing.h"

namespace carousel {
namespace {

TEST(Guesses, LogOnlyWhereTheSpreadGrows) {
  std::vector<float> values;
  for (int i = 0; i < 300; ++i)
    values.push_back(static_cast<float>(100.0 + i + 3.0 * std::sin(i * 0.5236)));  // the swing stays
  const Prepared data = windows(Table({"a"}, values), {.target = "a"});
  EXPECT_FALSE(data.preparation.features[0].log);
  EXPECT_EQ(value_of(data.guesses, "log"), "off");
  EXPECT_EQ(data.preparation.season, 12);
  EXPECT_EQ(data.preparation.window, 48);
  EXPECT_EQ(data.preparation.horizon, 12);
}

int season_of(std::vector<float> values) {
  return windows(Table({"a"}, std::move(values)), {.target = "a"}).preparation.season;
}

// From one row to the next a slow season hardly moves, so that noise makes peaks at the shortest lags.
TEST(Guesses, ASlowSeasonIsNotTakenForAFastOne) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Random random(seed, Random::Use::test);
    std::vector<float> values;
    for (int i = 0; i < 240; ++i)
      values.push_back(static_cast<float>(100 + 30 * std::sin(2 * M_PI * i / 24) +
                                          2 * random.normal(static_cast<std::uint64_t>(i))));
    EXPECT_EQ(season_of(values), 24) << seed;
  }
}

// x(t) = 2 · 0.95 cos(2π / 11) x(t-1) - 0.95² x(t-2) + e(t) swings with a period of 11, and loses its beat.
TEST(Guesses, ACycleThatLosesItsBeatIsNoSeason) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Random random(seed, Random::Use::test);
    std::vector<float> values;
    double last = 0, before = 0;
    for (int i = 0; i < 1000; ++i) {
      const double next = 1.9 * std::cos(2 * M_PI / 11) * last - 0.9025 * before +
                          random.normal(static_cast<std::uint64_t>(i));
      before = std::exchange(last, next);
      values.push_back(static_cast<float>(next));
    }
    EXPECT_EQ(season_of(values), 1) << seed;
  }
}

TEST(Guesses, ASeasonIsFoundUnderGrowth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Random random(seed, Random::Use::test);
    std::vector<float> values;
    for (int i = 0; i < 150; ++i)
      values.push_back(static_cast<float>(
          100 * std::exp(0.02 * i) *
          (1 + 0.3 * std::sin(2 * M_PI * i / 12) + 0.04 * random.normal(static_cast<std::uint64_t>(i)))));
    EXPECT_EQ(season_of(values), 12) << seed;
  }
}

// At 2²⁴ floats are 2 apart.
TEST(Precision, WarnsOfChangesThatFloatsHardlyHold) {
  const auto warning = [](double level, double change) {
    std::vector<float> both;
    for (int i = 0; i < 80; ++i) {
      both.push_back(static_cast<float>(level + (i % 2 ? change : 0)));
      both.push_back(static_cast<float>(i % 7));
    }
    const Prepared data = windows(Table({"a", "b"}, both), {.target = "a", .window = 4, .horizon = 1});
    return data.warnings.empty() ? "" : data.warnings.front();
  };
  EXPECT_EQ(
      warning(16777216, 62),
      "column 'a': numbers as large as 16777278 are read to within 2, and these change by about 62 from "
      "row to row; subtract a constant from them in the file");
  EXPECT_EQ(warning(16777216, 64), "");
  EXPECT_EQ(
      warning(-1e9, 0),
      "column 'a': numbers as large as 1000000000 are read to within 64, and these never change; subtract a "
      "constant from them in the file");
  EXPECT_EQ(warning(1000, 0), "");
  EXPECT_EQ(warning(0, 0), "");
  EXPECT_EQ(warning(0, 1e-30), "");
}

TEST(Guesses, TheWindowHoldsAsManySeasonsAsTheRowsCanShow) {
  const auto window = [](int rows, int season, std::optional<int> horizon = {}) {
    std::vector<float> values;
    for (int i = 0; i < rows; ++i) values.push_back(static_cast<float>(i % 5));
    const Prepared data =
        windows(Table({"a"}, values),
                {.target = "a", .horizon = horizon, .season = season, .split = {.test = 0, .validation = 0}});
    return data.preparation.window;
  };
  EXPECT_EQ(window(1000, 24), 96);  // four seasons
  EXPECT_EQ(window(1000, 60), 60);  // 96 rows at most, whole seasons
  EXPECT_EQ(window(107, 12), 24);   // a third of the rows
  EXPECT_EQ(window(108, 12), 36);
  EXPECT_EQ(window(30, 12), 12);       // one season at least
  EXPECT_EQ(window(1000, 1, 24), 96);  // four horizons
  EXPECT_EQ(window(1000, 1, 50), 96);
  EXPECT_EQ(window(512, 1, 5), 32);
  EXPECT_EQ(window(800, 1, 5), 50);  // a sixteenth of the rows
  EXPECT_EQ(window(2000, 1, 5), 64);
  EXPECT_EQ(window(100, 1, 5), 25);  // a quarter of the rows
}

TEST(Guesses, ASeasonThatIsSaidRulesWindowAndHorizon) {
  std::vector<float> values;
  for (int i = 0; i < 300; ++i) values.push_back(static_cast<float>(100.0 + 3.0 * std::sin(i * 0.5236)));
  const Prepared data = windows(Table({"a"}, values), {.target = "a", .season = 7});
  EXPECT_EQ(data.preparation.season, 7);
  EXPECT_EQ(data.preparation.window, 28);
  EXPECT_EQ(data.preparation.horizon, 7);
  for (const Guess& guess : data.guesses)
    if (guess.what == "season") {
      EXPECT_FALSE(guess.guessed);
      EXPECT_EQ(guess.flag, "--season");
    }
  EXPECT_EQ(value_of(data.guesses, "season"), "7 rows");
  EXPECT_EQ(windows(Table({"a"}, values), {.target = "a", .season = 1}).preparation.window, 32);
  EXPECT_EQ(error_of([&] { windows(Table({"a"}, values), {.target = "a", .season = 0}); }).code(),
            Code::usage_bad_value);
}

TEST(Guesses, AirlinePassengers) {
  const std::string file = data_file("series/airline-passengers.csv");
  if (file.empty()) GTEST_SKIP() << "airline-passengers.csv is not here";
  const Prepared data = prepare({.file = file, .target = {"Passengers"}, .split = {.test = 48.0 / 144.0}});
  EXPECT_EQ(data.preparation.season, 12);
  EXPECT_EQ(data.preparation.horizon, 12);
  EXPECT_TRUE(data.preparation.targets[0].log);
  EXPECT_EQ(data.test_rows, 48);
  EXPECT_EQ(data.train_rows + data.validation_rows, 96);
  EXPECT_EQ(value_of(data.guesses, "time column"), "'Month', monthly");
  EXPECT_EQ(data.table->label(0), "1949-01");
  EXPECT_EQ(data.table->next_labels(2), (std::vector<std::string>{"1961-01", "1961-02"}));
}

}  // namespace
}  // namespace carousel
