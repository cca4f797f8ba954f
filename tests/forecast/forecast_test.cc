// Forecasts beyond a table: one block, blocks fed back, labels, gaps, and what cannot be forecast.
#include "carousel/forecast.h"

#include <gtest/gtest.h>

#include <cmath>

#include "carousel/error.h"
#include "carousel/train.h"

namespace carousel {
namespace {

Table waves(int rows, int columns = 2) {
  std::vector<float> values;
  for (int t = 0; t < rows; ++t)
    for (int c = 0; c < columns; ++c)
      values.push_back(static_cast<float>(20 + 5 * c + std::sin(0.4 * t + c)));
  std::vector<std::string> names;
  for (int c = 0; c < columns; ++c) names.push_back(std::string(1, static_cast<char>('a' + c)));
  return Table(names, std::move(values), "waves");
}

Model trained(const Table& table, WindowOptions options) {
  options.season = 1;
  const Prepared data = windows(table, options);
  const int width = data.train->target().values;
  return train({.layers = {Lstm{.units = 6}, Dense{.units = width}}}, data, {.epochs = 2});
}

Code code_of(const Model& model, const Table& table, const ForecastOptions& options = {}) {
  try {
    forecast(model, table, options);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::check_failed;
}

/// The first `rows` rows of `table`, then `more`.
Table with_rows(const Table& table, int rows, std::span<const float> more) {
  std::vector<float> values(table.values().begin(), table.values().begin() + rows * table.columns());
  values.insert(values.end(), more.begin(), more.end());
  return Table(table.names(), std::move(values), table.file());
}

TEST(Forecast, OfAModelThatPutsOutZeroIsTheLastValue) {
  // Weights that are all zero put out 0, and 0 stands for the value that each window had subtracted.
  const Table table = waves(60, 1);
  const Prepared data = windows(table, {.target = "a", .window = 8, .horizon = 3, .season = 1});
  const Model model = train({.layers = {Lstm{.units = 2}, Dense{.units = 3, .w_init = "zeros"}}}, data,
                            {.optimizer = {.rate = 1e-30}, .epochs = 1});
  const Forecast next = forecast(model, table, {.steps = 7});
  ASSERT_EQ(next.values.size(), 7u);
  for (const float value : next.values) EXPECT_FLOAT_EQ(value, table.at(59, 0));
  EXPECT_EQ(next.blocks, 3);
  EXPECT_EQ(next.targets, std::vector<std::string>{"a"});
  EXPECT_EQ(next.labels, (std::vector<std::string>{"61", "62", "63", "64", "65", "66", "67"}));
}

TEST(Forecast, GoesOnFromItsOwnForecasts) {
  const Table table = waves(80);
  const Model model = trained(table, {.target = {"b", "a"}, .window = 10, .horizon = 2});
  const Forecast far = forecast(model, table, {.steps = 5});
  EXPECT_EQ(far.blocks, 3);
  EXPECT_EQ(far.targets, (std::vector<std::string>{"b", "a"}));
  const Forecast first = forecast(model, table);
  ASSERT_EQ(first.values.size(), 4u);  // the horizon of 2, two columns
  EXPECT_EQ(first.blocks, 1);
  // The forecast as if it had been measured: b stands second in the table.
  const std::vector<float> rows = {first.values[1], first.values[0], first.values[3], first.values[2]};
  const Forecast second = forecast(model, with_rows(table, 80, rows));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(far.values[i], first.values[i]) << i;
    EXPECT_EQ(far.values[4 + i], second.values[i]) << i;
  }
}

TEST(Forecast, BeginsAfterTheGap) {
  const Table table = waves(80, 1);
  const Model model = trained(table, {.target = "a", .window = 10, .horizon = 2, .gap = 3});
  EXPECT_EQ(forecast(model, table).labels, (std::vector<std::string>{"84", "85"}));
  EXPECT_EQ(code_of(model, table, {.steps = 3}), Code::model_mismatch);
}

TEST(Forecast, RefusesWhatItCannotSay) {
  const Table table = waves(80);
  const Model open = trained(table, {.target = "a", .features = {"a", "b"}, .window = 10, .horizon = 2});
  EXPECT_NO_THROW(forecast(open, table, {.steps = 2}));
  EXPECT_EQ(code_of(open, table, {.steps = 3}), Code::model_mismatch) << "b is seen, but not forecast";
  EXPECT_EQ(code_of(open, table, {.steps = 0}), Code::usage_bad_value);
  EXPECT_EQ(code_of(open, table, {.steps = kMostForecastSteps + 1}), Code::usage_bad_value);
  EXPECT_EQ(code_of(open, waves(9)), Code::data_too_short);
  EXPECT_EQ(code_of(open, waves(80, 1)), Code::data_unknown_column);
  EXPECT_EQ(code_of(open.with_notes({}), table), Code::model_mismatch) << "a model that knows no table";
  const Table holes = parse_csv("a,b\n1,1\n2,2\n1,1\n2,2\n1,1\n2,2\n1,1\n2,2\n1,1\n2,2\n1,1\n2,\n",
                                {.missing = Missing::mask});
  EXPECT_EQ(code_of(open, holes), Code::data_missing_value);
}

TEST(Forecast, ThatRunsAwayNamesItsStep) {
  const Table table = waves(60, 1);
  const Prepared data =
      windows(table, {.target = "a", .window = 8, .horizon = 1, .season = 1, .scale = Scale::none});
  // Each forecast is 1e38 above the one before it.
  const Model model = train({.layers = {Lstm{.units = 2}, Dense{.units = 1, .b_init = "constant(1e38)"}}},
                            data, {.loss = Loss::mae, .optimizer = {.rate = 1e-30}, .epochs = 1});
  EXPECT_FLOAT_EQ(forecast(model, table, {.steps = 3}).values.back(), 3e38f);
  try {
    forecast(model, table, {.steps = 4});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::check_not_finite);
    EXPECT_EQ(error.info().what, "step 4 of the forecast is not finite");
  }
}

}  // namespace
}  // namespace carousel
