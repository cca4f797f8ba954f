// Baselines of prepared data: the right rows, the right units, and fits that find what is there.
#include "forecast/baselines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "carousel/error.h"
#include "support/sequences.h"

namespace carousel::forecasting {
namespace {

Table growing() {
  std::vector<float> v;
  for (int t = 0; t < 240; ++t)
    for (const double value : {1.0 + t, std::exp(0.02 * t) * (10 + std::sin(t * 2 * M_PI / 12))})
      v.push_back(static_cast<float>(value));
  return Table({"t", "sales"}, v);
}

TEST(TableBaselines, StandInTheTablesOwnRowsAndUnits) {
  const Table table = growing();
  const Prepared data = windows(table, {.target = "sales",
                                        .window = 24,
                                        .horizon = 3,
                                        .gap = 2,
                                        .log = Log::on,
                                        .split = {.test = 0.2, .validation = 0.1}});
  ASSERT_GT(data.test->count(), 0);
  const auto origins = origins_of(*data.test);
  const auto real = true_values(data, *data.test);
  const auto all = baselines(data, *data.test);
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all[0].name, "naive");
  EXPECT_EQ(all.back().name, "linear autoregression");
  ASSERT_EQ(real.size(), origins.size() * 3);
  for (std::size_t i = 0; i < origins.size(); ++i)
    for (int step = 0; step < 3; ++step) {
      ASSERT_EQ(real[i * 3 + step], table.at(origins[i] + step, 1));
      ASSERT_EQ(all[0].values[i * 3 + step], table.at(origins[i] - 3, 1));  // a gap of 2
    }
  EXPECT_EQ(origins.front(), 192);  // the last fifth of 240 rows, whole horizons only
  EXPECT_EQ(origins.back(), 237);
  EXPECT_DOUBLE_EQ(all[0].errors->rmse, errors(all[0].values, real).rmse);
  EXPECT_LT(all.back().errors->rmse,
            0.1 * all[0].errors->rmse);  // growth and season are linear in logarithms
}

TEST(TableBaselines, NameTheSeasonWhenThereIsOne) {
  Prepared data = windows(growing(), {.target = "sales", .window = 24, .horizon = 3});
  data.preparation.season = 12;
  EXPECT_EQ(baselines(data, *data.test)[1].name, "seasonal naive (12)");
  data.preparation.season = 1;
  EXPECT_EQ(baselines(data, *data.test)[1].name, "linear autoregression");
}

/// 400 sequences of 5 steps of 3 numbers, standard normal.
std::vector<float> noise() {
  const Random random(7, Random::Use::test);
  std::vector<float> x(400 * 5 * 3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.normal(i));
  return x;
}

ArrayOptions quarter_for_test(const std::vector<float>& x) {
  ArrayOptions options = testing::sequences(x, 400, 5, 3);
  options.split = {.test = 0.25};
  return options;
}

TEST(ArrayBaselines, OfValuesFindALinearRule) {
  const auto x = noise();
  std::vector<float> y;
  for (int n = 0; n < 400; ++n) y.push_back(100 + 2 * x[n * 15] - 3 * x[n * 15 + 14]), y.push_back(-1);
  ArrayOptions options = quarter_for_test(x);
  options.values = y;
  const Prepared data = arrays(options);
  const auto all = baselines(data, *data.test);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "mean");
  EXPECT_EQ(all[1].name, "linear");
  const auto real = true_values(data, *data.test);
  EXPECT_EQ(real.size(), 200u);
  EXPECT_EQ(real[1], -1);
  double mean = 0;
  for (int n = 0; n < 285; ++n) mean += y[2 * n] / 285.0;  // of 400, 100 test; of 300, 15 validate
  EXPECT_NEAR(all[0].values[0], mean, 0.01);
  EXPECT_NEAR(all[0].errors->mse, 6.5, 1.5);  // (4 + 9) / 2: half of the targets are constant
  EXPECT_LT(all[1].errors->rmse,
            0.15);  // lambda shrinks the weights by about 10 of 285, the constant not at all
}

