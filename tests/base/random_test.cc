// Random: draws that depend on seed, use and index alone, with the moments of their names.
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace carousel {
namespace {

TEST(Random, DrawsAreFunctionsOfTheirIndex) {
  const Random random(42, Random::Use::dropout, 3, 9);
  std::uint32_t block[4];
  random.block(5, block);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(random.bits(20 + i), block[i]);
  EXPECT_EQ(Random(42, Random::Use::dropout, 3, 9).bits(7), random.bits(7));
}

TEST(Random, StreamsDiffer) {
  std::set<std::uint32_t> first;
  for (const std::uint64_t seed : {1ull, 2ull, (1ull << 32) + 1})
    for (const auto use : {Random::Use::initialise, Random::Use::dropout, Random::Use::shuffle})
      for (std::uint32_t a = 0; a < 3; ++a)
        for (std::uint32_t b = 0; b < 3; ++b) first.insert(Random(seed, use, a, b).bits(0));
  EXPECT_EQ(first.size(), 81u);
}

TEST(Random, UniformsAndNormalsHaveTheirMoments) {
  const Random random(1, Random::Use::test);
  const int n = 100000;
  double mean = 0, square = 0, normal_mean = 0, normal_square = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i)),
                 z = random.normal(static_cast<std::uint64_t>(i));
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    mean += u / n, square += u * u / n, normal_mean += z / n, normal_square += z * z / n;
  }
  // Four standard errors of each: sd of u 0.289, of u² 0.298, of z 1, of z² 1.41.
  const double e = 4 / std::sqrt(double(n));
  EXPECT_NEAR(mean, 0.5, 0.289 * e);
  EXPECT_NEAR(square, 1.0 / 3, 0.298 * e);
  EXPECT_NEAR(normal_mean, 0.0, e);
  EXPECT_NEAR(normal_square, 1.0, 1.42 * e);
}

TEST(Random, PermutationsHoldEachNumberOnce) {
  for (const std::size_t n : {0, 1, 2, 100}) {
    std::vector<std::int64_t> order(n), other(n);
    Random(3, Random::Use::shuffle, 1).permutation(order);
    Random(3, Random::Use::shuffle, 2).permutation(other);
    if (n == 100) {
      EXPECT_NE(order, other);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(order[i], static_cast<std::int64_t>(i));
  }
}

}  // namespace
}  // namespace carousel
