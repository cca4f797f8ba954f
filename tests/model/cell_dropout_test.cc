// Dropout inside a cell: where its masks act, how they are drawn, and that they are absent outside of
// training.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"
#include "model/network.h"

namespace carousel::model {
namespace {

constexpr int kUnits = 60;

/// h = W x + U h₋₁ with W = U = 1 in each unit: every number of a mask is seen.
Recurrent transparent(float dropout, float recurrent_dropout, Direction direction = Direction::forward) {
  return Rnn{.units = kUnits,
             .returns = Returns::sequence,
             .direction = direction,
             .activation = "linear",
             .dropout = dropout,
             .recurrent_dropout = recurrent_dropout};
}

struct Draw {
  int rows = 3, steps = 4;
  std::uint64_t seed = 1;
  std::uint32_t step = 1;
  bool training = true, dropout = true;
  bool impulse = false;  // x is 1 at the first step alone
};

/// Outputs [B][T][units] of networks of transparent layers.
std::vector<std::vector<std::vector<double>>> outputs(const ModelSpec& spec, const Draw& draw) {
  Network<double> network(spec, kUnits);
  Parameters<double> weights = network.zeros();
  for (auto& tensor : weights)
    if (tensor.shape.size() == 2)
      for (std::size_t j = 0; j < kUnits; ++j) tensor.values[j * kUnits + j] = 1;
  network.pack(weights);
  std::vector<double> x(static_cast<std::size_t>(draw.rows * draw.steps * kUnits), 1.0);
  const auto view = batch_major(x.data(), draw.rows, draw.steps, kUnits);
  for (int b = 0; b < draw.rows && draw.impulse; ++b)
    for (int t = 1; t < draw.steps; ++t) std::fill_n(view.at(t, b), kUnits, 0.0);
  Workspace<double> workspace = network.make_workspace();
  const layers::Pass pass{.training = draw.training,
                          .dropout = draw.dropout,
                          .seed = draw.seed,
                          .step = draw.step,
                          .team = &Team::process()};
  const SeqView<const double> y = network.forward(pass, view, {}, workspace);
  std::vector<std::vector<std::vector<double>>> all(static_cast<std::size_t>(draw.rows));
  for (int b = 0; b < draw.rows; ++b)
    for (int t = 0; t < y.steps; ++t)
      all[static_cast<std::size_t>(b)].emplace_back(y.at(t, b), y.at(t, b) + y.features);
  return all;
}

/// What the first step shows of the mask of x: x itself is 1.
std::vector<double> x_mask(const ModelSpec& spec, const Draw& draw, std::size_t row = 0) {
  return outputs(spec, draw)[row][0];
}

TEST(CellDropout, OneMaskASequenceOnWhatWMultiplies) {
  // With U h₋₁ the sum grows by the same mask at each step.
  const auto y = outputs({{transparent(0.25f, 0)}}, {.rows = 40});
  int zeros = 0;
  for (const auto& row : y)
    for (std::size_t j = 0; j < kUnits; ++j) {
      const double mask = row[0][j];
      if (mask == 0)
        ++zeros;
      else
        EXPECT_DOUBLE_EQ(mask, 1 / 0.75);
      for (std::size_t t = 1; t < row.size(); ++t)
        EXPECT_NEAR(row[t][j], static_cast<double>(t + 1) * mask, 1e-12);
    }
  EXPECT_NEAR(zeros, 600, 4 * std::sqrt(2400 * 0.25 * 0.75));  // four standard deviations
  EXPECT_NE(y[0][0], y[1][0]);                                 // rows are sequences
}

TEST(CellDropout, OneMaskASequenceOnWhatUMultiplies) {
  // After an impulse h is the mask to the power of the step.
  const auto y = outputs({{transparent(0, 0.4f)}}, {.rows = 40, .impulse = true});
  int zeros = 0;
  for (const auto& row : y)
    for (std::size_t j = 0; j < kUnits; ++j) {
      const double mask = row[1][j];
      EXPECT_EQ(row[0][j], 1.0);
      if (mask == 0)
        ++zeros;
      else
        EXPECT_NEAR(mask, 1 / 0.6, 1e-6);
      EXPECT_NEAR(row[2][j], mask * mask, 1e-12);
      EXPECT_NEAR(row[3][j], mask * mask * mask, 1e-12);
    }
  EXPECT_NEAR(zeros, 960, 4 * std::sqrt(2400 * 0.4 * 0.6));
}

// The same sum feeds every gate, so that their gradients by b show one mask: of an LSTM whose U is 0 but for
// its diagonal, a dropped unit's gates all see no h₋₁.
TEST(CellDropout, GatesShareTheMask) {
  Network<double> network({{Lstm{.units = kUnits, .recurrent_dropout = 0.5f}}}, 1);
  Parameters<double> weights = network.initialise(1), gradients = network.zeros();
  network.pack(weights);
  Workspace<double> workspace = network.make_workspace();
  const std::vector<double> x = {0.3, -0.7}, dy(kUnits, 1.0);
  const layers::Pass pass{.training = true, .seed = 3, .step = 1, .team = &Team::process()};
  network.forward(pass, batch_major(x.data(), 1, 2, 1), {}, workspace);
  network.backward(pass, {.dy = batch_major(dy.data(), 1, 1, kUnits)}, workspace, gradients);
  // Column j of dU is a sum over steps of gradients times the masked h₋₁ of unit j: all zero where dropped.
  const auto& dU = gradients[1].values;
  int dropped = 0;
  for (std::size_t j = 0; j < kUnits; ++j) {
    int zeros = 0;
    for (std::size_t row = 0; row < 4 * kUnits; ++row) zeros += dU[row * kUnits + j] == 0.0;
    EXPECT_TRUE(zeros == 0 || zeros == 4 * kUnits) << "unit " << j << ": " << zeros;
    dropped += zeros == 4 * kUnits;
  }
  EXPECT_NEAR(dropped, 30, 4 * std::sqrt(60 * 0.25));
}

TEST(CellDropout, MasksAreApart) {
  const ModelSpec one{{transparent(0.5f, 0)}};
  std::set<std::vector<double>> masks;
  masks.insert(x_mask(one, {}));
  masks.insert(x_mask(one, {.seed = 2}));
  masks.insert(x_mask(one, {.step = 2}));
  masks.insert(x_mask(one, {}, 1));
  masks.insert(x_mask({{transparent(0.5f, 0, Direction::backward)}}, {.steps = 1}));
  masks.insert(x_mask({{transparent(0, 0), transparent(0.5f, 0)}}, {}));
  masks.insert(outputs({{transparent(0, 0.5f)}}, {.impulse = true})[0][1]);
  EXPECT_EQ(masks.size(), 7u);
}

// However many rows a batch has, and however long they are.
TEST(CellDropout, ARowsMaskIsItsOwn) {
  const ModelSpec spec{{transparent(0.5f, 0.5f)}};
  const auto few = outputs(spec, {.rows = 2}), many = outputs(spec, {.rows = 9, .steps = 7});
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(few[b][t], many[b][t]);
}

TEST(CellDropout, IsAbsentOutsideOfTraining) {
  const ModelSpec with{{transparent(0.5f, 0.5f)}}, without{{transparent(0, 0)}};
  EXPECT_EQ(outputs(with, {.training = false}), outputs(without, {.training = false}));
  EXPECT_EQ(outputs(with, {.dropout = false}), outputs(without, {}));
  EXPECT_NE(outputs(with, {}), outputs(without, {}));
}

}  // namespace
}  // namespace carousel::model
