// The options of a recurrent layer, each one shown by what it does to the numbers.
#include <algorithm>
#include <vector>

#include "carousel/step.h"
#include "carousel/train.h"
#include "example.h"
#include "lines.h"

using namespace carousel;

namespace {

constexpr int kInputs = 6, kUnits = 20, kSteps = 8, kRows = 3;

TensorView tensor(const Model& model, const std::string& name) {
  for (const TensorView& view : model.tensors())
    if (view.name == "layers.0." + name) return view;
  return {};
}

// Largest |Q Qᵀ - 1| of `rows` rows of length `columns`.
double not_orthogonal(const float* Q, int rows, int columns) {
  double worst = 0.0;
  for (int a = 0; a < rows; ++a)
    for (int b = 0; b <= a; ++b) {
      double dot = 0.0;
      for (int k = 0; k < columns; ++k) dot += static_cast<double>(Q[a * columns + k]) * Q[b * columns + k];
      worst = std::max(worst, std::abs(dot - (a == b ? 1.0 : 0.0)));
    }
  return worst;
}

std::vector<float> turned(const TensorView& matrix) {
  std::vector<float> values;
  for (int column = 0; column < matrix.shape[1]; ++column)
    for (int row = 0; row < matrix.shape[0]; ++row)
      values.push_back(matrix.values[static_cast<std::size_t>(row * matrix.shape[1] + column)]);
  return values;
}

Sequences sequences(const std::vector<float>& x, int steps) {
  return {.data = x.data(), .rows = kRows, .steps = steps, .features = kInputs, .layout = Layout::time_major};
}

void initialisers(std::uint64_t seed, example::Result& result) {
  const Model gates = Model::create({{Lstm{.units = kUnits, .u_init = "orthogonal"}}}, kInputs, seed);
  const Model joint = Model::create(
      {{Lstm{.units = kUnits, .u_init = "orthogonal", .init_per = InitPer::joint}}}, kInputs, seed);
  const TensorView U = tensor(gates, "U"), all = tensor(joint, "U");
  double per_gate = 0.0, block = 0.0;
  for (int g = 0; g < 4; ++g) {
    per_gate = std::max(per_gate, not_orthogonal(U.values.data() + g * kUnits * kUnits, kUnits, kUnits));
    block = std::max(block, not_orthogonal(all.values.data() + g * kUnits * kUnits, kUnits, kUnits));
  }
  const double columns = not_orthogonal(turned(all).data(), kUnits, 4 * kUnits);
  std::printf("U orthogonal for each gate block: largest |Q Qᵀ - 1| %.1e\n", per_gate);
  std::printf("U orthogonal as one [4H, H] matrix: largest |UᵀU - 1| %.1e, its blocks %.2f\n", columns,
              block);
  result.check(per_gate < 1e-5, "each block is orthogonal");
  result.check(columns < 1e-5 && block > 0.1, "the joint matrix is orthogonal, its blocks are not");

  const Model biased =
      Model::create({{Lstm{.units = kUnits, .forget_bias = 1.0f, .b_init = "constant(0.001)"}}}, kInputs);
  const TensorView b = tensor(biased, "b");
  bool right = b.values.size() == 4 * kUnits;
  for (std::size_t i = 0; right && i < b.values.size(); ++i)
    right = b.values[i] == (i / kUnits == 1 ? 1.0f : 0.001f);
  std::printf("biases i f g o: %g %g %g %g\n", static_cast<double>(b.values[0]),
              static_cast<double>(b.values[kUnits]), static_cast<double>(b.values[2 * kUnits]),
              static_cast<double>(b.values[3 * kUnits]));
  result.check(right, "gate biases 0.001, the forget gate's 1");

  const Model gru = Model::create({{Gru{.units = kUnits}}}, kInputs);
  const std::size_t expected = 3 * (kUnits * kInputs + kUnits * kUnits + kUnits);
  std::printf("GRU with a single bias: %zu parameters\n", gru.parameter_count());
  result.check(gru.parameter_count() == expected && tensor(gru, "bu").values.empty(), "a single bias");
}

void activation_and_state(const std::vector<float>& x, std::uint64_t seed, example::Result& result) {
  const Model standard = Model::create({{Lstm{.units = kUnits}}}, kInputs, seed);
  const Model linear = Model::create({{Lstm{.units = kUnits, .output_activation = "linear"}}}, kInputs, seed);
  // After one step from zero both have the same o and c, so that o tanh(c) · c = o c · tanh(c).
  State after;
  const Output h = standard.predict(sequences(x, 1), {.final = &after}),
               o_c = linear.predict(sequences(x, 1));
  double worst = 0.0;
  for (int row = 0; row < kRows; ++row)
    for (int j = 0; j < kUnits; ++j) {
      const auto k = static_cast<std::size_t>(row * kUnits + j);
      const double c = after.values[static_cast<std::size_t>(row * 2 * kUnits) + standard.states()[1].offset +
                                    static_cast<std::size_t>(j)];
      worst = std::max(worst, std::abs(h.values[k] * c - o_c.values[k] * std::tanh(c)));
    }
  std::printf("output activation: o tanh(c) · c of one cell beside o c · tanh(c) of the other, to %.1e\n",
              worst);
  result.check(worst < 1e-6 && h.values != o_c.values, "the output activation is φ of h = o⊙φ(c)");

  // A state is a value: stop after three steps, put it back, and the rest is what it would have been.
  State middle;
  const State zero = standard.zero_state(kRows);
  const Output whole = standard.predict(sequences(x, kSteps));
  standard.predict(sequences(x, 3), {.final = &middle});
  const std::vector<float> rest(x.begin() + 3 * kRows * kInputs, x.end());
  const Output resumed = standard.predict(sequences(rest, kSteps - 3), {.initial = &middle});
  std::printf("initial h and c given: the second part from the state of the first equals the whole: %s\n",
              resumed.values == whole.values ? "bit for bit" : "NO");
  result.check(resumed.values == whole.values, "a given state continues the sequence bit for bit");
  result.check(standard.predict(sequences(x, kSteps), {.initial = &zero}).values == whole.values,
               "no state is the zero state");
}

void l2(const std::vector<float>& x, std::uint64_t seed, example::Result& result) {
  // One step of plain gradient descent with and without λ · ½ Σ W²: the weights differ by rate · λ · w.
  const std::vector<float> target = example::noise(kRows * kUnits, seed + 7);
  const Prepared data = arrays({.x = x,
                                .rows = kRows,
                                .steps = kSteps,
                                .features = kInputs,
                                .values = target,
                                .split = {.test = 0.0, .validation = 0.0}});
  constexpr double kRate = 0.5;
  constexpr float kLambda = 0.1f;
  const TrainOptions options{.optimizer = {.kind = OptimizerKind::sgd, .rate = kRate},
                             .batch = kRows,
                             .epochs = 1,
                             .seed = seed,
                             .keep = Keep::last};
  const Model start = Trainer({{Lstm{.units = kUnits}}}, data, options).current();
  const Model plain = train({{Lstm{.units = kUnits}}}, data, options);
  Trainer trainer({{Lstm{.units = kUnits, .l2_w = kLambda, .l2_u = kLambda}}}, data, options);
  trainer.run();
  const Model shrunk = trainer.current();
  double worst = 0.0;
  for (const std::string name : {"W", "U", "b"}) {
    const auto w = tensor(start, name).values, a = tensor(plain, name).values,
               b = tensor(shrunk, name).values;
    const double lambda = name == "b" ? 0.0 : static_cast<double>(kLambda);
    for (std::size_t i = 0; i < w.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(a[i]) - b[i] - kRate * lambda * w[i]));
  }
  std::printf("L2 on W and U: one step moves them by rate · λ · w more, to %.1e; b is left alone\n", worst);
  result.check(worst < 1e-6, "L2 adds λ w to the gradient of W and U");
}

