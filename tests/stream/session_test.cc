// Session: step by step equals the whole sequence, its state is a value, and a step allocates nothing.
#include "carousel/session.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "carousel/error.h"
#include "cells/kinds.h"
#include "support/count_allocations.h"
#include "support/other_threads.h"

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
    State final;
    const auto whole = model.predict({x.data(), B, T, F, Layout::time_major}, {.final = &final});
    Session session(model, B);
    for (int t = 0; t < T; ++t) {
      if (t == 3) session.set_state(session.state());  // looking at the state changes nothing
      const auto y = session.step({x.data() + t * B * F, B * F});
      for (int b = 0; b < B; ++b)
        for (int k = 0; k < 2; ++k)
          ASSERT_EQ(y[static_cast<std::size_t>(b * 2 + k)],
                    whole.values[static_cast<std::size_t>((b * T + t) * 2 + k)])
              << cell;
    }
    EXPECT_EQ(session.state().values, final.values) << cell;
  }
}

TEST(Session, DropoutIsAbsent) {
  for (const char* cell : cells::kNames) {
    ModelSpec plain = spec_of(cell), dropping = plain;
    auto& layer = std::get<Recurrent>(dropping.layers[1]);
    layer.dropout = 0.5f, layer.recurrent_dropout = 0.5f;
    const Model one = Model::create(plain, 3), other = Model::create(dropping, 3);
    Session a(one), b(other);
    for (int t = 0; t < 4; ++t) {
      const auto x = noise(3);
      const auto y = a.step(x), z = b.step(x);
      EXPECT_TRUE(std::equal(y.begin(), y.end(), z.begin(), z.end())) << cell << " step " << t;
    }
  }
}

// Chunks shorter and longer than what the kernels take at once, one after another, with steps between.
TEST(Session, ChunksOfAnyLengthEqualSteps) {
  for (const char* cell : cells::kNames)
    for (const int B : {1, 3, 70}) {
      const Model model = Model::create(spec_of(cell), 3);
      const int chunks[] = {1, 5, 0, 130, 2, 1, 64, 7};
      const auto row = static_cast<std::size_t>(B) * 3, out = static_cast<std::size_t>(B) * 2;
      std::size_t T = 0;
      for (const int n : chunks) T += static_cast<std::size_t>(n) + 1;
      const auto x = noise(T * row);
      Session steps(model, B), session(model, B);
      std::vector<float> expected, got;
      for (std::size_t t = 0; t < T; ++t) {
        const auto y = steps.step({x.data() + t * row, row});
        expected.insert(expected.end(), y.begin(), y.end());
      }
      std::size_t t = 0;
      for (const int chunk : chunks) {
        const auto n = static_cast<std::size_t>(chunk);
        got.resize(got.size() + n * out);
        session.run({x.data() + t * row, n * row}, {got.data() + got.size() - n * out, n * out});
        const auto y = session.step({x.data() + (t + n) * row, row});
        got.insert(got.end(), y.begin(), y.end());
        t += n + 1;
      }
      ASSERT_EQ(got, expected) << cell << ", " << B << " rows";
      ASSERT_EQ(session.state().values, steps.state().values) << cell << ", " << B << " rows";
    }
}

// A model that returns its last step puts out every step of a chunk.
TEST(Session, ChunksOfAModelThatReturnsTheLastStep) {
  const Model model = Model::create({.layers = {Lstm{.units = 6}, Dense{.units = 2}}}, 3);
  const auto x = noise(5 * 3);
  Session steps(model), session(model);
  std::vector<float> y(5 * 2);
  session.run(x, y);
  for (std::size_t t = 0; t < 5; ++t) {
    const auto expected = steps.step({x.data() + t * 3, 3});
    EXPECT_EQ(y[t * 2], expected[0]);
    EXPECT_EQ(y[t * 2 + 1], expected[1]);
  }
}

