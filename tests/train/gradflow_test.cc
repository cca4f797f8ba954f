// Gradient flow against closed forms, difference quotients, and by-hand statistics.
#include "carousel/gradflow.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <climits>
#include <cmath>
#include <map>

#include "carousel/error.h"
#include "model/model_impl.h"
#include "toy.h"
#include "train/gradflow_fit.h"

namespace carousel {
namespace {

using testing::Toy;

/// A dataset of noise: one value to hit for each sequence.
std::shared_ptr<Toy> noise(int count, int steps, int inputs, std::vector<std::int32_t> lengths = {}) {
  auto toy = std::make_shared<Toy>();
  const Random random(5, Random::Use::test);
  toy->steps = steps, toy->inputs = inputs, toy->shape = {.values = 1}, toy->lengths = std::move(lengths);
  std::uint64_t draw = 0;
  for (int i = 0; i < count; ++i) {
    for (int t = 0; t < steps * inputs; ++t) toy->x.push_back(static_cast<float>(random.normal(draw++)));
    toy->values.push_back(static_cast<float>(random.normal(draw++)));
  }
  return toy;
}

/// The same sequence, alone.
std::shared_ptr<Toy> only(const Toy& from, int i) {
  auto toy = std::make_shared<Toy>();
  toy->steps = from.length(i), toy->inputs = from.inputs, toy->shape = from.shape;
  const float* x = from.x.data() + static_cast<std::ptrdiff_t>(i) * from.steps * from.inputs;
  toy->x.assign(x, x + toy->steps * toy->inputs);
  toy->values = {from.values[static_cast<std::size_t>(i)]};
  return toy;
}

/// `model` with other numbers in some of its tensors.
Model with(const Model& model, const std::map<std::string, std::vector<float>>& numbers) {
  model::Parameters<float> parameters = model.impl().network.zeros();
  const auto tensors = model.tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto found = numbers.find(tensors[i].name);
    const std::vector<float> values =
        found != numbers.end() ? found->second
                               : std::vector<float>(tensors[i].values.begin(), tensors[i].values.end());
    std::copy(values.begin(), values.end(), parameters[i].values.data());
  }
  return model::make_model(model.spec(), model.inputs(), std::move(parameters));
}

const Flow& flow_named(const Gradflow& all, const std::string& state) {
  for (const Flow& flow : all.flows)
    if (flow.state == state) return flow;
  throw std::runtime_error("no flow " + state);
}

// h = W x + r P h₋₁ with a permutation P: U = r P keeps every norm but for r, in float too. So ‖∂L/∂h‖ at lag
// n is r^n |2 (y - v)| ‖w‖ to a double's rounding.
TEST(Gradflow, OfALinearNetworkIsAnExponential) {
  constexpr int H = 5, T = 300;
  for (const float r : {0.5f, 0.75f, 1.0f, 1.25f}) {
    const ModelSpec spec{{Rnn{.units = H, .activation = "linear"}, Dense{.units = 1}}};
    std::vector<float> U(H * H);
    for (int i = 0; i < H; ++i) U[static_cast<std::size_t>(i * H + (2 * i + 3) % H)] = i % 2 ? -r : r;
    const Model model = with(Model::create(spec, 2), {{"layers.0.U", U}});
    const auto toy = noise(3, T, 2);
    for (float& x : toy->x) x *= 1e-3f;
    double w2 = 0, slope = 1;
    for (const TensorView& tensor : model.tensors())
      if (tensor.name == "layers.1.W")
        for (const float w : tensor.values) w2 += static_cast<double>(w) * w;
    const Output y = model.predict({.data = toy->x.data(), .rows = 3, .steps = T, .features = 2});
    for (std::size_t i = 0; i < 3; ++i) slope *= std::abs(2 * (y.values[i] - toy->values[i]));
    const double at_zero = std::cbrt(slope) * std::sqrt(w2);

    const Gradflow result = gradflow(model, *toy);
    ASSERT_EQ(result.flows.size(), 1u);
    const Flow& flow = result.flows[0];
    EXPECT_EQ(flow.state, "layers.0.h");
    ASSERT_EQ(flow.points.size(), static_cast<std::size_t>(T));
    EXPECT_NEAR(flow.points[0].mean / at_zero, 1, r > 1 ? 1e-2 : 1e-5);  // predict runs in float
    for (const FlowPoint& point : flow.points)
      EXPECT_NEAR(point.mean / flow.points[0].mean / std::pow(r, point.lag), 1, 1e-11)
          << r << " " << point.lag;
    EXPECT_NEAR(flow.fit.rate, r, 1e-12);
    EXPECT_NEAR(flow.fit.at_zero, flow.points[0].mean, 1e-9 * flow.points[0].mean);
    EXPECT_NEAR(flow.fit.misfit, 1, 1e-9);
    EXPECT_EQ(flow.fit.from, 1);
    EXPECT_EQ(flow.fit.to, T - 1);
    EXPECT_EQ(flow.reaches, T - 1);
    const Gradflow relative = gradflow(model, *toy, {}, {.relative = true});
    for (const FlowPoint& point : relative.flows[0].points)
      EXPECT_NEAR(point.high / std::pow(r, point.lag), 1, 1e-11);
  }
}

// The same with r = 1/4 until it leaves a double: the norm is exact down to its smallest normal number.
TEST(Gradflow, ReachesAsFarAsADouble) {
  const ModelSpec spec{{Rnn{.units = 1, .activation = "linear"}, Dense{.units = 1}}};
  for (const float r : {0.25f, 4.0f}) {
    const Model model = with(Model::create(spec, 1), {{"layers.0.U", {r}}, {"layers.0.W", {0.0f}}});
    const Flow flow = gradflow(model, *noise(1, 600, 1)).flows[0];
    const double start = flow.points[0].mean;
    int last = 0;  // lag of the last norm in range
    for (double norm = start; norm >= DBL_MIN && norm <= DBL_MAX; norm *= static_cast<double>(r), ++last)
      EXPECT_NEAR(flow.points[static_cast<std::size_t>(last)].mean / norm, 1, 1e-12);
    EXPECT_GT(last, 505);
    EXPECT_EQ(flow.reaches, last - 1);
    const FlowPoint& gone = flow.points[static_cast<std::size_t>(last)];
    EXPECT_EQ(gone.zero, r < 1);
    EXPECT_EQ(gone.beyond, r > 1);
    EXPECT_TRUE(std::isnan(gone.mean));
    EXPECT_NEAR(flow.fit.rate, static_cast<double>(r), 1e-12);
    EXPECT_NEAR(flow.fit.to, 290 / std::log10(4.0), 2);
  }
}

// One σ unit: h = σ(w x + u h₋₁ + b), so ∂h_t/∂h_{t-1} = u h_t (1 - h_t): a product that the test takes
// itself, and that is at most (|u| / 4)^n.
TEST(Gradflow, OfOneSigmoidUnitIsTheProductOfItsSlopes) {
  const ModelSpec spec{{Rnn{.units = 1, .activation = "sigmoid"}, Dense{.units = 1}}};
  const double w = 0.75, u = -2.5, b = 0.5, v = 1.5;  // exact in float
  const Model model = with(Model::create(spec, 1), {{"layers.0.W", {0.75f}},
                                                    {"layers.0.U", {-2.5f}},
                                                    {"layers.0.b", {0.5f}},
                                                    {"layers.1.W", {1.5f}},
                                                    {"layers.1.b", {0.0f}}});
  const auto toy = noise(3, 60, 1, {60, 41, 3});
  for (int i = 0; i < 3; ++i) {
    const auto one = only(*toy, i);
    std::vector<double> h;
    for (int t = 0; t < one->steps; ++t) {
      const double a = w * one->x[static_cast<std::size_t>(t)] + u * (t ? h.back() : 0) + b;
      h.push_back(1 / (1 + std::exp(-a)));
    }
    double norm = std::abs(2 * (v * h.back() - one->values[0]) * v);
    const double first = norm;
    const Flow flow = gradflow(model, *one).flows[0];
    ASSERT_EQ(flow.points.size(), h.size());
    for (int lag = 0; lag < one->steps; ++lag) {
      EXPECT_NEAR(flow.points[static_cast<std::size_t>(lag)].mean / norm, 1, 1e-12) << lag;
      EXPECT_LE(flow.points[static_cast<std::size_t>(lag)].mean,
                first * std::pow(2.5 / 4, lag) * (1 + 1e-12));
      const double slope = h[h.size() - 1 - static_cast<std::size_t>(lag)];
      norm *= std::abs(u) * slope * (1 - slope);
    }
  }
}

// Two layers, by difference quotients of their equations in double: the output h_t of the lower one is moved
// for all who read it, c_t for the next step alone.
TEST(Gradflow, IsTheTotalDerivativeByEachState) {
  const ModelSpec spec{{Lstm{.units = 3, .returns = Returns::sequence, .w_init = "normal(0.7)"},
                        PeepholeLstm{.units = 2, .w_init = "normal(0.7)", .p_init = "normal(0.7)"},
                        Dense{.units = 1}}};
  constexpr int T = 6;
  const Model model = Model::create(spec, 2, 4);
  const auto toy = noise(1, T, 2);
  std::map<std::string, std::vector<double>> p;
  for (const TensorView& tensor : model.tensors())
    p[tensor.name] = {tensor.values.begin(), tensor.values.end()};

  struct Move {
    std::string state;
    int step = -1, unit = 0;
    double by = 0;
  };
  // Gates i, f, g, o (docs/cells.md); peepholes i, f from c₋₁, o from c.
  const auto loss = [&](const Move& move) {
    std::vector<double> h[2] = {std::vector<double>(3), std::vector<double>(2)};
    std::vector<double> c[2] = {std::vector<double>(3), std::vector<double>(2)};
    for (int t = 0; t < T; ++t) {
      std::vector<double> x = {toy->x[static_cast<std::size_t>(2 * t)],
                               toy->x[static_cast<std::size_t>(2 * t + 1)]};
      for (int l = 0; l < 2; ++l) {
        const std::string at = "layers." + std::to_string(l) + ".";
        const auto &W = p[at + "W"], &U = p[at + "U"], &bias = p[at + "b"];
        const std::size_t H = h[l].size();
        const std::vector<double> before = h[l];
        for (std::size_t j = 0; j < H; ++j) {
          double a[4];
          for (std::size_t g = 0; g < 4; ++g) {
            const std::size_t row = g * H + j;
            a[g] = bias[row];
            for (std::size_t i = 0; i < x.size(); ++i) a[g] += W[row * x.size() + i] * x[i];
            for (std::size_t i = 0; i < H; ++i) a[g] += U[row * H + i] * before[i];
          }
          const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
          const double* peep = l == 1 ? p[at + "p"].data() : nullptr;
          if (peep) a[0] += peep[j] * c[l][j], a[1] += peep[H + j] * c[l][j];
          c[l][j] = sigmoid(a[1]) * c[l][j] + sigmoid(a[0]) * std::tanh(a[2]);
          if (peep) a[3] += peep[2 * H + j] * c[l][j];
          h[l][j] = sigmoid(a[3]) * std::tanh(c[l][j]);
        }
        if (move.step == t && move.state == at + "h") h[l][static_cast<std::size_t>(move.unit)] += move.by;
        if (move.step == t && move.state == at + "c") c[l][static_cast<std::size_t>(move.unit)] += move.by;
        x = h[l];
      }
    }
    double y = p["layers.2.b"][0] - toy->values[0];
    for (std::size_t j = 0; j < 2; ++j) y += p["layers.2.W"][j] * h[1][j];
    return y * y;
  };

  const Gradflow result = gradflow(model, *toy);
  ASSERT_EQ(result.flows.size(), 4u);
  for (const char* state : {"layers.0.h", "layers.0.c", "layers.1.h", "layers.1.c"})
    for (int lag = 0; lag < T; ++lag) {
      double square = 0;
      for (int j = 0; j < (state[7] == '0' ? 3 : 2); ++j) {
        const double up = loss({state, T - 1 - lag, j, 1e-5}), down = loss({state, T - 1 - lag, j, -1e-5});
        square += std::pow((up - down) / 2e-5, 2);
      }
      const FlowPoint& point = flow_named(result, state).points[static_cast<std::size_t>(lag)];
      const double norm = point.zero ? 0 : point.mean;
      EXPECT_NEAR(norm, std::sqrt(square), 1e-8) << state << " at lag " << lag;
      EXPECT_EQ(norm == 0, lag == 0 && state[9] == 'c') << state << " at lag " << lag;
    }
}

TEST(Gradflow, AlignsSequencesOfDifferentLengthsByTheLag) {
  const Model model = Model::create({{Gru{.units = 4}, Dense{.units = 1}}}, 2, 3);
  // One sequence has no step, and no part in this.
  const auto toy = noise(10, 12, 2, {12, 1, 7, 0, 9, 12, 12, 5, 3, 11});
  const Gradflow result = gradflow(model, *toy);
  EXPECT_EQ(result.sequences, 9);
  EXPECT_EQ(result.without_gradient, 1);
  const Flow& flow = result.flows[0];
  ASSERT_EQ(flow.points.size(), 12u);
  std::vector<std::vector<double>> alone;
  for (const int i : {0, 1, 2, 4, 5, 6, 7, 8, 9}) {
    alone.emplace_back();
    const Gradflow one = gradflow(model, *only(*toy, i));
    for (const FlowPoint& point : one.flows[0].points) alone.back().push_back(point.high);
  }
  for (std::size_t lag = 0; lag < 12; ++lag) {
    double product = 1, least = INFINITY, most = 0;
    int n = 0;
    for (const auto& one : alone)
      if (lag < one.size())
        product *= one[lag], least = std::min(least, one[lag]), most = std::max(most, one[lag]), ++n;
    EXPECT_EQ(flow.points[lag].sequences, n);
    EXPECT_NEAR(flow.points[lag].mean / std::pow(product, 1.0 / n), 1, 1e-12);
    EXPECT_EQ(flow.points[lag].low, least);  // the 10 % of at most ten are the smallest
    EXPECT_EQ(flow.points[lag].high, most);
  }
  EXPECT_EQ(flow.fit.to, 8);  // at lag 8 five of nine, at lag 9 four
  EXPECT_EQ(gradflow(model, *toy, {}, {.lags = 4}).flows[0].points.size(), 5u);
  EXPECT_EQ(gradflow(model, *toy, {}, {.lags = INT_MAX}).flows[0].points.size(), 12u);
  const Gradflow some = gradflow(model, *toy, {}, {.sequences = 2});  // numbers 0 and 5
  EXPECT_EQ(some.sequences, 2);
  EXPECT_EQ(some.flows[0].points[3].low, std::min(alone[0][3], alone[4][3]));
}

// What reads h is dead after some sequences: their gradients are 0 at every lag, and have no share of 0.
TEST(Gradflow, NothingHasNoShare) {
  const ModelSpec spec{
      {Rnn{.units = 1, .activation = "linear"}, Dense{.units = 1, .activation = "relu"}, Dense{.units = 1}}};
  const Model model = with(Model::create(spec, 1), {{"layers.0.U", {0.5f}}, {"layers.1.W", {1.0f}}});
  const auto toy = noise(8, 6, 1);
  const Gradflow plain = gradflow(model, *toy), relative = gradflow(model, *toy, {}, {.relative = true});
  ASSERT_EQ(relative.sequences, 8);
  const int dead = plain.flows[0].points[0].zero;
  ASSERT_GT(dead, 0);
  ASSERT_LT(dead, 7);
  for (const FlowPoint& point : relative.flows[0].points) {
    EXPECT_EQ(point.zero, dead) << point.lag;
    EXPECT_EQ(point.beyond, 0) << point.lag;
    EXPECT_EQ(point.low, 0) << point.lag;
    EXPECT_DOUBLE_EQ(point.high, std::exp2(-point.lag));
  }
}

// Nine layers of 1e37 above an h of about 1e-74: an output of 1e259 is a number still, its slope by h is
// none.
TEST(Gradflow, WhatIsBeyondHasNoShares) {
  ModelSpec spec{{Rnn{.units = 1, .activation = "linear"}}};
  std::map<std::string, std::vector<float>> numbers = {{"layers.0.W", {1e-37f}}, {"layers.0.U", {0.5f}}};
  for (int i = 1; i <= 9; ++i) {
    spec.layers.push_back(Dense{.units = 1});
    numbers["layers." + std::to_string(i) + ".W"] = {1e37f};
  }
  const auto toy = noise(3, 4, 1);
  for (float& x : toy->x) x *= 1e-37f;
  const Gradflow result = gradflow(with(Model::create(spec, 1), numbers), *toy, {}, {.relative = true});
  for (const FlowPoint& point : result.flows[0].points) EXPECT_EQ(point.low, INFINITY) << point.lag;
}

// Turned round in time, a layer that reads from the end does what another does from the beginning.
TEST(Gradflow, CountsTheLagOfADirectionFromWhereItEnds) {
  const auto toy = noise(1, 10, 2), turned = noise(1, 10, 2);
  for (int t = 0; t < 10; ++t)
    for (int f = 0; f < 2; ++f)
      turned->x[static_cast<std::size_t>(2 * t + f)] = toy->x[static_cast<std::size_t>(2 * (9 - t) + f)];
  const Lstm cell{.units = 3};
  const Model both = Model::create(
      {{Bidirectional{.merge = Merge::sum, .forward = cell, .backward = cell}, Dense{.units = 1}}}, 2);
  std::map<std::string, std::vector<float>> backward;
  for (const TensorView& tensor : both.tensors()) {
    std::string name = tensor.name;
    if (const std::size_t at = name.find("backward."); at != std::string::npos)
      backward[name.erase(at, 9)] = {tensor.values.begin(), tensor.values.end()};
    if (name.starts_with("layers.1")) backward[name] = {tensor.values.begin(), tensor.values.end()};
  }
  const Model alone = with(Model::create({{cell, Dense{.units = 1}}}, 2), backward);
  // ∂L/∂h at lag 0 is a multiple of the Dense's weights in both: the share that is left later is the same.
  const Gradflow a = gradflow(both, *toy, {}, {.relative = true}),
                 b = gradflow(alone, *turned, {}, {.relative = true});
  ASSERT_EQ(a.flows.size(), 4u);
  for (std::size_t lag = 0; lag < 10; ++lag)
    for (const std::string state : {"h", "c"})
      EXPECT_NEAR(flow_named(a, "layers.0.backward." + state).points[lag].high,
                  flow_named(b, "layers.0." + state).points[lag].high, 1e-12)
          << state << " " << lag;

  // With an output at every step, what the other direction puts out last has read nothing else.
  Bidirectional every{.returns = Returns::sequence, .forward = cell, .backward = cell};
  const Model sequence = Model::create({{every, Dense{.units = 1}}}, 2);
  const Gradflow last = gradflow(sequence, *toy, {.loss_at = LossAt::every});
  EXPECT_EQ(flow_named(last, "layers.0.backward.h").reaches, 0);
  EXPECT_EQ(flow_named(last, "layers.0.backward.h").points[1].zero, 1);
  EXPECT_EQ(flow_named(last, "layers.0.forward.h").reaches, 9);
}

TEST(Gradflow, LooksAtAModelAsItIsUsed) {
  const auto toy = noise(4, 9, 2);
  const Model plain = Model::create(
      {{Lstm{.units = 5, .returns = Returns::sequence}, Gru{.units = 3}, Dense{.units = 1}}}, 2);
  const Model dropped = Model::create({{Lstm{.units = 5, .returns = Returns::sequence}, Dropout{.rate = 0.5f},
                                        Gru{.units = 3}, Dropout{.rate = 0.5f}, Dense{.units = 1}}},
                                      2);
  std::map<std::string, std::vector<float>> same;
  const std::map<char, char> number = {{'0', '0'}, {'1', '2'}, {'2', '4'}};
  for (const TensorView& tensor : plain.tensors()) {
    std::string name = tensor.name;
    name[7] = number.at(name[7]);
    same[name] = {tensor.values.begin(), tensor.values.end()};
  }
  const Gradflow a = gradflow(plain, *toy), b = gradflow(with(dropped, same), *toy);
  for (std::size_t state = 0; state < 3; ++state)
    for (std::size_t lag = 0; lag < 9; ++lag)
      EXPECT_EQ(a.flows[state].points[lag].high, b.flows[state].points[lag].high);
}

TEST(GradflowThreads, ChangeNothing) {
  const Model model = Model::create({{Lstm{.units = 5}, Dense{.units = 1}}}, 2);
  const auto toy = noise(40, 15, 2);
  const Gradflow one = gradflow(model, *toy, {}, {.sequences = 0, .threads = 1}),
                 two = gradflow(model, *toy, {}, {.sequences = 0, .threads = 2});
  EXPECT_EQ(one.sequences, 40);
  for (std::size_t state = 0; state < 2; ++state)
    for (std::size_t lag = 1; lag < 15; ++lag) {
      EXPECT_EQ(one.flows[state].points[lag].mean, two.flows[state].points[lag].mean);
      EXPECT_EQ(one.flows[state].points[lag].low, two.flows[state].points[lag].low);
    }
}

TEST(Gradflow, RefusesWhatHasNoCurve) {
  const auto toy = noise(2, 5, 2);
  const auto code = [&](const ModelSpec& spec, const Dataset& data, int inputs = 2) {
    try {
      gradflow(Model::create(spec, inputs), data);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::check_failed;  // accepted
  };
  const ModelSpec gru{{Gru{.units = 3}, Dense{.units = 1}}};
  EXPECT_EQ(code({{Dense{.units = 3}, Dense{.units = 1, .returns = Returns::last}}}, *toy),
            Code::usage_conflict);
  EXPECT_EQ(code(gru, *toy, 3), Code::usage_shape);
  EXPECT_EQ(code({{Gru{.units = 3}, Dense{.units = 2}}}, *toy), Code::usage_shape);
  EXPECT_EQ(code(gru, *noise(2, 5, 2, {0, 0})), Code::data_empty);
  toy->values.clear();
  EXPECT_EQ(code(gru, *toy), Code::usage_missing);
  const auto huge = noise(1, 400, 2);
  EXPECT_EQ(code({{Rnn{.units = 2, .activation = "linear", .u_init = "orthogonal(100)"}, Dense{.units = 1}}},
                 *huge),
            Code::check_not_finite);
}

TEST(GradflowFit, TakesMeansAndQuantilesOverSequences) {
  // Eleven sequences: at lag 0 the powers of two from 2^-5 to 2^5, at lag 1 a 0, an infinity and nine of 8.
  std::vector<std::vector<double>> norms;
  for (int i = 10; i >= 0; --i) norms.push_back({std::exp2(i - 5), i == 0 ? 0.0 : i == 10 ? INFINITY : 8.0});
  norms[3].push_back(5);
  const Flow flow = training::flow_of("h", norms);
  ASSERT_EQ(flow.points.size(), 3u);
  EXPECT_NEAR(flow.points[0].mean, 1, 1e-15);
  EXPECT_EQ(flow.points[0].low, std::exp2(-4));  // 2 of 11 do not exceed it, 1 of 11 is less than 10 %
  EXPECT_EQ(flow.points[0].median, 1);
  EXPECT_EQ(flow.points[0].high, std::exp2(4));
  EXPECT_EQ(flow.points[1].zero, 1);
  EXPECT_EQ(flow.points[1].beyond, 1);
  EXPECT_NEAR(flow.points[1].mean, 8, 1e-14);
  EXPECT_EQ(flow.points[2].sequences, 1);
  EXPECT_EQ(flow.reaches, 2);
  EXPECT_TRUE(std::isnan(flow.fit.rate));
}

TEST(GradflowFit, EndsBeforeANormIsLost) {
  std::vector<std::vector<double>> norms(2);
  for (int lag = 0; lag < 8; ++lag)
    norms[0].push_back(std::exp2(-lag)), norms[1].push_back(lag < 6 ? std::exp2(-lag) : 0);
  const Flow flow = training::flow_of("h", norms);
  EXPECT_EQ(flow.fit.from, 1);
  EXPECT_EQ(flow.fit.to, 5);
  EXPECT_NEAR(flow.fit.rate, 0.5, 1e-14);
  EXPECT_EQ(flow.reaches, 7);
  norms[1][2] = 1e-291;
  EXPECT_TRUE(std::isnan(training::flow_of("h", norms).fit.rate));  // one lag is no line
}

// By hand: ln y = 0, 1, 0, 3 at 1, 2, 3, 4: slope 0.8, at 0: -1; residuals 0.2, 0.4, -1.4, 0.8, squares 2.8.
TEST(GradflowFit, IsLeastSquares) {
  const FlowFit fit = training::fit_exponential(1, {1, std::exp(1.0), 1, std::exp(3.0)});
  EXPECT_NEAR(std::log(fit.rate), 0.8, 1e-14);
  EXPECT_NEAR(std::log(fit.at_zero), -1, 1e-14);
  EXPECT_NEAR(std::log(fit.misfit), std::sqrt(0.7), 1e-14);
  EXPECT_EQ(fit.to, 4);
}

TEST(GradflowFit, KnowsTheHalfLife) {
  const auto half_life = [](double rate) { return FlowFit{.rate = rate}.half_life(); };
  EXPECT_DOUBLE_EQ(half_life(0.5), 1);
  EXPECT_DOUBLE_EQ(half_life(0.25), 0.5);
  EXPECT_DOUBLE_EQ(half_life(std::sqrt(2.0)), 2);  // doubles
  EXPECT_EQ(half_life(1), INFINITY);
}

}  // namespace
}  // namespace carousel
