// Whole networks: every gradient against finite differences in double, and the laws of ragged rows and
// states.
#include "model/network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "carousel/error.h"
#include "support/every_cell.h"
#include "support/other_threads.h"

namespace carousel::model {
namespace {

template <class T>
std::vector<T> noise(std::size_t n, std::uint32_t stream, double scale = 1.0) {
  const Random random(7, Random::Use::test, stream);
  std::vector<T> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<T>(scale * random.normal(i));
  return v;
}

// A batch and random weights of a loss that is linear in outputs and final states.
struct Trial {
  Network<double> network;
  Parameters<double> parameters;
  int B, T;
  std::vector<std::int32_t> lengths;
  std::vector<double> x, dy, initial, d_final;
  Workspace<double> workspace = network.make_workspace();

  Trial(const ModelSpec& spec, int inputs, int rows, int steps, std::vector<std::int32_t> row_lengths)
      : network(spec, inputs),
        parameters(network.initialise(3)),
        B(rows),
        T(steps),
        lengths(std::move(row_lengths)) {
    std::uint32_t stream = 10;
    for (auto& p : parameters) {  // biases and peepholes that are not 0
      const auto extra = noise<double>(p.values.size(), stream++, 0.1);
      for (std::size_t i = 0; i < extra.size(); ++i) p.values[i] += extra[i];
    }
    x = noise<double>(static_cast<std::size_t>(B * T * inputs), 1);
    const int out_steps = network.output().sequence ? T : 1;
    dy = noise<double>(static_cast<std::size_t>(B * out_steps * network.output().features), 2);
    initial = noise<double>(static_cast<std::size_t>(B) * network.state_size(), 3, 0.5);
    d_final = noise<double>(static_cast<std::size_t>(B) * network.state_size(), 4);
    if (network.output().sequence && !lengths.empty())  // the loss looks at real steps only
      for (int b = 0; b < B; ++b)
        for (int t = lengths[static_cast<std::size_t>(b)]; t < T; ++t)
          for (int j = 0; j < network.output().features; ++j) dy[index(b, t, j)] = 0;
  }
  std::size_t index(int b, int t, int j) const {
    return static_cast<std::size_t>(
        (b * (network.output().sequence ? T : 1) + t) * network.output().features + j);
  }
  template <class X>
  std::vector<X*> blocks(std::vector<double>& v) {
    std::vector<X*> pointers;
    for (const StateInfo& s : network.states())
      pointers.push_back(v.data() + s.offset * static_cast<std::size_t>(B));
    return pointers;
  }
  layers::Pass pass() {
    return {.training = true, .lengths = lengths, .seed = 5, .step = 2, .team = &Team::process()};
  }

  double loss() {
    network.pack(parameters);
    const auto y = network.forward(pass(), batch_major<const double>(x.data(), B, T, network.inputs()),
                                   blocks<const double>(initial), workspace);
    double sum = 0;
    for (int b = 0; b < B; ++b)
      for (int t = 0; t < y.steps; ++t)
        for (int j = 0; j < y.features; ++j) sum += y.at(t, b)[j] * dy[index(b, t, j)];
    std::vector<double> final(d_final.size());
    network.final_states(workspace, blocks<double>(final));
    for (std::size_t i = 0; i < final.size(); ++i) sum += final[i] * d_final[i];
    return sum;
  }