TEST(Session, ThreadsGiveTheSameBits) {
  const Model model =
      Model::create({.layers = {Gru{.units = 400, .returns = Returns::sequence}, Dense{.units = 3}}}, 40);
  const auto x = noise(30 * 40);
  std::vector<float> expected;
  for (const int threads : {1, 2, 3, 4, 8}) {
    Session session(model, {.threads = threads});
    const auto steps = [&] {
      session.reset();
      std::vector<float> all;
      for (std::size_t t = 0; t < 30; ++t) {
        const auto y = session.step({x.data() + t * 40, 40});
        all.insert(all.end(), y.begin(), y.end());
      }
      if (threads == 1) expected = all;
      ASSERT_EQ(all, expected) << threads << " threads";
    };
    steps();
    if (threads == 1)
      EXPECT_LT(testing::share_of_other_threads(steps), 0.01);
    else
      EXPECT_TRUE(testing::others_take(0.2, steps)) << threads << " threads";
  }
}

TEST(Session, ChunksOfStackedLayersOnTwoThreads) {
  const Model model =
      Model::create({.layers = {Lstm{.units = 40, .returns = Returns::sequence},
                                Lstm{.units = 40, .returns = Returns::sequence}, Dense{.units = 3}}},
                    8);
  Session one(model), two(model, {.threads = 2});
  const auto x = noise(300 * 8);
  std::vector<float> a(300 * 3), b(a.size());
  for (int again = 0; again < 2; ++again) {
    one.run(x, a);
    two.run(x, b);
    ASSERT_EQ(a, b);
    ASSERT_EQ(one.state().values, two.state().values);
    two.set_state(one.state());
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
  EXPECT_EQ(session.try_step(x, y), StepCode::wrong_input);
  EXPECT_TRUE(y.empty());
  EXPECT_EQ(session.try_step({x.data(), 3}, y), StepCode::ok);
  EXPECT_EQ(y.size(), 2u);
  std::vector<float> z(2);
  EXPECT_EQ(session.try_run(x, z), StepCode::wrong_input);
  EXPECT_EQ(session.try_run({x.data(), 3}, {z.data(), 1}), StepCode::wrong_output);
  EXPECT_EQ(session.try_run({}, {}), StepCode::ok);
  EXPECT_EQ(session.try_run({x.data(), 3}, z), StepCode::ok);
}

TEST(Session, RefusesModelsThatReadBackward) {
  EXPECT_THROW(Session(Model::create({.layers = {Lstm{.units = 2, .direction = Direction::backward}}}, 1)),
               Error);
  EXPECT_THROW(
      Session(Model::create(
          {.layers = {Bidirectional{.forward = Lstm{.units = 2}, .backward = Lstm{.units = 2}}}}, 1)),
      Error);
  EXPECT_THROW(Session(Model::create({.layers = {Lstm{.units = 2}}}, 1), 0), Error);
  EXPECT_THROW(Session(Model::create({.layers = {Lstm{.units = 2}}}, 1), {.threads = 0}), Error);
}

TEST(Session, AStepAllocatesNothing) {
  Session session(Model::create(spec_of("gru-reset-before"), 3));
  const auto x = noise(3);
  const std::int64_t before = testing::allocations;
  for (int i = 0; i < 10; ++i) session.step(x);
  EXPECT_EQ(testing::allocations - before, 0);
}

TEST(Session, NeitherDoChunksAndStates) {
  for (const char* cell : cells::kNames)
    for (const int rows : {1, 2, 70}) {
      Session session(Model::create(spec_of(cell), 3), rows);
      const auto x = noise(static_cast<std::size_t>(150 * rows * 3));
      std::vector<float> y(static_cast<std::size_t>(150 * rows * 2));
      State state = session.state();
      const std::int64_t before = testing::allocations;
      for (const int steps : {150, 1, 63, 150}) {
        const auto n = static_cast<std::size_t>(steps * rows);
        session.run({x.data(), n * 3}, {y.data(), n * 2});
        session.state(state);
        session.step({x.data(), static_cast<std::size_t>(rows * 3)});
        session.set_state(state);
        session.reset();
      }
      EXPECT_EQ(testing::allocations - before, 0) << cell << ", " << rows << " rows";
    }
}

}  // namespace
}  // namespace carousel
