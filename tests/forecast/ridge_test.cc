// Ridge regression against its closed form and against its own normal equations, written out plainly.
#include "forecast/ridge.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/random.h"
#include "carousel/error.h"

namespace carousel::forecasting {
namespace {

TEST(Ridge, OfOneInputIsAQuotient) {
  Ridge ridge(1, 2);
  ridge.add(std::vector<double>{1, 2, 3}, std::vector<double>{1, 0, 2, 1, 4, 0});
  const auto w = ridge.solve(0.5);  // Σ x² = 14, Σ x y = 17 and 2
  EXPECT_NEAR(w[0], 17 / 14.5, 1e-14);
  EXPECT_NEAR(w[1], 2 / 14.5, 1e-14);
}

TEST(Ridge, SolvesItsNormalEquations) {
  for (const auto& [rows, inputs, outputs] :
       {std::array{3, 5, 2}, {70, 64, 1}, {131, 130, 3}, {257, 65, 67}}) {
    const Random random(1, Random::Use::test, rows);
    std::vector<double> x(rows * inputs), y(rows * outputs);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = random.normal(i);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = random.normal(x.size() + i);
    Ridge ridge(inputs, outputs);
    const int half = rows / 2;  // in two calls
    ridge.add({x.data(), std::size_t(half) * inputs}, {y.data(), std::size_t(half) * outputs});
    ridge.add({x.data() + half * inputs, std::size_t(rows - half) * inputs},
              {y.data() + half * outputs, std::size_t(rows - half) * outputs});
    const auto w = ridge.solve(0.3);
    for (int i = 0; i < inputs; ++i)
      for (int o = 0; o < outputs; ++o) {
        double gradient = 0.3 * w[i * outputs + o];  // Xᵀ(X w - y) + λ w = 0
        for (int r = 0; r < rows; ++r) {
          double residual = -y[r * outputs + o];
          for (int k = 0; k < inputs; ++k) residual += x[r * inputs + k] * w[k * outputs + o];
          gradient += x[r * inputs + i] * residual;
        }
        ASSERT_NEAR(gradient, 0, 1e-8) << rows << " " << inputs << " " << i << " " << o;
      }
  }
}

TEST(Ridge, LeavesAConstantAlone) {
  Ridge ridge(2, 1);  // x about 0 and a constant: the constant is the mean of y whatever lambda is
  ridge.add(std::vector<double>{-1, 1, 1, 1}, std::vector<double>{9, 13});
  const auto w = ridge.solve(2, 1);
  EXPECT_NEAR(w[0], 4.0 / (2 + 2), 1e-14);
  EXPECT_NEAR(w[1], 11, 1e-13);
}

TEST(Ridge, OfDataWithoutRankIsStillDefinite) {
  Ridge ridge(3, 1);
  ridge.add(std::vector<double>{1, 1, 0, 2, 2, 0}, std::vector<double>{1, 2});
  const auto w = ridge.solve(1e-6);  // the weight is shared by the equal inputs
  EXPECT_NEAR(w[0], 0.5, 1e-6);
  EXPECT_NEAR(w[1], 0.5, 1e-6);
  EXPECT_EQ(w[2], 0);
}

TEST(Ridge, RefusesNanAndUnequalRows) {
  Ridge ridge(1, 1);
  EXPECT_THROW(ridge.add(std::vector<double>{1, 2}, std::vector<double>{1}), Error);
  ridge.add(std::vector<double>{NAN}, std::vector<double>{1});
  EXPECT_THROW(ridge.solve(1), Error);
}

}  // namespace
}  // namespace carousel::forecasting
