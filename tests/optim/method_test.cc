// The optimisers against moves that are worked out by hand; clipping, L2, settings.
#include "optim/method.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "carousel/error.h"
#include "optim/clip.h"

namespace carousel::optim {
namespace {

/// One parameter of some numbers with its gradient and state.
struct Weights {
  std::vector<float> w, g;
  std::vector<std::vector<float>> slots;

  Weights(const Method& method, std::vector<float> weights, std::vector<float> gradient)
      : w(std::move(weights)),
        g(std::move(gradient)),
        slots(method.slots().size(), std::vector<float>(w.size(), 0.0f)) {}

  void step(const Method& method, std::int64_t n, double rate, const Clip& clip = {}) {
    part(method, n, rate, clip, 0, w.size());
  }
  void part(const Method& method, std::int64_t n, double rate, const Clip& clip, std::size_t first,
            std::size_t size) {
    std::vector<float*> pointers;
    for (auto& slot : slots) pointers.push_back(slot.data() + first);
    method.update(n, rate, clip, {size, w.data() + first, g.data() + first, pointers});
  }
};

TEST(Sgd, GoesDownTheGradient) {
  const auto method = make_sgd(0);
  EXPECT_TRUE(method->slots().empty());
  Weights p(*method, {1, 2}, {0.5f, -4});
  p.step(*method, 1, 0.125);
  EXPECT_EQ(p.w, (std::vector<float>{0.9375f, 2.5f}));
}

TEST(Sgd, MomentumKeepsTheLastMove) {
  const auto method = make_sgd(0.5);
  Weights p(*method, {1}, {2});
  p.step(*method, 1, 0.25);  // m = 2, w = 1 - 0.5
  EXPECT_EQ(p.w[0], 0.5f);
  p.g[0] = 1;
  p.step(*method, 2, 0.25);  // m = 0.5 · 2 + 1 = 2, w = 0.5 - 0.5
  EXPECT_EQ(p.w[0], 0.0f);
  p.g[0] = 0;
  p.step(*method, 3, 0.25);  // m = 1
  EXPECT_EQ(p.w[0], -0.25f);
}

TEST(RmsProp, DividesByTheRootPlusEpsilon) {
  const auto method = make_rmsprop(0.75, 0.5);
  Weights p(*method, {1}, {4});
  p.step(*method, 1, 0.1);  // v = 0.25 · 16 = 4, w = 1 - 0.1 · 4 / (2 + 0.5)
  EXPECT_FLOAT_EQ(p.w[0], 0.84f);
  p.g[0] = 0;
  p.step(*method, 2, 0.1);
  EXPECT_FLOAT_EQ(p.w[0], 0.84f);
  EXPECT_FLOAT_EQ(p.slots[0][0], 3.0f);
  p.g[0] = -1;
  p.step(*method, 3, 0.1);  // v = 0.75 · 3 + 0.25 = 2.5
  EXPECT_FLOAT_EQ(p.w[0], 0.84f + 0.1f / (std::sqrt(2.5f) + 0.5f));
}

// The root of v + epsilon would be another optimiser: with v = 0.09, epsilon = 0.07 it would divide by 0.4,
// not 0.37.
TEST(RmsProp, EpsilonIsOutsideTheRoot) {
  const auto method = make_rmsprop(0, 0.07);
  Weights p(*method, {0}, {0.3f});
  p.step(*method, 1, 1);
  EXPECT_FLOAT_EQ(p.w[0], -0.3f / 0.37f);
}

TEST(Adam, FirstStepIsTheRateWhateverTheGradient) {
  const auto method = make_adam(0.9, 0.999, 0);
  Weights p(*method, {1, 1, 1}, {1e-3f, -5, 40});
  p.step(*method, 1, 0.01);  // both means corrected: g / |g|
  EXPECT_NEAR(p.w[0], 0.99, 1e-6);
  EXPECT_NEAR(p.w[1], 1.01, 1e-6);
  EXPECT_NEAR(p.w[2], 0.99, 1e-6);
}

TEST(Adam, SecondStepByHand) {
  const double b1 = 0.8, b2 = 0.95, epsilon = 0.1, rate = 0.5;
  const auto method = make_adam(b1, b2, epsilon);
  Weights p(*method, {2}, {3});
  p.step(*method, 1, rate);
  const double w1 = 2 - rate * 3 / (3 + epsilon);  // corrected m = g, corrected v = g²
  EXPECT_NEAR(p.w[0], w1, 1e-6);
  p.g[0] = -1;
  p.step(*method, 2, rate);
  const double m = b1 * (1 - b1) * 3 + (1 - b1) * -1, v = b2 * (1 - b2) * 9 + (1 - b2) * 1;
  const double w2 = w1 - rate * (m / (1 - b1 * b1)) / (std::sqrt(v / (1 - b2 * b2)) + epsilon);
  EXPECT_NEAR(p.w[0], w2, 1e-6);
}

// What corrects the means goes on with the step for as long as it matters: 0.999^3000 = 0.05.
TEST(Adam, ALateStepByHand) {
  const double b1 = 0.9, b2 = 0.999, rate = 0.5;
  const auto method = make_adam(b1, b2, 0);
  Weights p(*method, {2}, {3});
  p.step(*method, 3000, rate);
  const double m = (1 - b1) * 3 / (1 - std::pow(b1, 3000)), v = (1 - b2) * 9 / (1 - std::pow(b2, 3000));
  EXPECT_NEAR(p.w[0], 2 - rate * m / std::sqrt(v), 1e-6);
}

TEST(AdamW, DecayIsApartFromTheGradient) {
  const auto adam = make_adam(0.9, 0.999, 1e-8);
  const auto adamw = make_adamw(0.9, 0.999, 1e-8, 0.25);
  Weights a(*adam, {4}, {7}), b(*adamw, {4}, {7});
  a.step(*adam, 1, 0.5);
  b.step(*adamw, 1, 0.5);
  EXPECT_FLOAT_EQ(b.w[0], a.w[0] - 0.5f * 0.25f * 4);
  Weights still(*adamw, {4}, {0});
  still.step(*adamw, 1, 0.5);
  EXPECT_FLOAT_EQ(still.w[0], 3.5f);
}

TEST(Method, CuttingATensorChangesNoBit) {
  const std::unique_ptr<Method> methods[] = {make_sgd(0.9), make_rmsprop(0.9, 1e-8),
                                             make_adam(0.9, 0.999, 1e-8), make_adamw(0.9, 0.999, 1e-8, 0.01)};
  for (const auto& method : methods) {
    std::vector<float> w, g;
    for (int i = 0; i < 103; ++i)
      w.push_back(std::sin(static_cast<float>(i))), g.push_back(std::cos(3 * static_cast<float>(i)));
    Weights whole(*method, w, g), cut(*method, w, g);
    for (int n = 1; n <= 3; ++n) {
      whole.step(*method, n, 0.01);
      cut.part(*method, n, 0.01, {}, 0, 5);
      cut.part(*method, n, 0.01, {}, 5, 61);
      cut.part(*method, n, 0.01, {}, 66, 37);
    }
    EXPECT_EQ(whole.w, cut.w);
    EXPECT_NE(whole.w, w);
  }
}

TEST(Method, EveryKindClipsWhatItReads) {
  const std::unique_ptr<Method> methods[] = {make_sgd(0), make_sgd(0.9), make_rmsprop(0.9, 0.1),
                                             make_adam(0.9, 0.999, 0.1), make_adamw(0.9, 0.999, 0.1, 0.01)};
  for (const auto& method : methods) {
    Weights clipped(*method, {1, 1, 1}, {8, -8, 0.5f}), small(*method, {1, 1, 1}, {1, -1, 0.25f});
    clipped.step(*method, 1, 0.1, {.scale = 0.5f, .limit = 1.0f});
    small.step(*method, 1, 0.1);
    EXPECT_EQ(clipped.w, small.w);
  }
}

TEST(Clip, ByNormScalesAllAlike) {
  const Clip clip = make_clip(10, 2.5, 0);
  EXPECT_EQ(clip(8), 2.0f);
  EXPECT_EQ(clip(-6), -1.5f);
  EXPECT_FLOAT_EQ(make_clip(2.625, 2.5, 0)(21), 20.0f);
  EXPECT_EQ(make_clip(2, 2.5, 0)(8), 8.0f);  // within the norm nothing changes
  EXPECT_EQ(make_clip(10, 0, 0)(8), 8.0f);   // 0 = off
}

TEST(Clip, ByValueComesAfter) {
  const Clip clip = make_clip(10, 5, 3);
  EXPECT_EQ(clip(8), 3.0f);
  EXPECT_EQ(clip(-8), -3.0f);
  EXPECT_EQ(clip(4), 2.0f);
}

TEST(Clip, SumOfSquares) {
  std::vector<float> g(100, 0.0f);
  g[3] = 3, g[77] = -4;
  EXPECT_EQ(sum_of_squares(g), 25.0);
  g[5] = 1e30f;
  EXPECT_NEAR(sum_of_squares(g) / 1e60, 1.0, 1e-6);  // beyond what a float could hold
  g[99] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(std::isfinite(sum_of_squares(g)));
}

TEST(L2, IsTheGradientOfHalfTheSquares) {
  const std::vector<float> w{2, -3};
  std::vector<float> g{1, 1};
  add_l2(0.5, w, g);
  EXPECT_EQ(g, (std::vector<float>{2, -0.5f}));
}

TEST(OptimizerSettings, AreFilledInByKind) {
  const Optimizer adam = resolved({.kind = OptimizerKind::adam});
  EXPECT_EQ(adam.rate, 0.001);
  EXPECT_EQ(adam.beta2, 0.999);
  EXPECT_EQ(adam.epsilon, 1e-8);
  EXPECT_FALSE(adam.momentum || adam.rho || adam.weight_decay);
  EXPECT_EQ(resolved({.kind = OptimizerKind::sgd}).rate, 0.01);
  EXPECT_EQ(resolved({.kind = OptimizerKind::rmsprop, .rho = 0.5}).rho, 0.5);
  EXPECT_EQ(resolved({.kind = OptimizerKind::adamw}).weight_decay, 0.01);
}

TEST(OptimizerSettings, OfAnotherKindAreRefused) {
  const Optimizer wrong[] = {{.kind = OptimizerKind::adam, .momentum = 0.9},
                             {.kind = OptimizerKind::adam, .weight_decay = 0.1},
                             {.kind = OptimizerKind::sgd, .beta1 = 0.9},
                             {.kind = OptimizerKind::rmsprop, .beta2 = 0.9},
                             {.kind = OptimizerKind::adamw, .rho = 0.9}};
  for (const Optimizer& options : wrong) try {
      resolved(options);
      ADD_FAILURE() << "was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::usage_conflict);
      EXPECT_NE(error.info().where.find("train.optimizer."), std::string::npos);
    }
}

// The largest numbers that a bound is asked for, with every sign, do not go beyond it.
TEST(Bound, HoldsWhateverIsMoved) {
  struct Case {
    std::unique_ptr<Method> method;
    const char* name;
  };
  Case cases[] = {{make_sgd(0), "sgd"},
                  {make_sgd(0.9), "momentum"},
                  {make_rmsprop(0.9, 1e-8), "rmsprop"},
                  {make_rmsprop(0.0, 3.0), "rmsprop, large epsilon"},
                  {make_adam(0.9, 0.999, 1e-8), "adam"},
                  {make_adam(0.99, 0.0, 1e-3), "adam, no memory"},
                  {make_adamw(0.9, 0.999, 1e-8, 500.0), "adamw, large decay"}};
  for (const auto& [method, name] : cases)
    for (const float size : {0.0f, 1e-3f, 1.0f, 1e9f})
      for (const float gradient : {0.0f, 1e-6f, 1.0f, 1e12f})
        for (const double rate : {1e-3, 0.5, 30.0})
          for (const std::int64_t n : {1, 7, 100000}) {
            const double bound = method->bound(n, rate, size, gradient) * (1 + 1e-5);
            std::vector<float> w, g, m, v;
            for (const float a : {-1.0f, 1.0f})
              for (const float b : {-1.0f, 0.0f, 1.0f})
                for (const float c : {-1.0f, 0.0f, 1.0f})
                  for (const float d : {0.0f, 1e-3f, 1.0f})
                    w.push_back(a * size), g.push_back(b * gradient), m.push_back(c * size),
                        v.push_back(d * size);
            const bool root = method->slots().size() == 1 && method->slots()[0] == "v";
            Weights p(*method, w, g);
            if (!p.slots.empty()) p.slots[0] = root ? v : m;
            if (p.slots.size() > 1) p.slots[1] = v;
            p.step(*method, n, rate);
            for (const float x : p.w) EXPECT_LE(std::abs(x), bound) << name;
            for (const auto& slot : p.slots)
              for (const float x : slot) EXPECT_LE(std::abs(x), bound) << name;
          }
}

TEST(Bound, OfNoEpsilonIsInfinite) {
  EXPECT_TRUE(std::isinf(make_rmsprop(0.9, 0.0)->bound(1, 0.1, 1, 1)));
  EXPECT_TRUE(std::isinf(make_adam(0.9, 0.999, 1e-45)->bound(1, 0.1, 1, 1)));
  EXPECT_LT(make_adam(0.9, 0.999, 1e-8)->bound(1, 1e-3, 10, 10), 1e10);
}

}  // namespace
}  // namespace carousel::optim