TEST(ArrayBaselines, OfClassesFindALinearRule) {
  const auto x = noise();
  std::vector<std::int32_t> labels;
  for (int n = 0; n < 400; ++n) labels.push_back(x[n * 15 + 7] > -0.2f ? 1 : 0);
  ArrayOptions options = quarter_for_test(x);
  options.labels = labels;
  const Prepared data = arrays(options);
  const auto all = baselines(data, *data.test);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "majority");
  int ones = 0;
  for (int n = 300; n < 400; ++n) ones += labels[n];
  EXPECT_NEAR(*all[0].accuracy, ones / 100.0, 1e-12);
  EXPECT_GT(*all[1].accuracy, 0.9);
  EXPECT_EQ(true_classes(*data.test), std::vector<std::int32_t>(labels.begin() + 300, labels.end()));
}

TEST(ArrayBaselines, OfEveryStepLookAtTheStepAndCountWhatCounts) {
  const auto x = noise();
  std::vector<std::int32_t> labels(400 * 5), lengths(400);
  std::vector<float> mask(400 * 5, 1.0f);
  for (int i = 0; i < 2000; ++i) labels[i] = x[i * 3 + 1] > 0 ? 2 : 0;
  for (int n = 0; n < 400; ++n) lengths[n] = n % 6, mask[n * 5] = 0;
  ArrayOptions options = quarter_for_test(x);
  options.labels = labels;
  options.every_step = true;
  options.lengths = lengths;
  options.mask = mask;
  const Prepared data = arrays(options);
  std::size_t counting = 0;
  for (int n = 300; n < 400; ++n)
    counting += static_cast<std::size_t>(std::max(0, n % 6 - 1));  // step 0 is masked
  EXPECT_EQ(true_classes(*data.test).size(), counting);
  const auto all = baselines(data, *data.test);
  EXPECT_EQ(all[1].classes.size(), counting);
  EXPECT_GT(*all[1].accuracy, 0.9);
  EXPECT_LT(*all[0].accuracy, 0.65);
}

TEST(ArrayBaselines, OfRaggedSequencesLeaveOutWhatLiesBeyondALength) {
  const auto x = noise();
  const std::vector<float> y(400 * 5, 3.0f);
  std::vector<std::int32_t> lengths(400);
  for (int n = 0; n < 400; ++n) lengths[n] = 1 + n % 5;
  ArrayOptions options = quarter_for_test(x);
  options.values = y;
  options.every_step = true;
  options.lengths = lengths;
  const Prepared data = arrays(options);
  const auto real = true_values(data, *data.test);
  EXPECT_EQ(real, std::vector<double>(20 * (1 + 2 + 3 + 4 + 5), 3.0));
  EXPECT_EQ(baselines(data, *data.test)[0].values, real);
}

TEST(ArrayBaselines, OfLongSequencesAreThinned) {
  const Random random(3, Random::Use::test);
  std::vector<float> x(60 * 3000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.normal(i));
  std::vector<std::int32_t> labels(60);
  for (int n = 0; n < 60; ++n) {
    labels[n] = n % 2;
    for (int t = 0; t < 3000; ++t) x[n * 3000 + t] += labels[n] ? 1.0f : -1.0f;
  }
  const Prepared data =
      arrays({.x = x, .rows = 60, .steps = 3000, .features = 1, .labels = labels, .split = {.test = 0.3}});
  EXPECT_EQ(*baselines(data, *data.test)[1].accuracy, 1.0);
}

TEST(Baselines, OfNothingAreNone) {
  const auto x = noise();
  const std::vector<std::int32_t> labels(400);
  ArrayOptions options = quarter_for_test(x);
  options.split.test = 0;
  options.labels = labels;
  const Prepared data = arrays(options);
  EXPECT_TRUE(baselines(data, *data.test).empty());
  EXPECT_THROW(series_of(data), Error);
}

}  // namespace
}  // namespace carousel::forecasting
