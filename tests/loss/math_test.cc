// exp and log of the losses against long double.
#include "loss/math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace carousel::loss {
namespace {

double ulps(double got, long double want) {
  const double near = static_cast<double>(want);
  const double ulp = std::nextafter(std::abs(near), std::numeric_limits<double>::infinity()) - std::abs(near);
  return static_cast<double>(std::abs(static_cast<long double>(got) - want) / static_cast<long double>(ulp));
}

TEST(LossMath, ExpWithinTwoUlp) {
  double worst = 0;
  for (int i = -70000; i <= 70000; ++i) {
    const double x = i * 0.0101;
    if (x > -708 && x < 709) worst = std::max(worst, ulps(exp(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2.0);
  EXPECT_EQ(exp(0.0), 1.0);
}

TEST(LossMath, LogWithinFourUlp) {
  double worst = 0;
  for (int i = 0; i <= 200000; ++i) {
    const double x = 1 + i * 1.7e-4 * (i % 100 + 1);
    worst = std::max(worst, ulps(log(x), std::log(static_cast<long double>(x))));
  }
  for (int i = 0; i < 300; ++i) {
    const double x = std::ldexp(1.37, 3 * i);
    worst = std::max(worst, ulps(log(x), std::log(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 4.0);
  EXPECT_EQ(log(1.0), 0.0);
}

TEST(LossMath, Log1pWithinFourUlp) {
  double worst = 0;
  for (int i = 0; i <= 100000; ++i)
    worst = std::max(worst, ulps(log1p(i * 1e-5), std::log1p(static_cast<long double>(i * 1e-5))));
  for (double x = 1; x > 1e-300; x /= 7)
    worst = std::max(worst, ulps(log1p(x), std::log1p(static_cast<long double>(x))));
  EXPECT_LT(worst, 4.0);
}

TEST(LossMath, EndsOfTheRange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity(),
                   kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(exp(-1e4), 0.0);
  EXPECT_EQ(exp(-kInfinity), 0.0);
  EXPECT_EQ(exp(1e4), kInfinity);
  EXPECT_TRUE(std::isnan(exp(kNan)));
  EXPECT_EQ(log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(log(kNan)));
}

}  // namespace
}  // namespace carousel::loss
