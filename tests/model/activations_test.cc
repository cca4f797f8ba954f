// Activations: gates and states equal the equations written out here, of every cell, in both directions;
// memory follows its formula.
#include "carousel/activations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "base/random.h"
#include "carousel/error.h"
#include "kernels/recurrent.h"
#include "model/model_impl.h"
#include "support/every_cell.h"

namespace carousel {
namespace {

using Numbers = std::vector<double>;

std::vector<float> noise(std::size_t n, std::uint32_t stream = 1) {
  const Random random(17, Random::Use::test, stream);
  std::vector<float> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<float>(random.normal(i));
  return v;
}

double sigma(double v) {
  return 1 / (1 + std::exp(-v));
}

/// The tensors of one direction, by their letter.
struct Weights {
  std::map<std::string, std::vector<double>> tensors;
  int I, H;

  Weights(const Model& model, const std::string& prefix, int inputs, int units) : I(inputs), H(units) {
    for (const TensorView& tensor : model.tensors())
      if (tensor.name.starts_with(prefix))
        tensors[tensor.name.substr(prefix.size())].assign(tensor.values.begin(), tensor.values.end());
  }
  double at(const std::string& name, int row, int column, int columns) const {
    return tensors.at(name)[static_cast<std::size_t>(row * columns + column)];
  }
  /// W_g x + b_g of unit j.
  double from_x(int gate, int j, const Numbers& x) const {
    double sum = at("b", gate * H + j, 0, 1);
    for (int i = 0; i < I; ++i) sum += at("W", gate * H + j, i, I) * x[static_cast<std::size_t>(i)];
    return sum;
  }
  /// U_g h + bu_g.
  double from_h(int gate, int j, const Numbers& h) const {
    double sum = at("bu", gate * H + j, 0, 1);
    for (int i = 0; i < H; ++i) sum += at("U", gate * H + j, i, H) * h[static_cast<std::size_t>(i)];
    return sum;
  }
  double p(int row, int j) const { return at("p", row, j, H); }
};

// One step each: the cell's letters to [H], from x, the old h and the old c, which are replaced.

std::map<std::string, Numbers> lstm(const Weights& w, const Numbers& x, Numbers& h, Numbers& c, bool peephole,
                                    bool coupled) {
  std::map<std::string, Numbers> out;
  const Numbers h0 = h;
  for (int j = 0; j < w.H; ++j) {
    const auto u = static_cast<std::size_t>(j);
    int block = 0;
    const auto sum = [&] {
      const double v = w.from_x(block, j, x) + w.from_h(block, j, h0);
      ++block;
      return v;
    };
    const double c0 = c[u];
    const double i = sigma(sum() + (peephole ? w.p(0, j) * c0 : 0));
    const double f = coupled ? 1 - i : sigma(sum() + (peephole ? w.p(1, j) * c0 : 0));
    const double g = std::tanh(sum());
    c[u] = f * c0 + i * g;
    const double o = sigma(sum() + (peephole ? w.p(2, j) * c[u] : 0));
    h[u] = o * std::tanh(c[u]);
    out["i"].push_back(i);
    if (!coupled) out["f"].push_back(f);
    out["g"].push_back(g), out["o"].push_back(o);
  }
  out["c"] = c, out["h"] = h;
  return out;
}

std::map<std::string, Numbers> gru(const Weights& w, const Numbers& x, Numbers& h, bool reset_before) {
  std::map<std::string, Numbers> out;
  const Numbers h0 = h;
  Numbers r, rh;
  for (int j = 0; j < w.H; ++j) {
    r.push_back(sigma(w.from_x(0, j, x) + w.from_h(0, j, h0)));
    rh.push_back(r.back() * h0[static_cast<std::size_t>(j)]);
  }
  for (int j = 0; j < w.H; ++j) {
    const auto u = static_cast<std::size_t>(j);
    const double z = sigma(w.from_x(1, j, x) + w.from_h(1, j, h0));
    const double n =
        std::tanh(w.from_x(2, j, x) + (reset_before ? w.from_h(2, j, rh) : r[u] * w.from_h(2, j, h0)));
    h[u] = (1 - z) * n + z * h0[u];
    out["z"].push_back(z), out["n"].push_back(n);
  }
  out["r"] = r, out["h"] = h;
  return out;
}

std::map<std::string, Numbers> mgu(const Weights& w, const Numbers& x, Numbers& h) {
  std::map<std::string, Numbers> out;
  const Numbers h0 = h;
  Numbers f, fh;
  for (int j = 0; j < w.H; ++j) {
    f.push_back(sigma(w.from_x(0, j, x) + w.from_h(0, j, h0)));
    fh.push_back(f.back() * h0[static_cast<std::size_t>(j)]);
  }
  for (int j = 0; j < w.H; ++j) {
    const auto u = static_cast<std::size_t>(j);
    const double n = std::tanh(w.from_x(1, j, x) + w.from_h(1, j, fh));
    h[u] = (1 - f[u]) * h0[u] + f[u] * n;
    out["n"].push_back(n);
  }
  out["f"] = f, out["h"] = h;
  return out;
}

std::map<std::string, Numbers> rnn(const Weights& w, const Numbers& x, Numbers& h) {
  const Numbers h0 = h;
  for (int j = 0; j < w.H; ++j)
    h[static_cast<std::size_t>(j)] = std::tanh(w.from_x(0, j, x) + w.from_h(0, j, h0));
  return {{"h", h}};
}

std::map<std::string, Numbers> step(cells::Kind kind, const Weights& w, const Numbers& x, Numbers& h,
                                    Numbers& c) {
  switch (kind) {
    case cells::Kind::rnn:
      return rnn(w, x, h);
    case cells::Kind::lstm:
    case cells::Kind::peephole_lstm:
    case cells::Kind::coupled_lstm:
      return lstm(w, x, h, c, kind == cells::Kind::peephole_lstm, kind == cells::Kind::coupled_lstm);
    case cells::Kind::gru:
    case cells::Kind::gru_reset_before:
      return gru(w, x, h, kind == cells::Kind::gru_reset_before);
    case cells::Kind::mgu:
      return mgu(w, x, h);
  }
  ADD_FAILURE() << "a cell without an equation in this test";
  return {};
}

Recurrent wild(const std::string& cell, int units) {
  Recurrent spec{.cell = cell,
                 .units = units,
                 .recurrent_bias = true,
                 .w_init = "normal(0.7)",
                 .u_init = "normal(0.7)",
                 .b_init = "normal(0.5)"};
  if (cell == "peephole-lstm") spec.p_init = "normal(0.7)";
  return spec;
}

class ActivationsOf : public ::testing::TestWithParam<cells::Kind> {};

TEST_P(ActivationsOf, GatesAndStatesAreThoseOfItsEquation) {
  const std::string cell = cells::kNames[static_cast<int>(GetParam())];
  const int B = 3, T = 6, I = 2, H = 5;
  const Model model = Model::create(
      {.layers = {Dropout{.rate = 0.5f},  // absent: the model is looked at as it is used
                  Bidirectional{.forward = wild(cell, H), .backward = wild(cell, H)}, Dense{.units = 1}}},
      I, 3);
  const std::vector<float> x = noise(B * T * I);
  const std::vector<std::int32_t> lengths = {6, 4, 5};
  State initial = model.zero_state(B);
  initial.values = noise(initial.values.size(), 2);
  const int row = 1;
  const auto all = activations(model, {x.data(), B, T, I, Layout::batch_major, lengths},
                               {.row = row, .initial = &initial});
  ASSERT_EQ(all.size(), 2u);
  for (const bool backward : {false, true}) {
    SCOPED_TRACE(backward ? "backward" : "forward");
    const LayerActivations& layer = all[backward];
    EXPECT_EQ(layer.layer, 1);
    EXPECT_EQ(layer.direction, backward ? Direction::backward : Direction::forward);
    EXPECT_EQ(layer.cell, cell);
    EXPECT_EQ(layer.units, H);
    EXPECT_EQ(layer.steps, lengths[row]);
    const std::string prefix = std::string("layers.1.") + (backward ? "backward." : "forward.");
    const Weights w(model, prefix, I, H);
    Numbers state[2] = {Numbers(H, 0.0), Numbers(H, 0.0)};
    for (const StateInfo& info : model.states())
      if (info.name.starts_with(prefix))
        for (int j = 0; j < H; ++j)
          state[info.name.back() == 'c'][static_cast<std::size_t>(j)] =
              initial.values[row * model.state_size() + info.offset + static_cast<std::size_t>(j)];
    std::size_t letters = 0;
    for (int s = 0; s < lengths[row]; ++s) {
      const int t = backward ? lengths[row] - 1 - s : s;
      const float* from = x.data() + (row * T + t) * I;
      const auto expected = step(GetParam(), w, Numbers(from, from + I), state[0], state[1]);
      letters = expected.size();
      for (const auto& [letter, numbers] : expected) {
        const Trace* trace = layer.find(letter);
        ASSERT_NE(trace, nullptr) << letter;
        ASSERT_EQ(trace->values.size(), static_cast<std::size_t>(layer.steps * H));
        for (int j = 0; j < H; ++j)
          EXPECT_NEAR(trace->values[static_cast<std::size_t>(t * H + j)],
                      numbers[static_cast<std::size_t>(j)], 2e-6)
              << letter << ", step " << t << ", unit " << j;
      }
    }
    EXPECT_EQ(layer.traces.size(), letters);
    EXPECT_EQ(layer.traces.back().name, "h");
    for (const Trace& trace : layer.traces) {
      const bool candidate = trace.name == "g" || trace.name == "n",
                 state_ = trace.name == "c" || trace.name == "h";
      EXPECT_EQ(trace.kind, state_      ? Trace::Kind::state
                            : candidate ? Trace::Kind::candidate
                                        : Trace::Kind::gate)
          << trace.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ActivationsOf, ::testing::ValuesIn(testing::every_cell()),
                         [](const auto& about) { return testing::case_name(about.param); });

TEST(Activations, AreThoseOfPredictBitForBit) {
  // Three layers in a row, so that they may run as a wavefront too, and on any number of threads.
  const Model model = Model::create({.layers = {Lstm{.units = 40, .returns = Returns::sequence},
                                                Gru{.units = 36, .returns = Returns::sequence},
                                                PeepholeLstm{.units = 33, .returns = Returns::sequence}}},
                                    3, 4);
  const int T = 50;
  const std::vector<float> x = noise(2 * T * 3);
  const Output y = model.predict({x.data(), 2, T, 3});
  for (const int threads : {1, 2}) {
    const auto all = activations(model, {x.data(), 2, T, 3}, {.row = 1, .threads = threads});
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[2].find("h")->values, std::vector<float>(y.values.begin() + T * 33, y.values.end()));
  }
}

TEST(Activations, RowsOfEitherLayoutAreTheSame) {
  const Model model = Model::create({.layers = {Lstm{.units = 4}, Dense{.units = 1}}}, 2, 5);
  const int B = 3, T = 4, F = 2;
  const std::vector<float> x = noise(B * T * F);
  std::vector<float> turned(x.size());
  for (int b = 0; b < B; ++b)
    for (int t = 0; t < T; ++t)
      for (int f = 0; f < F; ++f)
        turned[static_cast<std::size_t>((t * B + b) * F + f)] =
            x[static_cast<std::size_t>((b * T + t) * F + f)];
  for (int row = 0; row < B; ++row) {
    const auto alone = activations(model, {x.data() + row * T * F, 1, T, F});
    for (const Sequences& whole :
         {Sequences{x.data(), B, T, F}, Sequences{turned.data(), B, T, F, Layout::time_major}}) {
      const auto all = activations(model, whole, {.row = row});
      for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(all[0].traces[k].values, alone[0].traces[k].values);
    }
  }
}

TEST(Activations, ANetworkWithoutRecurrentLayersHasNone) {
  const Model model = Model::create({.layers = {Dense{.units = 2}, Activation{}}}, 2, 1);
  const std::vector<float> x = noise(8);
  EXPECT_TRUE(activations(model, {x.data(), 1, 4, 2}).empty());
}

/// All weights 0, so that every gate is what its bias says: bias[k] holds those of block k, one a unit.
Model constant(const std::string& cell, const std::vector<std::vector<float>>& bias) {
  const ModelSpec spec{.layers = {Recurrent{.cell = cell, .units = static_cast<int>(bias[0].size())}}};
  model::Parameters<float> parameters = model::Network<float>(spec, 1).zeros();
  for (auto& parameter : parameters)
    if (parameter.name == "layers.0.b") {
      float* to = parameter.values.data();
      for (const std::vector<float>& block : bias) to = std::copy(block.begin(), block.end(), to);
    }
  return model::make_model(spec, 1, std::move(parameters));
}

TEST(Activations, MemoryIsWhatIsKept) {
  const float k[] = {0.9f, 0.5f, 0.99f};
  const auto logit = [](float v) { return std::log(v / (1 - v)); };
  const std::vector<float> keep = {logit(k[0]), logit(k[1]), logit(k[2])},
                           rest = {-keep[0], -keep[1], -keep[2]}, zero(3, 0.0f), one(3, 1.0f);
  const std::vector<float> x(20, 0.0f);
  struct Case {
    const char *cell, *formula;
    std::vector<std::vector<float>> bias;
  };
  for (const Case& c : {Case{"lstm", "1 / (1 - mean f)", {zero, keep, one, zero}},
                        Case{"peephole-lstm", "1 / (1 - mean f)", {zero, keep, one, zero}},
                        Case{"coupled-lstm", "1 / mean i", {rest, one, zero}},
                        Case{"gru", "1 / (1 - mean z)", {zero, keep, one}},
                        Case{"gru-reset-before", "1 / (1 - mean z)", {zero, keep, one}},
                        Case{"mgu", "1 / mean f", {rest, one}}}) {
    SCOPED_TRACE(c.cell);
    const auto all = activations(constant(c.cell, c.bias), {x.data(), 1, 20, 1});
    EXPECT_EQ(all[0].memory_formula, c.formula);
    EXPECT_NEAR(all[0].memory[0], 10, 1e-4);
    EXPECT_NEAR(all[0].memory[1], 2, 1e-4);
    EXPECT_NEAR(all[0].memory[2], 100, 1e-2);
    EXPECT_EQ(all[0].by_memory(), (std::vector<int>{2, 0, 1}));
    // The definition's sense: what is in the memory shrinks by k a step towards where the rest pulls it.
    const std::vector<float>& s = (all[0].find("c") ? all[0].find("c") : all[0].find("h"))->values;
    for (int j = 0; j < 3; ++j)
      EXPECT_NEAR((s[static_cast<std::size_t>(9 + j)] - s[static_cast<std::size_t>(6 + j)]) /
                      (s[static_cast<std::size_t>(6 + j)] - s[static_cast<std::size_t>(3 + j)]),
                  k[j], 1e-4);
  }
}

TEST(Activations, AGateThatNeverForgetsRemembersForever) {
  const std::vector<float> x(4);
  const auto all = activations(constant("lstm", {{0}, {200}, {0}, {0}}), {x.data(), 1, 4, 1});
  EXPECT_TRUE(std::isinf(all[0].memory[0]));
}

TEST(Activations, MemoryOfACellWithoutSuchAGateIsItsCorrelationTime) {
  // h = W x: 1 1 -1 -1 has ρ(1) = (1 - 1 + 1) / 4 and ρ(2) < 0; 3 3 3 3 never changes; 1 -1 1 -1 has ρ(1) <
  // 0; 2 1 -1 -2 (times 1/3) has ρ(1) = (2 - 1 + 2) / 10, ρ(2) < 0.
  Recurrent spec{.cell = "rnn",
                 .units = 4,
                 .returns = Returns::sequence,
                 .activation = "linear",
                 .w_init = "ones",
                 .u_init = "zeros"};
  const Model model = Model::create({.layers = {spec}}, 1, 1);
  const std::vector<std::vector<float>> rows = {{1, 1, -1, -1}, {3, 3, 3, 3}, {1, -1, 1, -1}, {2, 1, -1, -2}};
  const double expected[] = {1.25, 0, 1, 1.3};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto all = activations(model, {rows[i].data(), 1, 4, 1});
    EXPECT_NEAR(all[0].memory[2], expected[i], 1e-6) << i;
    EXPECT_EQ(all[0].traces.size(), 1u);
  }
  EXPECT_EQ(activations(model, {rows[1].data(), 1, 4, 1})[0].by_memory(), (std::vector<int>{0, 1, 2, 3}));
  // Noise that decays by k a step has ρ(l) = k^l, and Σ k^l is 1 / (1 - k); estimated from a sequence, about
  // that.
  const std::vector<float> x = noise(200000);
  Recurrent decay = spec;
  decay.units = 1;
  for (const auto& [init, memory] : {std::pair{"constant(0.9)", 10.0}, {"constant(0.5)", 2.0}}) {
    decay.u_init = init;
    const auto all = activations(Model::create({.layers = {decay}}, 1, 1), {x.data(), 1, 200000, 1});
    EXPECT_NEAR(all[0].memory[0], memory, 0.15 * memory);
  }
}

TEST(Activations, OnlyATrainingForwardKeepsGates) {
  const kernels::RecurrentConfig config{.cell = cells::Kind::lstm, .inputs = 1, .units = 2};
  kernels::RecurrentPack<float> pack(config);
  const std::vector<float> W(8, 0.1f), U(16, 0.1f), x = noise(3);
  pack.pack({.W = W.data(), .U = U.data()});
  kernels::RecurrentTape<float> tape;
  const auto refused = [&] {
    try {
      tape.kept_sum(0, 0, 0);
    } catch (const Error& error) {
      return error.code() == Code::usage_conflict;
    }
    return false;
  };
  const SeqView<const float> view = time_major(x.data(), 3, 1, 1);
  EXPECT_TRUE(refused());
  for (const kernels::Mode mode : {kernels::Mode::infer, kernels::Mode::recompute, kernels::Mode::train}) {
    kernels::forward(pack, view, {}, {}, tape, mode, Team::process());
    EXPECT_EQ(refused(), mode != kernels::Mode::train);
  }
  const std::vector<float> dy(6, 1.0f);
  kernels::backward(pack, view, {}, {}, tape, time_major(dy.data(), 3, 1, 2), {}, {}, {}, {},
                    Team::process());
  EXPECT_TRUE(refused());  // the gates have become their gradients
}

TEST(Activations, RefuseWhatDoesNotFit) {
  const Model model = Model::create({.layers = {Lstm{.units = 4}, Dense{.units = 1}}}, 2, 5);
  const std::vector<float> x = noise(12);
  const std::vector<std::int32_t> lengths = {0, 3}, wrong = {1};
  State state = model.zero_state(3);
  const auto code = [&](const Sequences& s, const ActivationsOptions& options) -> std::optional<Code> {
    try {
      activations(model, s, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.info().where, "activations");
      return error.code();
    }
    return {};
  };
  EXPECT_EQ(code({x.data(), 2, 2, 3}, {}), Code::usage_shape);
  EXPECT_EQ(code({x.data(), 2, 3, 2, Layout::batch_major, wrong}, {}), Code::usage_shape);
  EXPECT_EQ(code({x.data(), 2, 3, 2}, {.initial = &state}), Code::usage_shape);
  EXPECT_EQ(code({x.data(), 2, 3, 2}, {.row = 2}), Code::usage_bad_value);
  EXPECT_EQ(code({x.data(), 2, 3, 2}, {.row = -1}), Code::usage_bad_value);
  EXPECT_EQ(code({x.data(), 2, 3, 2, Layout::batch_major, lengths}, {.row = 0}), Code::usage_bad_value);
}

}  // namespace
}  // namespace carousel