  // Every gradient within `tolerance` of the difference quotient.
  void check() {
    loss();
    Parameters<double> gradients = network.zeros();
    std::vector<double> d_initial(initial.size(), 0.0);
    const int out_steps = network.output().sequence ? T : 1;
    const auto dx_view =
        network.backward(pass(),
                         {.dy = batch_major<const double>(dy.data(), B, out_steps, network.output().features),
                          .d_final = blocks<const double>(d_final),
                          .d_initial = blocks<double>(d_initial),
                          .want_dx = true},
                         workspace, gradients);
    std::vector<double> dx;
    for (int b = 0; b < B; ++b)
      for (int t = 0; t < T; ++t) dx.insert(dx.end(), dx_view.at(t, b), dx_view.at(t, b) + network.inputs());
    for (std::size_t p = 0; p < parameters.size(); ++p)
      compare(parameters[p].name, parameters[p].values.data(), gradients[p].values.data(),
              gradients[p].values.size());
    compare("x", x.data(), dx.data(), dx.size());
    compare("initial state", initial.data(), d_initial.data(), initial.size());
  }
  void compare(const std::string& name, double* value, const double* gradient, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const double old = value[i], h = 3e-6;
      value[i] = old + h;
      const double above = loss();
      value[i] = old - h;
      const double below = loss();
      value[i] = old;
      // Rounding of the two losses and the third derivative bound the quotient's error.
      EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7 * (1 + std::abs(gradient[i])))
          << name << "[" << i << "]";
    }
  }
};

class EveryCell : public ::testing::TestWithParam<cells::Kind> {};

TEST_P(EveryCell, TwoBidirectionalLayersWithRaggedRows) {
  for (const Merge merge : {Merge::sum, Merge::concat, Merge::mul, Merge::average}) {
    const Recurrent cell{
        .cell = cells::kNames[static_cast<int>(GetParam())], .units = 3, .recurrent_bias = true};
    const ModelSpec spec{
        .layers = {
            Bidirectional{.merge = merge, .returns = Returns::sequence, .forward = cell, .backward = cell},
            Bidirectional{.merge = merge, .forward = cell, .backward = Gru{.units = 3}}, Dense{.units = 2}}};
    Trial(spec, 2, 4, 5, {3, 0, 5, 1}).check();
  }
}

TEST_P(EveryCell, EveryStepAndTheLastInBothDirections) {
  for (const Returns returns : {Returns::sequence, Returns::last})
    for (const Direction direction : {Direction::forward, Direction::backward}) {
      const ModelSpec spec{.layers = {Dense{.units = 3, .activation = "tanh"},
                                      Recurrent{.cell = cells::kNames[static_cast<int>(GetParam())],
                                                .units = 4,
                                                .returns = returns,
                                                .direction = direction},
                                      Activation{.function = "softsign"}, Dropout{.rate = 0.3f},
                                      Dense{.units = 2, .bias = false}}};
      Trial(spec, 2, 3, 4, {}).check();
      Trial(spec, 2, 3, 4, {4, 2, 0}).check();
    }
}

TEST_P(EveryCell, MasksInsideTheCell) {
  Recurrent cell{.cell = cells::kNames[static_cast<int>(GetParam())], .units = 4, .recurrent_bias = true};
  cell.dropout = 0.3f, cell.recurrent_dropout = 0.4f;
  Recurrent only_x = cell, only_h = cell;
  only_x.recurrent_dropout = 0, only_h.dropout = 0;
  only_x.returns = Returns::sequence, only_h.direction = Direction::backward;
  Trial({{Bidirectional{.returns = Returns::sequence, .forward = cell, .backward = cell},
          Bidirectional{.merge = Merge::sum, .forward = cell, .backward = cell}, Dense{.units = 2}}},
        3, 4, 5, {3, 0, 5, 1})
      .check();
  Trial({{only_x, only_h, Dense{.units = 2}}}, 3, 3, 4, {}).check();
}

INSTANTIATE_TEST_SUITE_P(Cells, EveryCell, ::testing::ValuesIn(carousel::testing::every_cell()),
                         [](const auto& which) { return carousel::testing::case_name(which.param); });

