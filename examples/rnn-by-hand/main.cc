// A recurrent network by hand: 1 input, 2 hidden units, 1 output, two steps, every number printed.
#include <algorithm>

#include "carousel/step.h"
#include "example.h"
#include "lines.h"

using carousel::StepLayer;

namespace {

void set(const StepLayer<double>::Parameter& parameter, std::initializer_list<double> values) {
  std::copy(values.begin(), values.end(), parameter.value.begin());
}

// What the tutorial prints, to its eight digits.
struct Printed {
  double a[2], h[2], y;
};
constexpr Printed kPrinted[] = {{{0.6, 0.5}, {0.53704957, 0.46211716}, 1.56128388},
                                {{1.29234010, 1.39225678}, {0.85973818, 0.88366641}, 2.72707101}};

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;

  // A cell whose activation is the identity puts out its sum a; with the same weights it shows what tanh is
  // given.
  StepLayer<double> sum(carousel::Rnn{.units = 2, .activation = "linear"}, 1),
      cell(carousel::Rnn{.units = 2}, 1), output(carousel::Dense{.units = 1}, 2);
  for (StepLayer<double>* layer : {&sum, &cell}) {
    const auto weights = layer->parameters();  // W, U, b
    set(weights[0], {.5, .6});
    set(weights[1], {.1, .3,  // the tutorial multiplies state·W_h: U = W_hᵀ
                     .2, .4});
    set(weights[2], {.1, -.1});
  }
  const auto weights = output.parameters();  // v, c
  set(weights[0], {1, 2});
  set(weights[1], {.1});

  std::vector<double> h = cell.zero_state(1), none, states[2] = {{0}, {0}};
  StepLayer<double>::Tape sum_tape, tape, output_tape;
  std::printf("t  x           a_1           a_2           h_1           h_2             y\n");
  constexpr int kDrawn = 12;  // the two steps, then x = 0
  for (int t = 0; t < kDrawn; ++t) {
    const double x[] = {t < 2 ? t + 1.0 : 0};
    std::vector<double> state = h;
    const std::vector<double> a = sum.step(x, state, sum_tape);
    cell.step(x, h, tape);
    for (std::size_t i = 0; i < 2; ++i) states[i].push_back(h[i]);
    if (t >= 2) continue;
    const double y = output.step(h, none, output_tape)[0];
    std::printf("%d  %g  %12.8f  %12.8f  %12.8f  %12.8f  %12.8f\n", t + 1, x[0], a[0], a[1], h[0], h[1], y);
    for (std::size_t i = 0; i < 2; ++i) {
      result.near(a[i], kPrinted[t].a[i], 5.001e-9, "a");
      result.near(h[i], kPrinted[t].h[i], 5.001e-9, "h");
    }
    result.near(y, kPrinted[t].y, 5.001e-9, "y");
    result.add("y" + std::to_string(t + 1), y);
  }
  example::Lines lines("x = 1, 2, then 0: what is left of them", "state h");
  lines.add("h_1", states[0]);
  lines.add("h_2", states[1]);
  lines.write(arguments.words[0] + "/states.svg");
  return result.finish();
}
