// One cell called T times with the same weights, a dense output and a loss at every step: the loop of a
// user's own equals the layers that run the whole sequence.
#include <algorithm>
#include <vector>

#include "base/team.h"
#include "carousel/step.h"
#include "cells/registry.h"
#include "example.h"
#include "kernels/reduce.h"
#include "lines.h"
#include "loss/criterion.h"
#include "model/network.h"

using namespace carousel;

namespace {

constexpr int kRows = 5, kInputs = 3, kClasses = 4;

std::size_t size(int a, int b, int c = 1) {
  return static_cast<std::size_t>(a * b * c);
}

struct Difference {
  double loss = 0.0,
         gradient = 0.0;  // of the loss; the largest one of any gradient, relative to 1 + |gradient|
  double value = 0.0;     // the loss itself
};

// The same network as a loop and as layers. The loss: softmax cross-entropy, summed over all steps and rows.
template <class T>
Difference compare(const Recurrent& cell, int steps, std::uint64_t seed) {
  const std::vector<T> x = example::noise<T>(size(steps, kRows, kInputs), seed);  // [T, B, I]
  std::vector<std::int32_t> classes(size(kRows, steps));                          // [B, T]
  for (std::size_t i = 0; i < classes.size(); ++i)
    classes[i] = static_cast<std::int32_t>((i * 7 + i / 5) % kClasses);
  loss::Criterion<T> criterion({.loss = Loss::cross_entropy, .time = Reduce::sum, .samples = Reduce::sum});

  // By hand: one cell, one dense layer, the same variables at every step.
  StepLayer<T> recurrent(cell, kInputs, seed), dense(Dense{.units = kClasses}, cell.units, seed + 1);
  std::vector<typename StepLayer<T>::Tape> tapes(static_cast<std::size_t>(steps)),
      dense_tapes(static_cast<std::size_t>(steps));
  std::vector<T> state = recurrent.zero_state(kRows), none;
  std::vector<std::vector<T>> dy;
  std::vector<double> losses(size(kRows, steps));
  for (int t = 0; t < steps; ++t) {
    const auto step = static_cast<std::size_t>(t);
    const std::vector<T> h =
        recurrent.step({x.data() + size(t, kRows, kInputs), size(kRows, kInputs)}, state, tapes[step]);
    const std::vector<T> y = dense.step(h, none, dense_tapes[step]);
    dy.emplace_back(y.size());
    for (int b = 0; b < kRows; ++b)
      losses[size(b, steps) + step] =
          criterion(batch_major<const T>(y.data() + b * kClasses, 1, 1, kClasses),
                    {.classes = &classes[size(b, steps) + step]},
                    batch_major<T>(dy.back().data() + b * kClasses, 1, 1, kClasses), Team::process())
              .total;
  }
  std::vector<T> d_state = recurrent.zero_state(kRows);  // nothing comes after the last step
  for (int t = steps; t-- > 0;) {
    const auto step = static_cast<std::size_t>(t);
    recurrent.step_backward(dense.step_backward(dy[step], none, dense_tapes[step]), d_state, tapes[step]);
  }
  const double by_hand = kernels::sum_of(kRows, [&](int b) {
    return kernels::sum_of(steps,
                           [&](int t) { return losses[size(b, steps) + static_cast<std::size_t>(t)]; });
  });

  // As layers: what `carousel train` runs, over the whole sequence at once.
  Recurrent sequence = cell;
  sequence.returns = Returns::sequence;
  model::Network<T> network({{sequence, Dense{.units = kClasses}}}, kInputs);
  auto parameters = network.initialise(seed);
  auto loop = recurrent.parameters();
  for (auto& parameter : dense.parameters()) loop.push_back(parameter);
  for (std::size_t p = 0; p < loop.size(); ++p)
    std::copy(loop[p].value.begin(), loop[p].value.end(), parameters[p].values.begin());
  network.pack(parameters);
  auto workspace = network.make_workspace();
  const layers::Pass pass{.training = true, .team = &Team::process()};
  const auto y = network.forward(pass, time_major(x.data(), steps, kRows, kInputs), {}, workspace);
  std::vector<T> whole_dy(size(steps, kRows, kClasses));
  const SeqView<T> dy_view = time_major(whole_dy.data(), steps, kRows, kClasses);
  const double whole =
      criterion(y, {.steps = steps, .longest = steps, .classes = classes.data()}, dy_view, *pass.team).total;
  auto gradients = network.zeros();
  network.backward(pass, {.dy = dy_view}, workspace, gradients);

  Difference difference{.loss = std::abs(by_hand - whole), .value = whole};
  for (std::size_t p = 0; p < loop.size(); ++p)
    for (std::size_t i = 0; i < loop[p].gradient.size(); ++i) {
      const double g = static_cast<double>(gradients[p].values[i]);
      difference.gradient = std::max(
          difference.gradient, std::abs(static_cast<double>(loop[p].gradient[i]) - g) / (1 + std::abs(g)));
    }
  return difference;
}

// The gradient of U of a loss at the last step alone: how much of it each step of the loop has added.
std::vector<double> shares_of_steps(const Recurrent& spec, int steps, std::uint64_t seed) {
  const std::vector<double> x = example::noise<double>(size(steps, kInputs), seed);
  StepLayer<double> cell(spec, kInputs, seed);
  std::vector<StepLayer<double>::Tape> tapes(static_cast<std::size_t>(steps));
  std::vector<double> state = cell.zero_state(1), d_state = state,
                      dy(static_cast<std::size_t>(spec.units), 1.0);
  for (int t = 0; t < steps; ++t)
    cell.step({x.data() + size(t, kInputs), size(1, kInputs)}, state, tapes[static_cast<std::size_t>(t)]);
  std::vector<double> norms(static_cast<std::size_t>(steps));
  for (std::size_t t = norms.size(); t-- > 0; dy.assign(dy.size(), 0.0)) {
    cell.zero_gradients();
    cell.step_backward(dy, d_state, tapes[t]);
    const auto parameters = cell.parameters();  // W, U, ...
    for (const double g : parameters[1].gradient) norms[t] += g * g;
    norms[t] = std::sqrt(norms[t]);
  }
  return norms;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  const int steps = arguments.short_run ? 6 : 50;

  std::printf("%d steps, %d rows; what the loop and the layers differ by\n", steps, kRows);
  std::printf("%-18s %12s  %22s  %22s\n", "cell", "loss", "float: loss, gradient", "double: loss, gradient");
  Difference worst_float, worst_double;
  for (const char* name : cells::kNames) {
    Recurrent cell{.cell = name, .units = 17};
    if (!cells::info(*cells::find(name)).per_unit.empty()) cell.p_init = "normal(0.5)";
    const Difference f = compare<float>(cell, steps, arguments.seed),
                     d = compare<double>(cell, steps, arguments.seed);
    std::printf("%-18s %12.6f  %10.3g  %10.3g  %10.3g  %10.3g\n", name, d.value, f.loss, f.gradient, d.loss,
                d.gradient);
    result.check(f.loss == 0.0 && f.gradient == 0.0, "bit for bit in float");
    result.check(d.loss <= 1e-12 * d.value && d.gradient <= 1e-12, "1e-12 in double");
    worst_float = {std::max(worst_float.loss, f.loss), std::max(worst_float.gradient, f.gradient)};
    worst_double = {std::max(worst_double.loss, d.loss), std::max(worst_double.gradient, d.gradient)};
  }
  result.add("float_loss_difference", worst_float.loss);
  result.add("float_gradient_difference", worst_float.gradient);
  result.add("double_loss_difference", worst_double.loss);
  result.add("double_gradient_difference", worst_double.gradient);
  example::Lines lines("What each step adds to the gradient of U, of a loss at the last step", "norm");
  lines.chart().y_log = true;
  for (const char* name : {"rnn", "lstm", "gru"})
    lines.add(name, shares_of_steps({.cell = name, .units = 17}, steps, arguments.seed));
  lines.write(arguments.words[0] + "/shares.svg");
  return result.finish();
}