TEST(Network, DenseTakesTheLastStepOfEachRow) {
  Trial(ModelSpec{.layers = {Lstm{.units = 3, .returns = Returns::sequence},
                             Dense{.units = 2, .returns = Returns::last}}},
        2, 4, 4, {2, 4, 0, 1})
      .check();
  // The same numbers as the last output of the recurrent layer itself.
  Trial sequence(ModelSpec{.layers = {Lstm{.units = 3, .returns = Returns::sequence},
                                      Dense{.units = 2, .returns = Returns::last}}},
                 2, 3, 4, {2, 4, 1});
  Trial last(ModelSpec{.layers = {Lstm{.units = 3}, Dense{.units = 2}}}, 2, 3, 4, {2, 4, 1});
  EXPECT_EQ(sequence.loss(), last.loss());
}

// The gradient by steps that are not the last is 0, whatever an earlier batch left there.
TEST(Network, ALastStepLeavesNothingBehind) {
  const ModelSpec spec{{Dense{.units = 3}, Dense{.units = 2, .returns = Returns::last}}};
  const auto dx_after = [&](const std::vector<std::vector<std::int32_t>>& batches) {
    Trial trial(spec, 2, 3, 4, batches[0]);
    std::vector<double> dx;
    for (const auto& lengths : batches) {
      trial.lengths = lengths;
      trial.loss();
      Parameters<double> gradients = trial.network.zeros();
      const auto view = trial.network.backward(
          trial.pass(), {.dy = batch_major<const double>(trial.dy.data(), 3, 1, 2), .want_dx = true},
          trial.workspace, gradients);
      dx.clear();
      for (int t = 0; t < 4; ++t)
        for (int b = 0; b < 3; ++b) dx.insert(dx.end(), view.at(t, b), view.at(t, b) + 2);
    }
    return dx;
  };
  EXPECT_EQ(dx_after({{4, 3, 4}, {2, 1, 0}}), dx_after({{2, 1, 0}}));
}

TEST(Network, GradientsAddUpWhenAsked) {
  Trial trial(
      ModelSpec{.layers = {PeepholeLstm{.units = 3, .returns = Returns::sequence, .recurrent_bias = true},
                           Dense{.units = 2}}},
      2, 3, 4, {});
  Parameters<double> once = trial.network.zeros(), twice = trial.network.zeros();
  const auto run = [&](Parameters<double>& gradients, bool add) {
    trial.loss();
    layers::Pass pass = trial.pass();
    pass.add_gradients = add;
    trial.network.backward(pass, {.dy = batch_major<const double>(trial.dy.data(), 3, 4, 2)}, trial.workspace,
                           gradients);
  };
  run(once, false);
  run(twice, false);
  run(twice, true);
  for (std::size_t p = 0; p < once.size(); ++p)
    for (std::size_t i = 0; i < once[p].values.size(); ++i)
      EXPECT_NEAR(twice[p].values[i], 2 * once[p].values[i], 1e-12 * (1 + std::abs(once[p].values[i])))
          << once[p].name;
}

// Also where no layer would notice by itself.
TEST(Network, OneBackwardForEachForward) {
  for (const ModelSpec& spec : {ModelSpec{{Lstm{.units = 3}}}, ModelSpec{{Dense{.units = 3}}}}) {
    Trial trial(spec, 2, 2, 3, {});
    trial.loss();
    Parameters<double> gradients = trial.network.zeros();
    const int steps = trial.network.output().sequence ? 3 : 1;
    const Network<double>::Backward args{.dy = batch_major<const double>(trial.dy.data(), 2, steps, 3)};
    trial.network.backward(trial.pass(), args, trial.workspace, gradients);
    EXPECT_THROW(trial.network.backward(trial.pass(), args, trial.workspace, gradients), Error);
  }
}

