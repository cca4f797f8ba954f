// Model: layouts, ragged rows, states and blocks of rows give the same numbers; its facts and its refusals.
#include "carousel/model.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"
#include "carousel/error.h"

namespace carousel {
namespace {

std::vector<float> noise(std::size_t n, std::uint32_t stream = 1) {
  const Random random(13, Random::Use::test, stream);
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<float>(random.normal(i));
  return v;
}

ModelSpec deep() {
  return {
      .layers = {Bidirectional{
                     .returns = Returns::sequence, .forward = Lstm{.units = 5}, .backward = Gru{.units = 4}},
                 Lstm{.units = 6, .returns = Returns::sequence}, Dropout{.rate = 0.5f}, Dense{.units = 3}}};
}

TEST(Model, TimeMajorIsTheSame) {
  const Model model = Model::create(deep(), 2, 1);
  const int B = 4, T = 5, F = 2;
  const auto x = noise(B * T * F);
  std::vector<float> turned(x.size());
  for (int b = 0; b < B; ++b)
    for (int t = 0; t < T; ++t)
      for (int f = 0; f < F; ++f)
        turned[static_cast<std::size_t>((t * B + b) * F + f)] =
            x[static_cast<std::size_t>((b * T + t) * F + f)];
  EXPECT_EQ(model.predict({x.data(), B, T, F}).values,
            model.predict({turned.data(), B, T, F, Layout::time_major}).values);
}

TEST(Model, APaddedRowEqualsTheRowAlone) {
  const Model model = Model::create(deep(), 2, 1);
  const int T = 7, F = 2;
  const std::vector<std::int32_t> lengths = {3, 7, 0, 5};
  const auto x = noise(4 * T * F);
  const Output all = model.predict({x.data(), 4, T, F, Layout::batch_major, lengths});
  for (std::size_t b = 0; b < 4; ++b) {
    std::vector<float> row(all.values.begin() + static_cast<std::ptrdiff_t>(b * T * 3),
                           all.values.begin() + static_cast<std::ptrdiff_t>((b + 1) * T * 3));
    std::vector<float> alone;
    if (lengths[b] > 0) alone = model.predict({x.data() + b * T * F, 1, lengths[b], F}).values;
    alone.resize(row.size(), 0.0f);
    EXPECT_EQ(row, alone) << "row " << b;
  }
}

TEST(Model, ChunksWithCarriedStateEqualTheWhole) {
  const Model model =
      Model::create({.layers = {Gru{.units = 6, .returns = Returns::sequence},
                                PeepholeLstm{.units = 5, .returns = Returns::sequence}, Dense{.units = 2}}},
                    3, 2);
  const int T = 9, F = 3;
  const auto x = noise(T * F);
  const auto whole = model.predict({x.data(), 1, T, F}).values;
  std::vector<float> parts;
  State state = model.zero_state(1);
  for (const auto& [first, n] : std::vector<std::pair<int, int>>{{0, 4}, {4, 1}, {5, 4}}) {
    const auto y =
        model.predict({x.data() + first * F, 1, n, F}, {.initial = &state, .final = &state}).values;
    parts.insert(parts.end(), y.begin(), y.end());
  }
  EXPECT_EQ(parts, whole);
}

TEST(Model, ManyRowsInBlocksEqualEachAlone) {
  const Model model = Model::create({.layers = {Lstm{.units = 4}, Dense{.units = 2}}}, 2, 2);
  const int B = 600, T = 3, F = 2;
  const auto x = noise(B * T * F);
  std::vector<std::int32_t> lengths;
  for (int b = 0; b < B; ++b) lengths.push_back(1 + b % T);
  State final;
  const auto all = model.predict({x.data(), B, T, F, Layout::batch_major, lengths}, {.final = &final});
  EXPECT_EQ(all.steps, 1);
  for (const int b : {0, 1, 255, 256, 257, 599}) {
    State alone_final;
    const auto alone = model.predict({x.data() + b * T * F, 1, 1 + b % T, F}, {.final = &alone_final}).values;
    EXPECT_EQ(alone[0], all.values[static_cast<std::size_t>(b * 2)]);
    EXPECT_EQ(alone_final.values[5], final.values[static_cast<std::size_t>(b * 8 + 5)]);
  }
}

TEST(Model, EveryStepEndsWithTheLast) {
  const Model model = Model::create({.layers = {Lstm{.units = 4}, Dense{.units = 2}}}, 2, 2);
  const auto x = noise(5 * 2);
  const auto last = model.predict({x.data(), 1, 5, 2});
  const auto every = model.predict({x.data(), 1, 5, 2}, {.every_step = true});
  EXPECT_EQ(every.steps, 5);
  EXPECT_EQ(std::vector<float>(every.values.end() - 2, every.values.end()), last.values);
}

TEST(Model, ThreadsDoNotChangeABit) {
  const Model model = Model::create(deep(), 2, 1);
  const auto x = noise(33 * 6 * 2);
  const auto one = model.predict({x.data(), 33, 6, 2}, {.threads = 1}).values;
  for (const int threads : {2, 3})
    EXPECT_EQ(model.predict({x.data(), 33, 6, 2}, {.threads = threads}).values, one);
}

TEST(Model, KnowsItself) {
  const Model model =
      Model::create({.layers = {Lstm{.units = 50, .returns = Returns::sequence}, Dropout{.rate = 0.2f},
                                Lstm{.units = 100}, Dense{.units = 1}}},
                    1);
  // 4·50·(1 + 50 + 1) + 4·100·(50 + 100 + 1) + 101
  EXPECT_EQ(model.parameter_count(), 10400u + 60400u + 101u);
  EXPECT_EQ(model.state_size(), 300u);
  EXPECT_EQ(model.states()[2].name, "layers.2.h");
  EXPECT_EQ(model.tensors()[0].name, "layers.0.W");
  EXPECT_EQ(model.tensors()[0].shape, (std::vector<int>{200, 1}));
  EXPECT_FALSE(model.returns_sequence());
  const std::string summary = model.summary();
  EXPECT_NE(summary.find("[B, T, 50]"), std::string::npos) << summary;
  EXPECT_NE(summary.find("70,901"), std::string::npos) << summary;
  EXPECT_NE(summary.find("1,200"), std::string::npos) << summary;  // bytes of state in all
}

TEST(Model, TheForgetGateStartsAsAsked) {
  const auto biases = [](const Recurrent& layer) {
    const Model model = Model::create({.layers = {layer}}, 1);
    for (const TensorView& tensor : model.tensors())
      if (tensor.name == "layers.0.b") return std::vector<float>(tensor.values.begin(), tensor.values.end());
    return std::vector<float>();
  };
  EXPECT_EQ(biases(Lstm{.units = 2}), (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));  // i f g o
  EXPECT_EQ(biases(PeepholeLstm{.units = 1, .forget_bias = 2.5f}), (std::vector<float>{0, 2.5f, 0, 0}));
  EXPECT_EQ(biases(Gru{.units = 1}), (std::vector<float>{0, 0, 0}));
}

TEST(Model, RefusesWhatDoesNotFit) {
  const Model model = Model::create(deep(), 2, 1);
  const auto x = noise(12);
  const auto code = [&](const Sequences& s, const PredictOptions& options = {}) {
    try {
      model.predict(s, options);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::check_failed;
  };
  EXPECT_EQ(code({x.data(), 2, 2, 3}), Code::usage_shape);
  EXPECT_EQ(code({x.data(), 2, 0, 2}), Code::usage_shape);
  const std::vector<std::int32_t> one = {1}, above = {1, 4};
  EXPECT_EQ(code({x.data(), 2, 3, 2, Layout::batch_major, one}), Code::usage_shape);
  EXPECT_EQ(code({x.data(), 2, 3, 2, Layout::batch_major, above}), Code::usage_shape);
  const State wrong = model.zero_state(3);
  EXPECT_EQ(code({x.data(), 2, 3, 2}, {.initial = &wrong}), Code::usage_shape);
}

}  // namespace
}  // namespace carousel
