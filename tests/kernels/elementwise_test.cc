// exp, logarithms and dropout of every target: against long double and base/random.h, and with equal bits.
#include "kernels/elementwise.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/dispatch.h"

namespace carousel::kernels {
namespace {

using Function = void (*)(const double*, double*, std::size_t);

// One number by the active target.
double at(Function function, double x) {
  function(&x, &x, 1);
  return x;
}

double exp(double x) {
  return at(active_target().table->exp, x);
}
double log1p(double x) {
  return at(active_target().table->log1p, x);
}

double ulps(double got, long double want) {
  const double near = static_cast<double>(want);
  const double ulp = std::nextafter(std::abs(near), std::numeric_limits<double>::infinity()) - std::abs(near);
  return static_cast<double>(std::abs(static_cast<long double>(got) - want) / static_cast<long double>(ulp));
}

TEST(Elementwise, ExpWithinTwoUlp) {
  double worst = 0;
  for (int i = -70000; i <= 70000; ++i) {
    const double x = i * 0.0101;
    if (x > -708 && x < 709) worst = std::max(worst, ulps(exp(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2.0);
  EXPECT_EQ(exp(0.0), 1.0);
}

TEST(Elementwise, LogWithinFourUlp) {
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

TEST(Elementwise, Log1pWithinFourUlp) {
  double worst = 0;
  for (int i = 0; i <= 100000; ++i)
    worst = std::max(worst, ulps(log1p(i * 1e-5), std::log1p(static_cast<long double>(i * 1e-5))));
  for (double x = 1; x > 1e-300; x /= 7)
    worst = std::max(worst, ulps(log1p(x), std::log1p(static_cast<long double>(x))));
  EXPECT_LT(worst, 4.0);
}

TEST(Elementwise, EndsOfTheRange) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity(),
                   kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(exp(-1e4), 0.0);
  EXPECT_EQ(exp(-kInfinity), 0.0);
  EXPECT_EQ(exp(1e4), kInfinity);
  EXPECT_TRUE(std::isnan(exp(kNan)));
  EXPECT_EQ(log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(log(kNan)));
}

// Vectors of any length, and what stands alone, have the same bits, on every target, fused products or not.
TEST(Elementwise, EveryTargetHasTheSameBits) {
  std::vector<double> all, unit;
  for (int i = 0; i < 5003; ++i) all.push_back(i * 0.29 - 720), unit.push_back(i / 5002.0);
  for (const double special : {0.0, -0.0, 1e-300, 5e-324}) unit.push_back(special);
  all.push_back(std::numeric_limits<double>::quiet_NaN());
  std::vector<double> large;
  for (int i = 0; i < 5003; ++i) large.push_back(1 + std::ldexp(i, i % 900));
  const auto check = [](const std::vector<double>& x, auto&& function_of) {
    std::vector<double> first(x.size()), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) first[i] = at(function_of(targets().front()), x[i]);
    for (const Target& target : targets()) {
      function_of(target)(x.data(), y.data(), x.size());
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint64_t>(first[i]), std::bit_cast<std::uint64_t>(y[i]))
            << target.name << " of " << x[i];
    }
  };
  check(all, [](const Target& t) { return t.table->exp; });
  check(unit, [](const Target& t) { return t.table->log1p; });
  check(large, [](const Target& t) { return t.table->log; });
}

TEST(Elementwise, DropoutFollowsTheWordsOfRandom) {
  const Random random(0x123456789abcULL, Random::Use::dropout, 7, 0xfffffff0u);
  const std::uint64_t first = 0xfffffffeULL;  // the low half of the counter overflows on the way
  const float rate = 0.3f;
  for (const std::size_t n : {1, 3, 4, 31, 32, 33, 100}) {
    std::vector<float> x, want;
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(1.0f + static_cast<float>(i));
      const bool keep = random.bits(4 * first + i) >= static_cast<std::uint32_t>(0x1p32 * 0.3f);
      want.push_back(keep ? x.back() * (1.0f / (1.0f - rate)) : 0.0f);
    }
    const Random::Place place = random.place();
    for (const Target& target : targets()) {
      std::vector<float> y(n);
      target.table->dropout({{place.key[0], place.key[1]}, {place.high[0], place.high[1]}}, first,
                            static_cast<std::uint32_t>(0x1p32 * 0.3f), 1.0f / (1.0f - rate), x.data(),
                            y.data(), n);
      EXPECT_EQ(y, want) << target.name << " " << n;
    }
    std::vector<float> y(n);
    dropout(random, first, rate, x, y);
    EXPECT_EQ(y, want);
    std::vector<double> wide(x.begin(), x.end());
    dropout(random, first, rate, std::span<const double>(wide), wide);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(wide[i] != 0, want[i] != 0);
  }
}

}  // namespace
}  // namespace carousel::kernels
