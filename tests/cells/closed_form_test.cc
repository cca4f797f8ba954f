// Closed forms: all gates but one (all peepholes but one) are made constant, and what is left is derived by
// hand.
#include <cmath>

#include <gtest/gtest.h>

#include "cells/registry.h"
#include "oracle.h"

namespace carousel::oracle {
namespace {

using cells::Kind;

// Where W, U and b of a gate are 0, a σ gate is 1/2 and a tanh candidate is 0.
constexpr int kSteps = 4;
constexpr double kX[kSteps] = {0.7, -1.3, 0.4, 2.1};

double sigma(double v) {
  return 1 / (1 + std::exp(-v));
}

/// One input, one unit, four steps, everything 0 but x and the initial state h = `h0`, c = `c0`.
Problem zero_problem(Kind kind, double h0, double c0) {
  const Blocks n = blocks(kind);
  Problem q{.cell = kind, .T = kSteps, .x = Numbers(kX, kX + kSteps)};
  q.W.assign(n.x, 0), q.U.assign(n.h, 0), q.b.assign(n.x, 0), q.bu.assign(n.h, 0), q.p.assign(n.p, 0);
  q.initial[0] = {h0};
  if (n.states == 2) q.initial[1] = {c0};
  return q;
}

/// Outputs against a rule that is applied step by step: expected(t, h, c) sets the new h and c from the old
/// ones.
template <class Rule>
void expect_rule(const Problem& q, Rule rule) {
  const Outputs out = forward(q);
  double h = q.initial[0][0], c = q.initial[1].empty() ? 0 : q.initial[1][0];
  for (int t = 0; t < kSteps; ++t) {
    rule(kX[t], h, c);
    EXPECT_NEAR(out.y[t], h, 1e-15) << "step " << t;
  }
  EXPECT_EQ(out.final[0][0], out.y[kSteps - 1]);
  if (!out.final[1].empty()) {
    EXPECT_NEAR(out.final[1][0], c, 1e-15);
  }
}

// The tutorial's network by hand: state·W_h there is U = W_hᵀ here.
//   a_1 = [.5·1 + .1, .6·1 - .1]                          h_1 = tanh a_1
//   a_2 = [.5·2 + .1 h_11 + .3 h_12 + .1, .6·2 + .2 h_11 + .4 h_12 - .1]
//   y   = 1·h_1 + 2·h_2 + .1
TEST(Rnn, ByHand) {
  Problem q{
      .cell = Kind::rnn, .T = 2, .H = 2, .x = {1, 2}, .W = {.5, .6}, .U = {.1, .3, .2, .4}, .b = {.1, -.1}};
  const Outputs out = forward(q);
  const double h11 = std::tanh(0.6), h12 = std::tanh(0.5);
  EXPECT_NEAR(out.y[0], h11, 1e-15);
  EXPECT_NEAR(out.y[1], h12, 1e-15);
  const double a21 = 1.1 + .1 * h11 + .3 * h12, a22 = 1.1 + .2 * h11 + .4 * h12;
  EXPECT_NEAR(out.y[2], std::tanh(a21), 1e-15);
  EXPECT_NEAR(out.y[3], std::tanh(a22), 1e-15);
  EXPECT_NEAR(out.y[0] + 2 * out.y[1] + .1, 1.56128388, 5e-9);  // as printed there
  EXPECT_NEAR(out.y[2] + 2 * out.y[3] + .1, 2.72707101, 5e-9);
}

TEST(Rnn, IsAGeometricSeriesWhereItIsLinear) {
  Problem q = zero_problem(Kind::rnn, 2, 0);
  q.activations.candidate = cells::Activation::linear;
  q.W = {0}, q.U = {.5}, q.b = {.25}, q.bu = {.75};
  // h_t = h_{t-1}/2 + 1 has h_t - 2 = (h_{t-1} - 2)/2: from 2 it never moves, from 0 it is 2 (1 - 2^-t).
  for (double y : forward(q).y) EXPECT_EQ(y, 2);
  q.initial[0] = {0};
  const Outputs out = forward(q);
  for (int t = 0; t < kSteps; ++t) EXPECT_EQ(out.y[t], 2 * (1 - std::pow(.5, t + 1)));
}

// Where x is h₋₁, one step cannot tell W x from U h₋₁, nor b from bu: each gate block of U must be that of W.
// (The n of the GRUs and of the minimal gated unit has its own recurrent operand and its own tests below.)
TEST(EveryCell, BlocksOfUAndBuAreThoseOfWAndB) {
  for (const cells::CellInfo& cell : cells::all()) {
    for (int g = 0; g < cell.gate_blocks_h(); ++g) {
      if (cell.gates_h[g] == "n") continue;
      Problem q = zero_problem(cell.kind, .6, -.8);
      q.T = 1, q.x = {.6};
      for (std::size_t k = 0; k < q.b.size(); ++k) q.b[k] = .3 - .2 * k;
      if (cell.gates_h.back() == "n") q.U.back() = .7;  // so that r has something to reset
      const double without = forward(q).y[0];
      Problem by_u = q;
      q.W[g] = 1.1, by_u.U[g] = 1.1;
      q.b[g] += .4, by_u.bu[g] = .4;
      EXPECT_NEAR(forward(q).y[0], forward(by_u).y[0], 1e-15) << cell.name << " " << cell.gates_h[g];
      EXPECT_GT(std::abs(forward(q).y[0] - without), 1e-3) << cell.name << " " << cell.gates_h[g];
    }
  }
}

// Gates in file order: i f g o. With c_0 given and g = 0 only f and o act; with b_g given, i acts too.
constexpr double kGain = 1.5;

class LstmLike : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(, LstmLike, testing::Values(Kind::lstm, Kind::peephole_lstm),
                         [](const auto& param) { return param.param == Kind::lstm ? "lstm" : "peephole"; });

TEST_P(LstmLike, OnlyTheCandidate) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.W[2] = kGain;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c / 2 + std::tanh(kGain * x) / 2;
    h = std::tanh(c) / 2;
  });
}

