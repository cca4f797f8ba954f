// The tutorial's MNIST network to the letter: 782 steps, the accuracy on the batch just learnt printed
// every 20.
#include <cstdio>
#include <fstream>
#include <string>

#include "carousel/train.h"
#include "example.h"
#include "report/svg.h"

using namespace carousel;

namespace {

// Dense(128, linear) on every step, LSTM(128, forget bias 1), the last h, Dense(10).
ModelSpec network(const std::string& cell_init) {
  return {{Dense{.units = 128, .w_init = "normal(1)", .b_init = "constant(0.1)"},
           Lstm{.units = 128, .forget_bias = 1.0f, .w_init = cell_init, .u_init = cell_init},
           Dense{.units = 10, .w_init = "normal(1)", .b_init = "constant(0.1)"}}};
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-OF-THE-IDX-FILES", "PICTURE.svg"});
  const std::string& folder = arguments.words[0];
  example::Result result;

  // The first 55,000 of the 60,000 training images; the tutorial keeps the other 5,000 apart and never looks
  // at them.
  const Prepared data = prepare({.file = folder + "/train-images-idx3-ubyte.gz",
                                 .target = {folder + "/train-labels-idx1-ubyte.gz"},
                                 .split = {.test = 0.0, .validation = 5000.0 / 60000.0}});
  const std::int64_t steps =
      arguments.short_run ? 21 : 782;  // 782 · 128 is the first number of samples over 100,000
  const TrainOptions options{.loss = Loss::cross_entropy,
                             .optimizer = {.kind = OptimizerKind::adam, .rate = 1e-3},
                             .batch = 128,
                             .epochs = 2,
                             .steps = steps,
                             .seed = arguments.seed,
                             .keep = Keep::last};
  // "All weights normal(0, 1)" can be read with the LSTM's own or without: those were its framework's
  // default, Glorot over the joint matrix [128 + 128, 4 · 128], a = sqrt(6 / 768). Both see the same batches.
  Trainer all(network("normal(1)"), data, options), dense(network("uniform(0.0883883)"), data, options);
  result.check(data.train->count() == 55000, "55,000 training images");

  // The tutorial counts steps from 0 and prints after those that 20 divides: 40 lines.
  std::printf(
      "accuracy on the batch just learnt, when normal(0, 1) is   all weights   those of both dense layers\n");
  int lines = 0;
  double accuracy_all = 0.0, accuracy_dense = 0.0;
  report::Series curve_all{.name = "all weights normal(0, 1)", .color = report::Color::orange},
      curve_dense{.name = "the dense layers' normal(0, 1), the cell's Glorot", .color = report::Color::blue};
  for (std::int64_t step = 0; step < steps && all.step() && dense.step(); ++step) {
    if (step % 20 != 0) continue;
    accuracy_all = all.score_last_batch().accuracy.value();
    accuracy_dense = dense.score_last_batch().accuracy.value();
    std::printf("step %3lld  %55.4f  %19.4f\n", static_cast<long long>(step), accuracy_all, accuracy_dense);
    std::fflush(stdout);
    ++lines;
    for (report::Series* curve : {&curve_all, &curve_dense}) curve->x.push_back(static_cast<double>(step));
    curve_all.y.push_back(accuracy_all);
    curve_dense.y.push_back(accuracy_dense);
  }
  std::ofstream(arguments.words[1]) << report::svg_file({.title = "Accuracy on the batch just learnt",
                                                         .x_label = "step",
                                                         .y_label = "accuracy",
                                                         .series = {curve_all, curve_dense}});
  result.check(lines == (arguments.short_run ? 2 : 40), "a line for 20 steps");
  result.check(all.steps_done() == steps && dense.steps_done() == steps, "every step was done");
  result.add("steps", static_cast<double>(all.steps_done()));
  result.add("lines", lines);
  result.add("batch_accuracy", accuracy_all);
  result.add("batch_accuracy_cell_glorot", accuracy_dense);
  return result.finish();
}
