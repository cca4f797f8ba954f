// Session: step by step equals the whole sequence, its state is a value, and a step allocates nothing.
#include "carousel/session.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "carousel/error.h"
#include "cells/kinds.h"
#include "support/count_allocations.h"

namespace carousel {
namespace {

std::vector<float> noise(std::size_t n) {
  const Random random(17, Random::Use::test);
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<float>(random.normal(i));
  return v;
}

ModelSpec spec_of(const char* cell) {
  return {.layers = {Dense{.units = 4, .activation = "relu"},
                     Recurrent{.cell = cell, .units = 9, .returns = Returns::sequence}, Dropout{.rate = 0.5f},
                     Recurrent{.cell = cell, .units = 5, .returns = Returns::sequence}, Dense{.units = 2}}};
}

TEST(Session, StepByStepEqualsTheWhole) {
  for (const char* cell : cells::kNames) {
    const Model model = Model::create(spec_of(cell), 3);
    constexpr int B = 2, T = 6, F = 3;
    const auto x = noise(B * T * F);
    const auto whole = model.predict({x.data(), B, T, F, Layout::time_major});
    Session session(model, B);
    for (int t = 0; t < T; ++t) {
      const auto y = session.step({x.data() + t * B * F, B * F});
      for (int b = 0; b < B; ++b)
        for (int k = 0; k < 2; ++k)
          ASSERT_EQ(y[static_cast<std::size_t>(b * 2 + k)],
                    whole.values[static_cast<std::size_t>((b * T + t) * 2 + k)])
              << cell;
    }
  }
}

TEST(Session, LivesLongerThanItsModel) {
  Session session(Model::create(spec_of("lstm"), 3));
  const auto x = noise(3);
  EXPECT_EQ(session.step(x).size(), 2u);
}

TEST(Session, StateIsAValue) {
  const Model model = Model::create(spec_of("lstm"), 3);
  Session session(model), other(model);
  const auto x = noise(4 * 3);
  session.step({x.data(), 3});
  const State saved = session.state();
  const auto first = session.step({x.data() + 3, 3});
  const std::vector<float> y(first.begin(), first.end());
  session.step({x.data() + 6, 3});
  session.set_state(saved);
  other.set_state(saved);
  const auto again = session.step({x.data() + 3, 3});
  const auto elsewhere = other.step({x.data() + 3, 3});
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(again[k], y[k]);
    EXPECT_EQ(elsewhere[k], y[k]);
  }
  session.reset();
  EXPECT_EQ(session.state().values, model.zero_state(1).values);
  EXPECT_THROW(session.set_state(model.zero_state(2)), Error);
}

TEST(Session, ChecksWhenAsked) {
  Session session(Model::create(spec_of("gru"), 3));
  const auto x = noise(4);
  std::span<const float> y;
  EXPECT_FALSE(session.try_step(x, y));
  EXPECT_TRUE(session.try_step({x.data(), 3}, y));
  EXPECT_EQ(y.size(), 2u);
}

TEST(Session, RefusesModelsThatReadBackward) {
  EXPECT_THROW(Session(Model::create({.layers = {Lstm{.units = 2, .direction = Direction::backward}}}, 1)),
               Error);
  EXPECT_THROW(
      Session(Model::create(
          {.layers = {Bidirectional{.forward = Lstm{.units = 2}, .backward = Lstm{.units = 2}}}}, 1)),
      Error);
  EXPECT_THROW(Session(Model::create({.layers = {Lstm{.units = 2}}}, 1), 0), Error);
}

TEST(Session, AStepAllocatesNothing) {
  Session session(Model::create(spec_of("gru-reset-before"), 3));
  const auto x = noise(3);
  const std::int64_t before = testing::allocations;
  for (int i = 0; i < 10; ++i) session.step(x);
  EXPECT_EQ(testing::allocations - before, 0);
}

}  // namespace
}  // namespace carousel