TEST_P(LstmLike, OnlyTheInputGate) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.W[0] = kGain, q.b[2] = .9;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c / 2 + sigma(kGain * x) * std::tanh(.9);
    h = std::tanh(c) / 2;
  });
}

TEST_P(LstmLike, OnlyTheForgetGate) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.W[1] = kGain;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c * sigma(kGain * x);
    h = std::tanh(c) / 2;
  });
}

TEST_P(LstmLike, OnlyTheOutputGate) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.W[3] = kGain;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c / 2;
    h = sigma(kGain * x) * std::tanh(c);
  });
}

TEST_P(LstmLike, OnlyTheRecurrentWeightsOfTheCandidate) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.U[2] = kGain, q.bu[2] = -.2;
  expect_rule(q, [](double, double& h, double& c) {
    c = c / 2 + std::tanh(kGain * h - .2) / 2;
    h = std::tanh(c) / 2;
  });
}

TEST_P(LstmLike, TheOutputActivationIsOfTheMemoryAlone) {
  Problem q = zero_problem(GetParam(), .3, -.8);
  q.activations.output = cells::Activation::linear;
  q.W[2] = kGain;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c / 2 + std::tanh(kGain * x) / 2;
    h = c / 2;
  });
}

TEST(Lstm, ForgetGateOneIsAPureSum) {
  Problem q = zero_problem(Kind::lstm, 0, 0);
  q.b[1] = q.b[0] = 1000, q.W[2] = 1;  // f = i = 1: the constant error carousel adds up what it reads
  expect_rule(q, [](double x, double& h, double& c) {
    c = c + std::tanh(x);
    h = std::tanh(c) / 2;
  });
}

TEST(Peephole, OnlyTheInputGatesSeesTheOldMemory) {
  Problem q = zero_problem(Kind::peephole_lstm, 0, -.8);
  q.p[0] = kGain, q.b[2] = .9;
  expect_rule(q, [](double, double& h, double& c) {
    c = c / 2 + sigma(kGain * c) * std::tanh(.9);
    h = std::tanh(c) / 2;
  });
}

TEST(Peephole, OnlyTheForgetGatesSeesTheOldMemory) {
  Problem q = zero_problem(Kind::peephole_lstm, 0, -.8);
  q.p[1] = kGain;
  expect_rule(q, [](double, double& h, double& c) {
    c = c * sigma(kGain * c);
    h = std::tanh(c) / 2;
  });
}

TEST(Peephole, OnlyTheOutputGatesSeesTheNewMemory) {
  Problem q = zero_problem(Kind::peephole_lstm, 0, -.8);
  q.p[2] = kGain;
  expect_rule(q, [](double, double& h, double& c) {
    c = c / 2;
    h = sigma(kGain * c) * std::tanh(c);
  });
}

TEST(CoupledLstm, OneGateWritesAndForgets) {
  Problem q = zero_problem(Kind::coupled_lstm, 0, -.8);
  q.W[0] = kGain, q.b[1] = .9;
  expect_rule(q, [](double x, double& h, double& c) {
    c = (1 - sigma(kGain * x)) * c + sigma(kGain * x) * std::tanh(.9);
    h = std::tanh(c) / 2;
  });
}

TEST(CoupledLstm, OnlyTheOutputGate) {
  Problem q = zero_problem(Kind::coupled_lstm, 0, -.8);
  q.W[2] = kGain;
  expect_rule(q, [](double x, double& h, double& c) {
    c = c / 2;
    h = sigma(kGain * x) * std::tanh(c);
  });
}

class GruLike : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(, GruLike, testing::Values(Kind::gru, Kind::gru_reset_before),
                         [](const auto& param) { return param.param == Kind::gru ? "after" : "before"; });

TEST_P(GruLike, OnlyTheUpdateGateKeepsTheOldState) {  // file order r z n
  Problem q = zero_problem(GetParam(), .6, 0);
  q.W[1] = kGain;
  expect_rule(q, [](double x, double& h, double&) { h = sigma(kGain * x) * h; });
}

