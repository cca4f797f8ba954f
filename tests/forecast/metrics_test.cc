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

TEST(Skill, IsTheShareSaved) {
  EXPECT_DOUBLE_EQ(skill(1, 4), 0.75);
  EXPECT_DOUBLE_EQ(skill(5, 4), -0.25);
  EXPECT_TRUE(std::isnan(skill(1, 0)));
}

TEST(Confusion, ByHand) {
  const std::vector<std::int32_t> predicted = {0, 0, 1, 1, 1, 2}, truth = {0, 1, 1, 1, 0, -1};
  const Confusion c(3, predicted, truth);
  EXPECT_EQ(c.count(), 5);
  EXPECT_EQ(c.at(1, 0), 1);
  EXPECT_EQ(c.at(0, 1), 1);
  EXPECT_EQ(c.at(1, 1), 2);
  EXPECT_DOUBLE_EQ(c.accuracy(), 0.6);
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
