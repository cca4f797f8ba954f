// Metrics on numbers small enough to be worked out by hand.
#include "forecast/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "carousel/error.h"

namespace carousel::forecasting {
namespace {

const double kNan = std::nan("");

TEST(Errors, ByHand) {
  // Errors 1, -1, 2, 0.
  const Errors e = errors(std::vector<double>{2, 1, 5, 4}, std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(e.mse, 1.5);
  EXPECT_DOUBLE_EQ(e.rmse, std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(e.mae, 1);
  EXPECT_EQ(e.count, 4);
}

TEST(Errors, LeaveOutNanAndSayWhenNothingIsLeft) {
  const Errors e = errors(std::vector<double>{2, kNan, 5}, std::vector<double>{1, 2, kNan});
  EXPECT_EQ(e.count, 1);
  EXPECT_DOUBLE_EQ(e.mae, 1);
  EXPECT_TRUE(std::isnan(errors({}, {}).mse));
  EXPECT_THROW(errors(std::vector<double>{1}, {}), Error);
}

TEST(ErrorsByColumn, ByHand) {
  // Rows (1, 10), (2, 20); errors of the first column 1 and -3, of the second 2 and none.
  const auto e = errors_by_column(std::vector<double>{2, 12, -1, kNan}, std::vector<double>{1, 10, 2, 20}, 2);
  ASSERT_EQ(e.size(), 2u);
  EXPECT_DOUBLE_EQ(e[0].mae, 2);
  EXPECT_DOUBLE_EQ(e[0].mse, 5);
  EXPECT_DOUBLE_EQ(e[1].mae, 2);
  EXPECT_EQ(e[1].count, 1);
  EXPECT_THROW(errors_by_column(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2, 3}, 2), Error);
  EXPECT_THROW(errors_by_column(std::vector<double>{1}, std::vector<double>{1, 2}, 2), Error);
  EXPECT_THROW(errors_by_column({}, {}, 0), Error);
}

TEST(Autocorrelations, OfAStraightLineByHand) {
  // Deviations -1.5, -0.5, 0.5, 1.5, whose squares sum to 5; the products to 1.25, -1.5, -2.25.
  const auto r = autocorrelations(std::vector<double>{1, 2, 3, 4}, 5);
  ASSERT_EQ(r.size(), 5u);
  EXPECT_DOUBLE_EQ(r[0], 0.25);
  EXPECT_DOUBLE_EQ(r[1], -0.3);
  EXPECT_DOUBLE_EQ(r[2], -0.45);
  EXPECT_TRUE(std::isnan(r[3]) && std::isnan(r[4]));  // as long as the series
}

TEST(Autocorrelations, OfAnAlternatingSeriesInClosedForm) {
  // ±1 in turn: n - k products of (-1)^k each, n squares of 1.
  std::vector<double> values;
  for (int t = 0; t < 20; ++t) values.push_back(7 + (t % 2 ? -1 : 1));
  const auto r = autocorrelations(values, 10);
  for (int k = 1; k <= 10; ++k) EXPECT_NEAR(r[k - 1], (k % 2 ? -1 : 1) * (20 - k) / 20.0, 1e-12) << k;
}

TEST(Autocorrelations, LeaveOutWhatIsMissingAndWhatIsConstant) {
  // Deviations -1, missing, 1.
  const auto r = autocorrelations(std::vector<double>{1, kNan, 3}, 2);
  EXPECT_DOUBLE_EQ(r[0], 0);
  EXPECT_DOUBLE_EQ(r[1], -0.5);
  EXPECT_TRUE(std::isnan(autocorrelations(std::vector<double>(9, 0.1), 1)[0]));
  EXPECT_TRUE(std::isnan(autocorrelations({}, 1)[0]));
  EXPECT_TRUE(autocorrelations({}, 0).empty());
}

TEST(Skill, IsTheShareSaved) {
  EXPECT_DOUBLE_EQ(skill(1, 4), 0.75);
  EXPECT_DOUBLE_EQ(skill(5, 4), -0.25);
  EXPECT_TRUE(std::isnan(skill(1, 0)));
}

TEST(Confusion, ByHand) {
  const std::vector<std::int32_t> predicted = {0, 0, 1, 2, 1, 1, 1}, truth = {0, 1, 1, -1, 1, 0, 0};
  const Confusion c(3, predicted, truth);
  EXPECT_EQ(c.count(), 6);
  EXPECT_EQ(c.at(1, 0), 1);
  EXPECT_EQ(c.at(0, 1), 2);
  EXPECT_EQ(c.at(1, 1), 2);
  EXPECT_DOUBLE_EQ(c.accuracy(), 0.5);
  EXPECT_TRUE(std::isnan(Confusion(2, {}, {}).accuracy()));
}

TEST(Confusion, RefusesClassesOutOfRange) {
  const std::vector<std::int32_t> two = {2}, one = {1}, none = {-1};
  EXPECT_THROW(Confusion(2, two, one), Error);
  EXPECT_THROW(Confusion(2, one, two), Error);
  EXPECT_THROW(Confusion(2, none, one), Error);
}

TEST(Largest, TakesTheFirstOfEquals) {
  EXPECT_EQ(largest(std::vector<float>{1, 3, 2, 5, 5, 1}, 3), (std::vector<std::int32_t>{1, 0}));
}

}  // namespace
}  // namespace carousel::forecasting