TEST_P(GruLike, UpdateGateOneKeepsTheStateToTheBit) {
  Problem q = zero_problem(GetParam(), .6, 0);
  q.b[1] = 1000, q.W[2] = kGain;
  for (double y : forward(q).y) EXPECT_EQ(y, .6);
}

TEST_P(GruLike, OnlyTheCandidate) {
  Problem q = zero_problem(GetParam(), .6, 0);
  q.W[2] = kGain;
  expect_rule(q, [](double x, double& h, double&) { h = h / 2 + std::tanh(kGain * x) / 2; });
}

TEST_P(GruLike, OnlyTheResetGateDampsTheOldState) {  // one unit: r⊙(U h) = U (r⊙h)
  Problem q = zero_problem(GetParam(), .6, 0);
  q.W[0] = kGain, q.U[2] = -.7;
  expect_rule(q, [](double x, double& h, double&) { h = h / 2 + std::tanh(sigma(kGain * x) * -.7 * h) / 2; });
}

// Two units, U_n swaps them and r differs: the two placements part.
TEST(Gru, ResetAfterAndBeforeTheProduct) {
  const double r[2] = {sigma(.7), sigma(-1.4)}, h0[2] = {.6, -.9};
  Problem q{.T = 1, .H = 2, .x = {.7}, .W = {1, -2, 0, 0, 0, 0}};
  q.U = {0, 0, 0, 0, /*z*/ 0, 0, 0, 0, /*n*/ 0, 1.1, 1.3, 0};
  q.bu = {0, 0, 0, 0, .2, .5};
  q.initial[0] = {h0[0], h0[1]};
  q.cell = Kind::gru;
  Outputs out = forward(q);
  EXPECT_NEAR(out.y[0], std::tanh(r[0] * (1.1 * h0[1] + .2)) / 2 + h0[0] / 2, 1e-15);
  EXPECT_NEAR(out.y[1], std::tanh(r[1] * (1.3 * h0[0] + .5)) / 2 + h0[1] / 2, 1e-15);
  q.cell = Kind::gru_reset_before;
  out = forward(q);
  EXPECT_NEAR(out.y[0], std::tanh(1.1 * (r[1] * h0[1]) + .2) / 2 + h0[0] / 2, 1e-15);
  EXPECT_NEAR(out.y[1], std::tanh(1.3 * (r[0] * h0[0]) + .5) / 2 + h0[1] / 2, 1e-15);
}

TEST(Gru, TheOtherConventionIsTheUpdateGateNegated) {  // h = (1-u) h + u n
  for (Kind kind : {Kind::gru, Kind::gru_reset_before}) {
    Problem q = zero_problem(kind, .6, 0);
    q.W = {0, -kGain, .8}, q.b = {0, -.3, .1}, q.U = {0, -.4, 0}, q.bu = {0, -.05, 0};
    expect_rule(q, [](double x, double& h, double&) {
      const double u = sigma(kGain * x + .3 + .4 * h + .05);
      h = (1 - u) * h + u * std::tanh(.8 * x + .1);
    });
  }
}

TEST(Gru, TheTextbooksCandidateIsASigmoid) {
  Problem q = zero_problem(Kind::gru_reset_before, .6, 0);
  q.activations.candidate = cells::Activation::sigmoid;
  q.W = {.5, kGain, .8}, q.U = {.3, -.4, .9};
  expect_rule(q, [](double x, double& h, double&) {
    const double r = sigma(.5 * x + .3 * h), u = sigma(kGain * x - .4 * h);
    h = u * h + (1 - u) * sigma(.8 * x + .9 * (r * h));
  });
}

TEST(MinimalGated, OnlyTheGateLetsTheOldStateGo) {  // file order f n
  Problem q = zero_problem(Kind::mgu, .6, 0);
  q.W[0] = kGain;
  expect_rule(q, [](double x, double& h, double&) { h = (1 - sigma(kGain * x)) * h; });
}

TEST(MinimalGated, OnlyTheCandidate) {
  Problem q = zero_problem(Kind::mgu, .6, 0);
  q.W[1] = kGain;
  expect_rule(q, [](double x, double& h, double&) { h = h / 2 + std::tanh(kGain * x) / 2; });
}

TEST(MinimalGated, GateBeforeTheProduct) {  // two units that U_n swaps, as for the GRU above
  const double f[2] = {sigma(.7), sigma(-1.4)}, h0[2] = {.6, -.9};
  Problem q{.cell = Kind::mgu, .T = 1, .H = 2, .x = {.7}, .W = {1, -2, 0, 0}};
  q.U = {0, 0, 0, 0, /*n*/ 0, 1.1, 1.3, 0};
  q.initial[0] = {h0[0], h0[1]};
  const Outputs out = forward(q);
  EXPECT_NEAR(out.y[0], (1 - f[0]) * h0[0] + f[0] * std::tanh(1.1 * (f[1] * h0[1])), 1e-15);
  EXPECT_NEAR(out.y[1], (1 - f[1]) * h0[1] + f[1] * std::tanh(1.3 * (f[0] * h0[0])), 1e-15);
}

}  // namespace
}  // namespace carousel::oracle
