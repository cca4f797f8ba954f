// One step of the GRU in every form that texts print: both places of the reset gate, σ for the candidate, u
// for 1 - z.
#include <algorithm>

#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using carousel::Recurrent;
using carousel::StepLayer;

namespace {

double sigmoid(double v) {
  return 1 / (1 + std::exp(-v));
}

// Two units, one input; gate blocks r z n of two rows each.
constexpr double W[] = {.5, -.7, -.3, .6, .8, -.2}, b[] = {.05, .1, .2, -.3, -.1, .15},
                 bu[] = {-.2, .1, .3, -.4, .4, .2};
constexpr double U[6][2] = {{.1, -.5}, {.7, .3}, {.4, .2}, {-.1, .9}, {-.6, .8}, {.35, -.45}};
constexpr double kX = 1.5, kH[] = {.7, -.4};

enum class Reset { before, after };
// What a text writes: where r stands, what u keeps, and the candidate's activation.
struct Form {
  Reset reset = Reset::after;
  bool recurrent_bias = false;
  bool u_is_new = false;  // h = (1-u)⊙h + u⊙n instead of u⊙h + (1-u)⊙n
  double (*candidate)(double) = [](double v) { return std::tanh(v); };
};

/// The first unit's h before the first step and after each of twelve.
std::vector<double> first_of_cell(const Recurrent& spec, double sign_of_z) {
  StepLayer<double> cell(spec, 1);
  for (const auto& parameter : cell.parameters()) {
    const double* from = parameter.name == "W"   ? W
                         : parameter.name == "U" ? U[0]
                         : parameter.name == "b" ? b
                                                 : bu;
    std::copy_n(from, parameter.value.size(), parameter.value.begin());
    const std::size_t block = parameter.value.size() / 3;
    for (std::size_t i = block; i < 2 * block; ++i) parameter.value[i] *= sign_of_z;
  }
  std::vector<double> state(std::begin(kH), std::end(kH));
  StepLayer<double>::Tape tape;
  std::vector<double> first = {state[0]};
  while (first.size() <= 12) cell.step({&kX, 1}, state, tape), first.push_back(state[0]);
  return first;
}

// The same written out; the first unit's h.
double first_by_hand(const Form& form) {
  const auto bias_u = [&](int row) { return form.recurrent_bias ? bu[row] : 0.0; };
  const auto of_h = [&](int row, const double* h) {
    return U[row][0] * h[0] + U[row][1] * h[1] + bias_u(row);
  };
  double r[2];
  for (int j = 0; j < 2; ++j) r[j] = sigmoid(W[j] * kX + b[j] + of_h(j, kH));
  const double u = sigmoid(W[2] * kX + b[2] + of_h(2, kH)), reset[] = {r[0] * kH[0], r[1] * kH[1]};
  const double n =
      form.candidate(W[4] * kX + b[4] + (form.reset == Reset::after ? r[0] * of_h(4, kH) : of_h(4, reset)));
  return form.u_is_new ? (1 - u) * kH[0] + u * n : u * kH[0] + (1 - u) * n;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  std::printf("x = %g, h = %g %g before the step; the first unit's h after it\n\n", kX, kH[0], kH[1]);
  std::printf("%-52s %12s %12s\n", "form", "cell", "by hand");
  example::Lines lines("Twelve steps of the same input, by the form of the cell", "h of the first unit");
  const auto row = [&](const char* text, const char* name, const Recurrent& spec, double sign_of_z,
                       const Form& form) {
    const std::vector<double> steps = first_of_cell(spec, sign_of_z);
    const double cell = steps[1], hand = first_by_hand(form);
    lines.add(name, steps);
    std::printf("%-52s %12.9f %12.9f\n", text, cell, hand);
    result.near(cell, hand, 1e-14, text);
    result.add(name, cell);
    return cell;
  };
  const Recurrent after{.cell = "gru", .units = 2}, before{.cell = "gru-reset-before", .units = 2};
  const double a = row("gru: reset after the product, a single bias", "after", after, 1, {});
  Recurrent two = after;
  two.recurrent_bias = true;
  row("gru, recurrent_bias: PyTorch, Keras, cuDNN", "after_two_biases", two, 1, {.recurrent_bias = true});
  const double c =
      row("gru-reset-before: Cho 2014, ONNX's default", "before", before, 1, {.reset = Reset::before});
  Recurrent textbook = before;
  textbook.activation = "sigmoid";
  row("the textbook's: candidate sigmoid", "textbook", textbook, 1,
      {.reset = Reset::before, .candidate = sigmoid});
  row("h = (1-u) h + u n: the rows of z negated", "u_is_new", before, -1,
      {.reset = Reset::before, .u_is_new = true});
  result.check(std::abs(a - c) > 1e-3, "these numbers tell the two places of the reset gate apart");
  lines.write(arguments.words[0] + "/forms.svg");
  return result.finish();
}