// c = 1 in a cell that is given nothing, by the bias of its forget gate: c is σ(bias)^t.
void forgetting(const std::string& path, example::Result& result) {
  example::Lines lines("What is left of c = 1 without input", "c");
  for (const float bias : {0.0f, 1.0f, 2.0f, 4.0f}) {
    StepLayer<double> cell(
        Lstm{.units = 1, .forget_bias = bias, .w_init = "zeros", .u_init = "zeros", .b_init = "zeros"}, 1);
    std::vector<double> state = {0, 1}, kept = {1};
    const double nothing = 0;
    StepLayer<double>::Tape tape;
    while (kept.size() <= 40) cell.step({&nothing, 1}, state, tape), kept.push_back(state[1]);
    const double by_hand = std::pow(1 / (1 + std::exp(-static_cast<double>(bias))), 40);
    result.near(kept.back(), by_hand, 1e-12, "c after 40 steps");
    char name[32];
    std::snprintf(name, sizeof name, "forget_bias = %g", static_cast<double>(bias));
    lines.add(name, kept);
  }
  lines.write(path);
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  const std::vector<float> x = example::noise(kSteps * kRows * kInputs, arguments.seed);
  initialisers(arguments.seed, result);
  activation_and_state(x, arguments.seed, result);
  l2(x, arguments.seed, result);
  forgetting(arguments.words[0] + "/forgetting.svg", result);
  return result.finish();
}
