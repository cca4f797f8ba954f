// One step of the classic LSTM with given numbers: the cell beside its equation written out, for each output
// activation.
#include <algorithm>

#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using carousel::StepLayer;

namespace {

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

struct Choice {
  const char* name;
  double (*phi)(double);
};
constexpr Choice kChoices[] = {
    {"tanh", [](double v) { return std::tanh(v); }},
    {"linear", [](double v) { return v; }},
    {"sigmoid", sigmoid},
    {"relu", [](double v) { return std::max(v, 0.0); }},
    {"softsign", [](double v) { return v / (1 + std::abs(v)); }},
};

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  // One unit, one input; gate blocks i f g o.
  constexpr double W[] = {.5, -.3, .8, .2}, U[] = {.1, .4, -.6, .7}, b[] = {.05, 1.0, -.1, .3};
  constexpr double x = 1.5, h0 = .2, c0 = -.9;
  double a[4];
  for (int gate = 0; gate < 4; ++gate) a[gate] = W[gate] * x + U[gate] * h0 + b[gate];
  const double i = sigmoid(a[0]), f = sigmoid(a[1]), g = std::tanh(a[2]), o = sigmoid(a[3]),
               c = f * c0 + i * g;
  std::printf("x = %g, h = %g, c = %g before the step\n", x, h0, c0);
  std::printf("i = %.9f  f = %.9f  g = %.9f  o = %.9f\n", i, f, g, o);
  example::Lines lines("Twelve steps of the same input, by the output activation", "h");
  std::printf("%-10s %14s %14s %14s %14s\n", "φ", "c, cell", "c, by hand", "h, cell", "h, by hand");
  for (const Choice& choice : kChoices) {
    StepLayer<double> cell(carousel::Lstm{.units = 1, .output_activation = choice.name}, 1);
    const auto weights = cell.parameters();
    std::copy_n(W, 4, weights[0].value.begin());
    std::copy_n(U, 4, weights[1].value.begin());
    std::copy_n(b, 4, weights[2].value.begin());
    std::vector<double> state = {h0, c0};
    StepLayer<double>::Tape tape;
    cell.step({&x, 1}, state, tape);
    const double h = o * choice.phi(c);
    std::printf("%-9s %14.9f %14.9f %14.9f %14.9f\n", choice.name, state[1], c, state[0], h);
    result.near(state[0], h, 1e-14, "h");
    result.near(state[1], c, 1e-14, "c");
    if (&choice == kChoices) result.add("h", state[0]), result.add("c", state[1]);
    std::vector<double> drawn = {h0, state[0]};
    while (drawn.size() <= 12) cell.step({&x, 1}, state, tape), drawn.push_back(state[0]);
    // relu covers linear where c > 0
    lines.add(choice.name, drawn,
              choice.phi(-1) == 0 ? carousel::report::Dash::dashed : carousel::report::Dash::solid);
  }
  lines.write(arguments.words[0] + "/activations.svg");
  return result.finish();
}