// Each number is dropped or made larger, so that the mean stays; outside of training nothing happens.
TEST(Network, DropoutKeepsTheMean) {
  const Network<double> network({{Dropout{.rate = 0.25f}}}, 50);
  const std::vector<double> x(40 * 5 * 50, 3.0);
  const auto in = batch_major<const double>(x.data(), 40, 5, 50);
  auto workspace = network.make_workspace();
  Team team(1);
  int dropped = 0;
  const auto y = network.forward({.training = true, .seed = 1, .step = 1, .team = &team}, in, {}, workspace);
  for (int t = 0; t < 5; ++t)
    for (int b = 0; b < 40; ++b)
      for (int j = 0; j < 50; ++j)
        if (y.at(t, b)[j] == 0)
          ++dropped;
        else
          EXPECT_DOUBLE_EQ(y.at(t, b)[j], 4.0);
  EXPECT_NEAR(dropped, 2500, 4 * std::sqrt(10000 * 0.25 * 0.75));  // four standard deviations
  const auto whole = network.forward({.team = &team}, in, {}, workspace);
  EXPECT_EQ(whole.at(4, 39)[49], 3.0);
}

TEST(Network, KeepsWhatBackwardNeedsWithoutDropoutWhenAsked) {
  const Network<double> network({{Dropout{.rate = 0.25f}}}, 50);
  const std::vector<double> x(50, 2.0);
  Team team(1);
  Workspace<double> workspace = network.make_workspace();
  Parameters<double> none;
  const layers::Pass pass{.training = true, .dropout = false, .seed = 1, .team = &team};
  const SeqView<const double> y = network.forward(pass, time_major(x.data(), 1, 1, 50), {}, workspace);
  EXPECT_EQ(std::vector<double>(y.data, y.data + 50), x);
  const SeqView<const double> dx = network.backward(pass, {.dy = y, .want_dx = true}, workspace, none);
  EXPECT_EQ(std::vector<double>(dx.data, dx.data + 50), x);
}

