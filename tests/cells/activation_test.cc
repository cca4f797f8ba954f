// Activations: values against their definitions, slopes against exact and numeric derivatives, limits.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "cells/dual.h"
#include "cells/registry.h"

namespace carousel::cells {
namespace {

// Away from the corners of relu (0) and of the hard sigmoids (±3, ±2.5).
constexpr double kPoints[] = {-30,  -4,  -2.9, -2.6, -2.4, -1,  -0.3, -1e-9,
                              1e-9, 0.2, 1.5,  2.4,  2.6,  2.9, 4,    30};

double definition(Activation activation, double v) {
  const auto clip = [](double y) { return std::fmin(1, std::fmax(0, y)); };
  switch (activation) {
    case Activation::linear:
      return v;
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-v));
    case Activation::tanh:
      return (std::exp(v) - std::exp(-v)) / (std::exp(v) + std::exp(-v));
    case Activation::relu:
      return v > 0 ? v : 0;
    case Activation::hard_sigmoid:
      return clip((v + 3) / 6);
    case Activation::hard_sigmoid_0_2:
      return clip(0.2 * v + 0.5);
    case Activation::softsign:
      return v / (1 + std::fabs(v));
  }
  return NAN;
}

class EachActivation : public testing::TestWithParam<std::pair<std::string_view, Activation>> {};
INSTANTIATE_TEST_SUITE_P(, EachActivation, testing::ValuesIn(EnumNames<Activation>::names),
                         [](const auto& param) { return std::string(param.param.first); });

TEST_P(EachActivation, IsItsDefinition) {
  const Activation activation = GetParam().second;
  for (double v : kPoints) {
    const double expected = definition(activation, v);
    EXPECT_NEAR(apply(activation, v), expected, 1e-15 + 4e-16 * std::fabs(expected)) << v;
    EXPECT_NEAR(apply(activation, float(v)), definition(activation, float(v)),
                2e-7 * (1 + std::fabs(expected)))
        << v;
  }
}

TEST_P(EachActivation, SlopeFromTheOutputIsTheDerivative) {
  const Activation activation = GetParam().second;
  for (double v : kPoints) {
    const double y = apply(activation, v);
    EXPECT_NEAR(slope(activation, y), apply(activation, Dual<1>::variable(v, 0)).d[0], 1e-15) << v;
    if (std::fabs(v) < 1e-6) continue;  // the step below would cross relu's corner
    const double step = 1e-6;
    const double numeric = (definition(activation, v + step) - definition(activation, v - step)) / (2 * step);
    EXPECT_NEAR(slope(activation, y), numeric, 1e-8) << v;
  }
}

TEST_P(EachActivation, KeepsNotANumber) {
  EXPECT_TRUE(std::isnan(apply(GetParam().second, std::numeric_limits<double>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(apply(GetParam().second, std::numeric_limits<float>::quiet_NaN())));
}

TEST(Activation, SigmoidNeitherOverflowsNorLosesItsTail) {
  EXPECT_EQ(sigmoid(1e4), 1);
  EXPECT_EQ(sigmoid(-1e4), 0);
  EXPECT_EQ(sigmoid(-1e30f), 0);
  EXPECT_NEAR(sigmoid(-700.0) / std::exp(-700.0), 1, 1e-12);
  EXPECT_EQ(sigmoid(0.0), 0.5);
}

TEST(Activation, CornersHaveSlopeZero) {
  EXPECT_EQ(slope(Activation::relu, 0.0), 0);
  for (Activation hard : {Activation::hard_sigmoid, Activation::hard_sigmoid_0_2})
    for (double v : {-3.0, 3.0}) EXPECT_EQ(slope(hard, apply(hard, v)), 0);
}

TEST(Activation, StandardIsNamedWithItsDefaults) {
  const Named named{{}};
  for (double v : kPoints) {
    EXPECT_EQ(Standard::gate(v), named.gate(v));
    EXPECT_EQ(Standard::candidate(v), named.candidate(v));
    EXPECT_EQ(Standard::output(v), named.output(v));
    EXPECT_EQ(Standard::gate_slope(v), named.gate_slope(v));
    EXPECT_EQ(Standard::candidate_slope(v), named.candidate_slope(v));
    EXPECT_EQ(Standard::output_slope(v), named.output_slope(v));
  }
}

TEST(Activation, NamedKeepsItsThreePlacesApart) {
  const Named named{{Activation::hard_sigmoid, Activation::softsign, Activation::relu}};
  for (double v : kPoints) {
    EXPECT_EQ(named.gate(v), apply(Activation::hard_sigmoid, v));
    EXPECT_EQ(named.candidate(v), apply(Activation::softsign, v));
    EXPECT_EQ(named.output(v), apply(Activation::relu, v));
    EXPECT_EQ(named.gate_slope(v), slope(Activation::hard_sigmoid, v));
    EXPECT_EQ(named.candidate_slope(v), slope(Activation::softsign, v));
    EXPECT_EQ(named.output_slope(v), slope(Activation::relu, v));
  }
}

TEST(Activation, DualKnowsTheRulesOfDifferentiation) {
  using D = Dual<2>;
  const D x = D::variable(1.25, 0), y = D::variable(-0.5, 1);
  const D f = (x * y - D(3) / (x + y)) * abs(y);
  // f = (x y - 3/(x+y))·|y|, |y| = -y here: df/dx = (y + 3/(x+y)²)(-y), df/dy = (x + 3/(x+y)²)(-y) - (x y -
  // 3/(x+y))
  const double s = 1.25 - 0.5;
  EXPECT_NEAR(f.d[0], (-0.5 + 3 / (s * s)) * 0.5, 1e-14);
  EXPECT_NEAR(f.d[1], (1.25 + 3 / (s * s)) * 0.5 - (-0.625 - 3 / s), 1e-14);
  EXPECT_NEAR(
      sigmoid(x).d[0],
      (definition(Activation::sigmoid, 1.25 + 1e-6) - definition(Activation::sigmoid, 1.25 - 1e-6)) / 2e-6,
      1e-9);
  EXPECT_NEAR(tanh(x).d[0], 1 / (std::cosh(1.25) * std::cosh(1.25)), 1e-15);
}

}  // namespace
}  // namespace carousel::cells
