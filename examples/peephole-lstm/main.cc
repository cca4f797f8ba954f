// One step of the LSTM with peepholes: input and forget gate see the old c, the output gate sees the new one.
#include <algorithm>

#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using carousel::StepLayer;

namespace {

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  // One unit, one input; gate blocks i f g o, peepholes i f o.
  constexpr double W[] = {.5, -.3, .8, .2}, U[] = {.1, .4, -.6, .7}, p[] = {.9, -.5, 1.1},
                   b[] = {.05, 1.0, -.1, .3};
  constexpr double x = 1.5, h0 = .2, c0 = -.9;

  StepLayer<double> cell(carousel::PeepholeLstm{.units = 1}, 1);
  for (const auto& parameter : cell.parameters()) {
    const double* from = parameter.name == "W"   ? W
                         : parameter.name == "U" ? U
                         : parameter.name == "p" ? p
                                                 : b;
    std::copy_n(from, parameter.value.size(), parameter.value.begin());
  }
  std::vector<double> state = {h0, c0};
  StepLayer<double>::Tape tape;
  cell.step({&x, 1}, state, tape);

  double a[4];
  for (int gate = 0; gate < 4; ++gate) a[gate] = W[gate] * x + U[gate] * h0 + b[gate];
  const double i = sigmoid(a[0] + p[0] * c0), f = sigmoid(a[1] + p[1] * c0), g = std::tanh(a[2]),
               c = f * c0 + i * g;
  const double o = sigmoid(a[3] + p[2] * c), o_old = sigmoid(a[3] + p[2] * c0), h = o * std::tanh(c);
  std::printf("x = %g, h = %g, c = %g before the step\n", x, h0, c0);
  std::printf("                                  c              h\n");
  std::printf("the cell                %.9f   %.9f\n", state[1], state[0]);
  std::printf("its equation            %.9f   %.9f\n", c, h);
  std::printf("if o saw the old c      %.9f   %.9f   (it must not)\n", c, o_old * std::tanh(c));
  result.near(state[1], c, 1e-14, "c");
  result.near(state[0], h, 1e-14, "h: the output gate sees the new c");
  result.check(std::abs(state[0] - o_old * std::tanh(c)) > 1e-3, "these numbers tell the two readings apart");

  // Twelve steps of the same input: the cell, the misreading, and the cell without peepholes.
  example::Lines lines("Twelve steps of the same input", "h");
  const auto drawn = [&](bool peepholes, bool new_c) {
    std::vector<double> all = {h0};
    for (double hh = h0, cc = c0; all.size() <= 12; all.push_back(hh)) {
      double sum[4];
      for (int gate = 0; gate < 4; ++gate) sum[gate] = W[gate] * x + U[gate] * hh + b[gate];
      const double old = peepholes ? cc : 0;
      cc = sigmoid(sum[1] + p[1] * old) * cc + sigmoid(sum[0] + p[0] * old) * std::tanh(sum[2]);
      hh = sigmoid(sum[3] + p[2] * (new_c ? (peepholes ? cc : 0) : old)) * std::tanh(cc);
    }
    return all;
  };
  std::vector<double> cells = {h0, state[0]};
  result.add("h", state[0]);
  result.add("c", state[1]);
  while (cells.size() <= 12) cell.step({&x, 1}, state, tape), cells.push_back(state[0]);
  lines.add("the cell", cells);
  lines.add("if o saw the old c", drawn(true, false), carousel::report::Dash::dashed);
  lines.add("without peepholes", drawn(false, true));
  lines.write(arguments.words[0] + "/peepholes.svg");
  return result.finish();
}