TEST(Network, RefusesLayersThatDoNotFit) {
  const auto code = [](const ModelSpec& spec, int inputs = 2) {
    try {
      Network<float> network(spec, inputs);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::check_failed;
  };
  EXPECT_EQ(code({}), Code::usage_missing);
  EXPECT_EQ(code({{Lstm{.units = 3}}}, 0), Code::usage_shape);
  EXPECT_EQ(code({{Lstm{.units = 3}, Lstm{.units = 3}}}), Code::usage_conflict);
  EXPECT_EQ(code({{Lstm{}}}), Code::usage_bad_value);
  EXPECT_EQ(code({{Recurrent{.cell = "lstmm", .units = 3}}}), Code::usage_unknown_word);
  EXPECT_EQ(code({{Lstm{.units = 3, .activation = "tan"}}}), Code::usage_unknown_word);
  EXPECT_EQ(code({{Lstm{.units = 3, .w_init = "gloro"}}}), Code::usage_bad_value);
  EXPECT_EQ(
      code({{Bidirectional{.merge = Merge::sum, .forward = Lstm{.units = 3}, .backward = Lstm{.units = 4}}}}),
      Code::usage_conflict);
  EXPECT_EQ(code({{Bidirectional{.forward = Lstm{.units = 3, .returns = Returns::sequence},
                                 .backward = Lstm{.units = 3}}}}),
            Code::usage_conflict);
  EXPECT_EQ(code({{Lstm{.units = 3, .l2_w = -1}}}), Code::usage_bad_value);
  EXPECT_EQ(code({{Gru{.units = 3, .output_activation = "relu"}}}), Code::usage_conflict);
  EXPECT_EQ(code({{Rnn{.units = 3, .gate_activation = "relu"}}}), Code::usage_conflict);
  EXPECT_EQ(code({{Gru{.units = 3, .forget_bias = 2}}}), Code::usage_conflict);
  EXPECT_EQ(code({{Lstm{.units = 3, .p_init = "ones"}}}), Code::usage_conflict);
  EXPECT_EQ(code({{Lstm{.units = 3}}}, 1 << 21), Code::usage_shape);
  EXPECT_EQ(code({{Dense{}}}), Code::usage_bad_value);
  EXPECT_EQ(code({{Dropout{.rate = 1.0f}}}), Code::usage_bad_value);
}

// Outputs, dx and gradients of a training step over ragged rows, one after the other.
std::vector<float> results_of(const ModelSpec& spec, int inputs, int rows, int steps,
                              const std::vector<std::int32_t>& lengths, Team& team) {
  Network<float> network(spec, inputs);
  const int outputs = network.output().features;
  const std::vector<float> x = noise<float>(static_cast<std::size_t>(rows * steps * inputs), 1),
                           dy = noise<float>(static_cast<std::size_t>(rows * steps * outputs), 2);
  network.pack(network.initialise(3), &team);
  Workspace<float> workspace = network.make_workspace();
  const layers::Pass pass{.training = true, .lengths = lengths, .seed = 5, .step = 2, .team = &team};
  std::vector<float> all;
  const auto add = [&](SeqView<const float> view) {
    for (int b = 0; b < rows; ++b)
      for (int t = 0; t < steps; ++t) all.insert(all.end(), view.at(t, b), view.at(t, b) + view.features);
  };
  add(network.forward(pass, batch_major<const float>(x.data(), rows, steps, inputs), {}, workspace));
  Parameters<float> gradients = network.zeros();
  add(network.backward(pass,
                       {.dy = batch_major<const float>(dy.data(), rows, steps, outputs), .want_dx = true},
                       workspace, gradients));
  for (const auto& g : gradients) all.insert(all.end(), g.values.data(), g.values.data() + g.values.size());
  return all;
}

// Large enough that a team of two takes a direction each, a larger one both in turn.
TEST(NetworkThreads, DirectionsSideBySideChangeNoBit) {
  constexpr int B = 20, T = 30, I = 8;
  const ModelSpec spec{
      {Bidirectional{.returns = Returns::sequence,
                     .forward = Lstm{.units = 40, .dropout = 0.2f, .recurrent_dropout = 0.3f},
                     .backward = Gru{.units = 48, .dropout = 0.2f, .recurrent_dropout = 0.3f}}}};
  std::vector<std::int32_t> lengths(B, T);
  lengths[3] = 0, lengths[4] = 7;
  const auto results = [&](Team& team) { return results_of(spec, I, B, T, lengths, team); };
  Team one(1), two(2);
  const std::vector<float> expected = results(one);
  for (const int threads : {2, 3, 4, 8}) {
    Team team(threads);
    EXPECT_TRUE(testing::others_take(0.05, [&] { ASSERT_EQ(results(team), expected) << threads; }))
        << threads;
  }
  two.run(2, [&](const Team::Worker& worker) {  // a busy team: the caller does both
    if (worker.index == 0) {
      EXPECT_EQ(results(two), expected);
    }
  });
}

// Merges, activations, masks and dense layers, large enough to be shared out; rows of any length.
TEST(NetworkThreads, WhatIsBetweenTheSweepsChangesNoBit) {
  constexpr int B = 24, T = 60, I = 8, H = 40;
  std::vector<std::int32_t> lengths(B, T);
  lengths[3] = 0, lengths[4] = 7, lengths[20] = 1;
  for (const Merge merge : {Merge::concat, Merge::sum, Merge::mul, Merge::average}) {
    const ModelSpec spec{{Bidirectional{.merge = merge,
                                        .returns = Returns::sequence,
                                        .forward = Gru{.units = H},
                                        .backward = Gru{.units = H}},
                          Activation{.function = "sigmoid"}, Dropout{.rate = 0.3f}, Dropout{.rate = 0.0f},
                          Dense{.units = 33, .activation = "tanh", .returns = Returns::sequence}}};
    std::vector<float> expected;
    for (const int threads : {1, 2, 3, 4, 8}) {
      Team team(threads);
      const std::vector<float> all = results_of(spec, I, B, T, lengths, team);
      if (threads == 1) expected = all;
      EXPECT_EQ(all, expected) << threads << " threads, merge " << static_cast<int>(merge);
    }
  }
}

}  // namespace
}  // namespace carousel::model
