// How the losses of steps and rows become one number: every setting against its formula, on rows of different
// lengths.
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "carousel/train.h"
#include "example.h"
#include "report/heat_map.h"

using namespace carousel;

namespace {

constexpr int kRows = 4, kSteps = 6, kInputs = 2, kOutputs = 3;
constexpr std::int32_t kLengths[kRows] = {6, 2, 1, 4};

// l of one step with outputs y [K] and target v [K] or class c; written out as docs/training.md has it.
double step_loss(Loss loss, const float* y, const float* v, int c) {
  double sum = 0.0;
  for (int k = 0; k < kOutputs; ++k) {
    const double yk = y[k], vk = v[k];
    if (loss == Loss::mse) sum += (yk - vk) * (yk - vk) / kOutputs;
    if (loss == Loss::mae) sum += std::abs(yk - vk) / kOutputs;
    if (loss == Loss::binary_cross_entropy)
      sum -=
          (vk * std::log(1 / (1 + std::exp(-yk))) + (1 - vk) * std::log(1 / (1 + std::exp(yk)))) / kOutputs;
    if (loss == Loss::cross_entropy) sum += std::exp(yk);
  }
  return loss == Loss::cross_entropy ? std::log(sum) - static_cast<double>(y[c]) : sum;
}

double by_hand(const std::vector<double>& l, const TrainOptions& options) {
  double total = 0.0;
  for (int b = 0; b < kRows; ++b) {
    const int length = kLengths[b], first = options.loss_at == LossAt::last ? length - 1 : 0;
    double row = 0.0;
    for (int t = first; t < length; ++t) row += l[static_cast<std::size_t>(b * kSteps + t)];
    total += options.reduce_time == Reduce::mean ? row / (length - first) : row;
  }
  return options.reduce_samples == Reduce::mean ? total / kRows : total;
}

// What each step counts in the loss, row by row, for three settings.
report::HeatMap weights() {
  report::HeatMap map{.title = "What a step counts in the loss (reduce_samples = mean)",
                      .x_label = "step",
                      .columns = kSteps,
                      .value_label = "weight",
                      .x_first = 1};
  const auto add = [&](const std::string& name, const TrainOptions& options) {
    for (int b = 0; b < kRows; ++b, ++map.rows) {
      map.row_names.push_back(name + ", length " + std::to_string(kLengths[b]));
      for (int t = 0; t < kSteps; ++t) {
        std::vector<double> one(kRows * kSteps, 0.0);
        one[static_cast<std::size_t>(b * kSteps + t)] = 1;
        map.values.push_back(t < kLengths[b] ? static_cast<float>(by_hand(one, options)) : NAN);
      }
    }
  };
  add("every, mean", {.reduce_time = Reduce::mean});
  add("every, sum", {.reduce_time = Reduce::sum});
  add("last", {.loss_at = LossAt::last});
  report::fit_colors(map);
  return map;
}

// The gradient's norm of one step from the same weights.
struct FirstStep : TrainObserver {
  double norm = 0.0;
  void step(const StepEvent& event) override { norm = event.gradient_norm; }
};

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  example::Result result;
  const std::vector<float> x = example::noise(kRows * kSteps * kInputs, arguments.seed);
  std::vector<float> values = example::noise(kRows * kSteps * kOutputs, arguments.seed + 1);
  for (float& v : values) v = (v + 1) / 2;  // in [0, 1), so that they are probabilities too
  std::vector<std::int32_t> classes(kRows * kSteps);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i * 5 % kOutputs);
  ArrayOptions all{.x = x,
                   .rows = kRows,
                   .steps = kSteps,
                   .features = kInputs,
                   .every_step = true,
                   .lengths = kLengths,
                   .split = {.test = 0.0, .validation = 0.0}};
  ArrayOptions with_values = all, with_classes = all;
  with_values.values = values;
  with_classes.labels = classes;
  const Prepared numbers = arrays(with_values), labels = arrays(with_classes);

  const ModelSpec spec{{Gru{.units = 5, .returns = Returns::sequence}, Dense{.units = kOutputs}}};
  const Model model = Model::create(spec, kInputs, arguments.seed);
  const Output y = model.predict(
      {.data = x.data(), .rows = kRows, .steps = kSteps, .features = kInputs, .lengths = kLengths});

  constexpr struct {
    Loss loss;
    const char* name;
  } kLosses[] = {{Loss::mse, "mse"},
                 {Loss::mae, "mae"},
                 {Loss::cross_entropy, "cross_entropy"},
                 {Loss::binary_cross_entropy, "binary_cross_entropy"}};
  const auto word = [](Reduce reduce) { return reduce == Reduce::mean ? "mean" : "sum"; };
  std::printf("%d rows of lengths 6 2 1 4\n", kRows);
  std::printf("%-21s %-8s %-11s %-14s %12s %12s %14s\n", "loss", "loss_at", "reduce_time", "reduce_samples",
              "evaluate", "by hand", "gradient norm");
  double worst = 0.0;
  for (const auto& [loss, name] : kLosses) {
    const Prepared& data = loss == Loss::cross_entropy ? labels : numbers;
    std::vector<double> l;
    for (std::size_t i = 0; i < classes.size(); ++i)
      l.push_back(step_loss(loss, &y.values[i * kOutputs], &values[i * kOutputs], classes[i]));
    for (const LossAt at : {LossAt::every, LossAt::last})
      for (const Reduce time : {Reduce::mean, Reduce::sum}) {
        double norm_of_mean = 0.0;
        for (const Reduce samples : {Reduce::mean, Reduce::sum}) {
          const TrainOptions options{.loss = loss,
                                     .batch = kRows,
                                     .epochs = 1,
                                     .seed = arguments.seed,
                                     .reduce_time = time,
                                     .reduce_samples = samples,
                                     .loss_at = at};
          const double got = evaluate(model, *data.train, options).loss, hand = by_hand(l, options);
          FirstStep first;
          train(spec, data, options, &first);
          std::printf("%-21s %-8s %-11s %-14s %12.8f %12.8f %14.6f\n", name,
                      at == LossAt::last ? "last" : "every", word(time), word(samples), got, hand,
                      first.norm);
          result.near(got, hand, 1e-6 * hand, "the loss by its formula");
          worst = std::max(worst, std::abs(got - hand) / hand);
          // Summed over the rows, the gradient is that of the mean times their number.
          if (samples == Reduce::mean)
            norm_of_mean = first.norm;
          else
            result.near(first.norm, kRows * norm_of_mean, 1e-4 * first.norm,
                        "the gradient follows the reduction");
        }
      }
  }
  result.add("largest_relative_difference", worst);
  std::ofstream(arguments.words[0] + "/weights.svg")
      << report::svg_file(weights(), {.width = 760, .height = 300});
  return result.finish();
}
