// A user's own loop: the unrolled network of the tutorials equals the layers, and the textbook step
// functions.
#include "carousel/step.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "carousel/error.h"
#include "cells/kinds.h"
#include "model/network.h"

namespace carousel {
namespace {

template <class T>
std::vector<T> noise(std::size_t n, std::uint32_t stream) {
  const Random random(11, Random::Use::test, stream);
  std::vector<T> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<T>(random.normal(i));
  return v;
}

// The same network twice: as layers over the whole sequence, and unrolled by hand with shared weights, one
// dense output a step, the loss ½ Σ (y - target)² summed over all steps.
template <class T>
void unrolled_equals_whole(const Recurrent& cell, T tolerance) {
  constexpr int B = 5, steps = 6, I = 3, H = 17, Q = 2;
  Recurrent sequence = cell;
  sequence.units = H;
  sequence.returns = Returns::sequence;
  const Dense output{.units = Q};
  model::Network<T> network({{sequence, output}}, I);
  auto parameters = network.initialise(4);
  network.pack(parameters);
  const auto x = noise<T>(steps * B * I, 1), target = noise<T>(steps * B * Q, 2);
  auto workspace = network.make_workspace();
  const layers::Pass pass{.training = true, .seed = 9, .step = 2, .team = &Team::process()};
  const auto y = network.forward(pass, time_major(x.data(), steps, B, I), {}, workspace);
  std::vector<T> dy(target.size());
  T whole_loss = 0;
  for (int t = 0; t < steps; ++t)
    for (int i = 0; i < B * Q; ++i) {
      const std::size_t k = static_cast<std::size_t>(t * B * Q + i);
      dy[k] = y.at(t, i / Q)[i % Q] - target[k];
      whole_loss += T(0.5) * dy[k] * dy[k];
    }
  auto gradients = network.zeros();
  network.backward(pass, {.dy = time_major<const T>(dy.data(), steps, B, Q)}, workspace, gradients);

  StepLayer<T> recurrent(cell.units ? cell : sequence, I, 9), dense(output, H);
  recurrent.next_sequence();
  const auto weights = recurrent.parameters(), dense_weights = dense.parameters();
  for (std::size_t p = 0; p < weights.size(); ++p)
    std::copy(parameters[p].values.begin(), parameters[p].values.end(), weights[p].value.begin());
  for (std::size_t p = 0; p < 2; ++p)
    std::copy(parameters[weights.size() + p].values.begin(), parameters[weights.size() + p].values.end(),
              dense_weights[p].value.begin());
  std::vector<typename StepLayer<T>::Tape> tapes(steps), dense_tapes(steps);
  std::vector<T> state = recurrent.zero_state(B), none;
  std::vector<std::vector<T>> errors;
  T loss = 0;
  for (int t = 0; t < steps; ++t) {
    const auto h = recurrent.step({x.data() + t * B * I, B * I}, state, tapes[static_cast<std::size_t>(t)]);
    auto error = dense.step(h, none, dense_tapes[static_cast<std::size_t>(t)]);
    for (std::size_t i = 0; i < error.size(); ++i) {
      error[i] -= target[static_cast<std::size_t>(t * B * Q) + i];
      loss += T(0.5) * error[i] * error[i];
    }
    errors.push_back(std::move(error));
  }
  std::vector<T> d_state = recurrent.zero_state(B);
  for (int t = steps; t-- > 0;) {
    const auto dh = dense.step_backward(errors[static_cast<std::size_t>(t)], none,
                                        dense_tapes[static_cast<std::size_t>(t)]);
    recurrent.step_backward(dh, d_state, tapes[static_cast<std::size_t>(t)]);
  }
  EXPECT_NEAR(loss, whole_loss, tolerance * std::abs(whole_loss));
  std::size_t index = 0;
  for (const auto& list : {weights, dense_weights})
    for (const auto& parameter : list) {
      const auto& whole = gradients[index++];
      for (std::size_t i = 0; i < parameter.gradient.size(); ++i)
        ASSERT_NEAR(parameter.gradient[i], whole.values[i], tolerance * (1 + std::abs(whole.values[i])))
            << cell.cell << " " << whole.name << "[" << i << "]";
    }
}

TEST(StepLayer, UnrolledEqualsWholeBitForBitInFloat) {
  for (const char* cell : cells::kNames)
    for (const bool bias : {false, true})
      unrolled_equals_whole<float>({.cell = cell, .units = 17, .recurrent_bias = bias}, 0.0f);
}

// One mask a sequence: a step draws no other.
TEST(StepLayer, UnrolledEqualsWholeWithDropoutInside) {
  for (const char* cell : cells::kNames)
    unrolled_equals_whole<float>({.cell = cell, .units = 17, .dropout = 0.3f, .recurrent_dropout = 0.4f},
                                 0.0f);
}

TEST(StepLayer, UnrolledEqualsWholeInDouble) {
  for (const char* cell : cells::kNames) unrolled_equals_whole<double>({.cell = cell, .units = 17}, 1e-12);
}

TEST(StepLayer, ARnnByHand) {
  // x = 1, 2; U = W_hᵀ, as the tutorial writes state·W_h. Derived here with the same few sums in double.
  StepLayer<double> cell(Rnn{.units = 2}, 1), output(Dense{.units = 1}, 2);
  const auto p = cell.parameters(), q = output.parameters();
  const double W[] = {.5, .6}, U[] = {.1, .3, .2, .4}, b[] = {.1, -.1}, v[] = {1, 2}, c = .1;
  std::copy_n(W, 2, p[0].value.begin()), std::copy_n(U, 4, p[1].value.begin()),
      std::copy_n(b, 2, p[2].value.begin());
  std::copy_n(v, 2, q[0].value.begin()), q[1].value[0] = c;
  std::vector<double> state = cell.zero_state(1), none;
  StepLayer<double>::Tape tape, output_tape;
  double h[2] = {0, 0};
  const double printed[2][3] = {{0.53704957, 0.46211716, 1.56128388}, {0.85973818, 0.88366641, 2.72707101}};
  for (int t = 0; t < 2; ++t) {
    const double x = t + 1, a0 = .5 * x + .1 * h[0] + .3 * h[1] + .1,
                 a1 = .6 * x + .2 * h[0] + .4 * h[1] - .1;
    h[0] = std::tanh(a0), h[1] = std::tanh(a1);
    const auto s = cell.step({&x, 1}, state, tape);
    const auto y = output.step(s, none, output_tape);
    EXPECT_NEAR(s[0], h[0], 1e-15);
    EXPECT_NEAR(s[1], h[1], 1e-15);
    EXPECT_NEAR(y[0], h[0] + 2 * h[1] + .1, 1e-15);
    EXPECT_NEAR(s[0], printed[t][0], 5e-9);
    EXPECT_NEAR(s[1], printed[t][1], 5e-9);
    EXPECT_NEAR(y[0], printed[t][2], 5e-9);
  }
}

TEST(StepLayer, SeesWeightsThatALoopChanges) {
  StepLayer<float> line(Dense{.units = 1, .w_init = "constant(1)"}, 1);
  const auto parameters = line.parameters();  // taken once, as loops do
  const std::vector<float> x = {2.0f}, dy = {1.0f};
  std::vector<float> none;
  StepLayer<float>::Tape tape;
  EXPECT_EQ(line.step(x, none, tape)[0], 2.0f);
  line.step_backward(dy, none, tape);
  parameters[0].value[0] -= 0.25f * parameters[0].gradient[0];  // 1 - 0.25·2
  EXPECT_EQ(line.step(x, none, tape)[0], 1.0f);
  parameters[0].value[0] = 3.0f;
  line.zero_gradients();
  EXPECT_EQ(line.step(x, none, tape)[0], 6.0f);
}

TEST(StepLayer, DropoutDrawsAnotherMaskEachStep) {
  StepLayer<float> dropout(Dropout{.rate = 0.5f}, 64);
  const std::vector<float> ones(64, 1.0f);
  std::vector<float> none;
  StepLayer<float>::Tape first, second;
  const auto a = dropout.step(ones, none, first), b = dropout.step(ones, none, second);
  EXPECT_NE(a, b);
  EXPECT_EQ(dropout.step_backward(ones, none, second), b);  // the mask of its own step
  EXPECT_EQ(dropout.step_backward(ones, none, first), a);
}

TEST(StepLayer, RefusesWhatDoesNotFit) {
  StepLayer<float> cell(Lstm{.units = 2}, 3);
  StepLayer<float>::Tape tape, empty;
  std::vector<float> state = cell.zero_state(1), x(3), dy(2);
  EXPECT_THROW(cell.step(std::vector<float>(4), state, tape), Error);
  std::vector<float> short_state(3);
  EXPECT_THROW(cell.step(x, short_state, tape), Error);
  EXPECT_THROW(cell.step_backward(dy, state, empty), Error);
  cell.step(x, state, tape);
  EXPECT_THROW(cell.step_backward(std::vector<float>(5), state, tape), Error);
  cell.step_backward(dy, state, tape);
  EXPECT_THROW(cell.step_backward(dy, state, tape), Error);  // taken already
  StepLayer<float> dense(Dense{.units = 2}, 3);
  std::vector<float> none;
  cell.step(x, state, tape);
  EXPECT_THROW(dense.step_backward(dy, none, tape), Error);  // another layer's tape
  EXPECT_EQ(dense.step(x, none, tape).size(), 2u);           // which may be used anew
  EXPECT_THROW(StepLayer<float>(Lstm{.units = 2, .direction = Direction::backward}, 3), Error);
}

Matrix filled(int rows, int columns, std::uint32_t stream) {
  return {rows, columns, noise<float>(static_cast<std::size_t>(rows * columns), stream)};
}

// out = x W + h U + b, before the activation.
double sum_of(const Matrix& x, const Matrix& h, const Matrix& W, const Matrix& U, const Matrix& b, int row,
              int j) {
  double sum = b.values[static_cast<std::size_t>(j)];
  for (int i = 0; i < x.columns; ++i)
    sum += double(x.values[static_cast<std::size_t>(row * x.columns + i)]) *
           W.values[static_cast<std::size_t>(i * W.columns + j)];
  for (int i = 0; i < h.columns; ++i)
    sum += double(h.values[static_cast<std::size_t>(row * h.columns + i)]) *
           U.values[static_cast<std::size_t>(i * U.columns + j)];
  return sum;
}

TEST(StepFunctions, Rnn) {
  constexpr int B = 2, I = 3, H = 4, Q = 5;
  const RnnParams p{filled(I, H, 1), filled(H, H, 2), filled(1, H, 3), filled(H, Q, 4), filled(1, Q, 5)};
  const Matrix x = filled(B, I, 6), h0 = filled(B, H, 7), zero = init_state(B, H);
  EXPECT_EQ(zero.values, std::vector<float>(B * H, 0.0f));
  const auto [y, h] = rnn(x, h0, p);
  ASSERT_EQ(y.rows, B);
  ASSERT_EQ(y.columns, Q);
  ASSERT_EQ(h.columns, H);
  for (int r = 0; r < B; ++r)
    for (int j = 0; j < H; ++j)
      EXPECT_NEAR(h.values[static_cast<std::size_t>(r * H + j)],
                  std::tanh(sum_of(x, h0, p.W_xh, p.W_hh, p.b_h, r, j)), 2e-6);
  const Matrix nothing{B, 0, {}}, no_weights{0, Q, {}};
  for (int r = 0; r < B; ++r)
    for (int j = 0; j < Q; ++j)
      EXPECT_NEAR(y.values[static_cast<std::size_t>(r * Q + j)],
                  sum_of(h, nothing, p.W_hq, no_weights, p.b_q, r, j), 5e-6);
  EXPECT_THROW(rnn(filled(B, I + 1, 6), h0, p), Error);
  EXPECT_THROW(rnn(x, filled(B + 1, H, 7), p), Error);
}

TEST(StepFunctions, Lstm) {
  constexpr int B = 2, I = 3, H = 4, Q = 2;
  const LstmParams p{filled(I, H, 1),  filled(H, H, 2),  filled(1, H, 3),  filled(I, H, 4), filled(H, H, 5),
                     filled(1, H, 6),  filled(I, H, 7),  filled(H, H, 8),  filled(1, H, 9), filled(I, H, 10),
                     filled(H, H, 11), filled(1, H, 12), filled(H, Q, 13), filled(1, Q, 14)};
  const Matrix x = filled(B, I, 20), h0 = filled(B, H, 21), c0 = filled(B, H, 22);
  const auto [y, state] = lstm(x, {h0, c0}, p);
  const auto sigma = [](double v) { return 1 / (1 + std::exp(-v)); };
  ASSERT_EQ(y.columns, Q);
  for (int r = 0; r < B; ++r)
    for (int j = 0; j < H; ++j) {
      const std::size_t k = static_cast<std::size_t>(r * H + j);
      const double i = sigma(sum_of(x, h0, p.W_xi, p.W_hi, p.b_i, r, j)),
                   f = sigma(sum_of(x, h0, p.W_xf, p.W_hf, p.b_f, r, j));
      const double o = sigma(sum_of(x, h0, p.W_xo, p.W_ho, p.b_o, r, j)),
                   g = std::tanh(sum_of(x, h0, p.W_xc, p.W_hc, p.b_c, r, j));
      const double c = f * c0.values[k] + i * g;
      EXPECT_NEAR(state.second.values[k], c, 5e-6);
      EXPECT_NEAR(state.first.values[k], o * std::tanh(c), 5e-6);
    }
}

}  // namespace
}  // namespace carousel
