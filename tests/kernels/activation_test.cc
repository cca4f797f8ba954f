// The vector σ, tanh and others: error in ULP over the whole line, special values, the same bits on every
// target.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "cells/registry.h"
#include "kernels/dense.h"
#include "support/ulp.h"

namespace carousel::kernels {
namespace {

using carousel::testing::ulp_error;
using cells::Activation;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Every 3989th float of both signs, subnormals apart: a million numbers.
std::vector<float> many_floats() {
  std::vector<float> x;
  for (std::uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 3989) {
    x.push_back(std::bit_cast<float>(bits));
    x.push_back(-x.back());
  }
  return x;
}

std::vector<float> apply_on(const Target& target, Activation f, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  target.table->activate(f, x.data(), y.data(), x.size());
  return y;
}

class ActivationTargets : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Targets, ActivationTargets, ::testing::ValuesIn(available_targets()),
                         [](const auto& which) { return std::string(which.param); });

// The bounds that docs state. Where σ falls below 2^-125 it is clamped to σ(-87) instead, which is checked
// absolutely.
TEST_P(ActivationTargets, SigmoidIsWithinItsUlp) {
  const std::vector<float> x = many_floats();
  const std::vector<float> y = apply_on(find_target(GetParam()), Activation::sigmoid, x);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double truth = 1 / (1 + std::exp(-static_cast<double>(x[i])));
    if (x[i] < -87)
      ASSERT_NEAR(y[i], truth, 2e-38) << x[i];
    else
      worst = std::max(worst, ulp_error(y[i], truth));
  }
  RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, carousel::testing::kSigmoidUlp);
}

TEST_P(ActivationTargets, TanhIsWithinItsUlp) {
  const std::vector<float> x = many_floats();
  const std::vector<float> y = apply_on(find_target(GetParam()), Activation::tanh, x);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    worst = std::max(worst, ulp_error(y[i], std::tanh(static_cast<double>(x[i]))));
    ASSERT_LE(std::abs(y[i]), 1.0f);
  }
  RecordProperty("ulp", std::to_string(worst));
  EXPECT_LE(worst, carousel::testing::kTanhUlp);
}

TEST_P(ActivationTargets, SpecialValues) {
  const Target& target = find_target(GetParam());
  const std::vector<float> x = {kInfinity, -kInfinity, 0.0f, -0.0f, kNan};
  const std::vector<float> t = apply_on(target, Activation::tanh, x);
  EXPECT_EQ(t[0], 1.0f);
  EXPECT_EQ(t[1], -1.0f);
  EXPECT_EQ(t[2], 0.0f);
  EXPECT_TRUE(std::signbit(t[3]));
  const std::vector<float> s = apply_on(target, Activation::sigmoid, x);
  EXPECT_EQ(s[0], 1.0f);
  EXPECT_LT(s[1], 2e-38f);
  EXPECT_EQ(s[2], 0.5f);
  for (const auto& [name, f] : EnumNames<Activation>::names)
    EXPECT_TRUE(std::isnan(apply_on(target, f, x)[4])) << name;
}

TEST_P(ActivationTargets, AllAgreeWithTheDoubleOnes) {
  std::vector<float> x;
  for (float v = -12; v < 12; v += 0.037f) x.push_back(v);  // 649: a tail on every target
  for (const auto& [name, f] : EnumNames<Activation>::names) {
    const std::vector<float> y = apply_on(find_target(GetParam()), f, x);
    std::vector<float> dx(x.size()), dy(x.size(), 2.0f);
    find_target(GetParam()).table->activate_back(f, y.data(), dy.data(), dx.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double truth = cells::apply<double>(f, x[i]);
      EXPECT_NEAR(y[i], truth, 3e-7 * std::max(1.0, std::abs(truth))) << name;
      EXPECT_NEAR(dx[i], 2 * cells::slope<double>(f, y[i]), 1e-6) << name;
    }
  }
}

TEST(ActivationBits, TargetsWithFusedProductsAgree) {
  const std::vector<float> x = many_floats();
  for (const Activation f : {Activation::sigmoid, Activation::tanh}) {
    const std::vector<float> reference = apply_on(find_target("scalar"), f, x);
    for (const Target& target : targets())
      if (target.name != "sse4") {
        EXPECT_TRUE(reference == apply_on(target, f, x)) << target.name;
      }
  }
}

}  // namespace
}  // namespace carousel::kernels
