// Draws a trained model's forecasts over the closing prices, one step ahead and used recursively, and scores
// both beside "tomorrow = today".
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/model.h"
#include "example.h"
#include "report/svg.h"

using namespace carousel;

namespace {

constexpr int kAhead = 50;  // steps of a recursive forecast, as in the tutorial

struct Errors {
  double model = 0.0, naive = 0.0;  // sums of squares
  long count = 0;
  void add(double truth, double forecast, double last) {
    model += (forecast - truth) * (forecast - truth), naive += (last - truth) * (last - truth), ++count;
  }
  double mean(double sum) const { return sum / static_cast<double>(count); }
};

Batch all_of(const Dataset& data) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(data.count()));
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
  Batch batch;
  data.gather(indices, batch);
  return batch;
}

Output run(const Model& model, const Batch& batch) {
  return model.predict(
      {.data = batch.x.data(), .rows = batch.rows, .steps = batch.steps, .features = batch.features});
}

// The mean squared error of a part as training sees it (of p/p0 - 1), of the model and of "the target is the
// window's last number".
Errors as_trained(const Model& model, const Dataset& part) {
  const Batch batch = all_of(part);
  const Output y = run(model, batch);
  Errors errors;
  for (int b = 0; b < batch.rows; ++b)
    errors.add(batch.values[static_cast<std::size_t>(b)], y.values[static_cast<std::size_t>(b)],
               batch.x[static_cast<std::size_t>((b + 1) * batch.steps - 1)]);
  return errors;
}

// The next kAhead prices after `history`, each forecast becoming the window's newest price.
std::vector<float> recursive(const Model& model, const Preparation& preparation, std::vector<float> history,
                             const std::string& name) {
  const std::size_t known = history.size();
  for (int step = 0; step < kAhead; ++step) {
    const Table window({name}, {history.end() - preparation.window, history.end()});
    const Batch batch = all_of(*all_windows(window, preparation));
    Output y = run(model, batch);
    restore(preparation, batch.references, y.values);
    history.push_back(y.values[0]);
  }
  return {history.begin() + static_cast<std::ptrdiff_t>(known), history.end()};
}

}  // namespace

// MODEL: what the settings beside this file gave with that seed.
int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"CSV", "MODEL", "PICTURE.svg"});
  const Model model = load_model(arguments.words[1]);
  const Prepared data = prepare({.file = arguments.words[0],
                                 .target = {"1"},
                                 .window = 50,
                                 .horizon = 1,
                                 .subtract = Subtract::none,
                                 .log = Log::off,
                                 .scale = Scale::relative,
                                 .split = {.test = 0.1, .validation = 0.05, .order = SplitOrder::shuffled},
                                 .header = "no",
                                 .order = RowOrder::oldest},
                                arguments.seed);
  const Table& table = *data.table;
  const Errors validation = as_trained(model, *data.validation);

  Batch test = all_of(*data.test);
  Output y = run(model, test);
  restore(data.preparation, test.references, y.values);
  Errors one_step, far;
  report::Series truth{.name = "close", .color = report::Color::ink},
      next{.name = "one step ahead", .color = report::Color::blue},
      ahead{.name = "50 steps, recursively", .color = report::Color::orange};
  const std::int64_t first = test.ids.front();
  for (std::int64_t row = first - kAhead; row < table.rows(); ++row)
    truth.x.push_back(static_cast<double>(row)), truth.y.push_back(static_cast<double>(table.at(row, 0)));
  for (std::size_t i = 0; i < test.ids.size(); ++i) {
    const std::int64_t row = test.ids[i];
    one_step.add(table.at(row, 0), y.values[i], table.at(row - 1, 0));
    next.x.push_back(static_cast<double>(row)), next.y.push_back(static_cast<double>(y.values[i]));
    if (static_cast<int>(i) % kAhead != 0 || row + kAhead > table.rows()) continue;
    const std::vector<float> prices(table.values().begin(), table.values().begin() + row);
    const std::vector<float> forecast = recursive(model, data.preparation, prices, table.names()[0]);
    ahead.x.push_back(static_cast<double>(row) - 0.5), ahead.y.push_back(report::kAbsent);  // breaks the line
    for (int step = 0; step < kAhead; ++step) {
      const double value = forecast[static_cast<std::size_t>(step)];
      far.add(table.at(row + step, 0), value, prices.back());
      ahead.x.push_back(static_cast<double>(row + step)), ahead.y.push_back(value);
    }
  }
  std::ofstream(arguments.words[2]) << report::svg_file(
      {.title = "S&P 500, the last tenth, never seen in training",
       .x_label = "row of the file",
       .y_label = "close",
       .series = {truth, next, ahead}},
      {.width = 960, .height = 380});

  const auto line = [](const char* what, double model_error, double naive_error, const char* unit) {
    std::printf("%-46s %12.6g %16.6g  %s\n", what, model_error, naive_error, unit);
  };
  std::printf("%-46s %12s %16s\n", "", "network", "tomorrow = today");
  line("validation windows, mean squared error", validation.mean(validation.model),
       validation.mean(validation.naive), "of p/p0 - 1");
  line("test part, one step ahead, RMSE", std::sqrt(one_step.mean(one_step.model)),
       std::sqrt(one_step.mean(one_step.naive)), "points");
  line("test part, 1 to 50 steps recursively, RMSE", std::sqrt(far.mean(far.model)),
       std::sqrt(far.mean(far.naive)), "points");
  std::printf(
      "train_windows=%lld validation_windows=%lld test_windows=%lld val_loss_again=%.6g naive_val_loss=%.6g "
      "test_rmse=%.5g naive_test_rmse=%.5g recursive_rmse=%.5g naive_recursive_rmse=%.5g\n",
      static_cast<long long>(data.train->count()), static_cast<long long>(data.validation->count()),
      static_cast<long long>(data.test->count()), validation.mean(validation.model),
      validation.mean(validation.naive), std::sqrt(one_step.mean(one_step.model)),
      std::sqrt(one_step.mean(one_step.naive)), std::sqrt(far.mean(far.model)),
      std::sqrt(far.mean(far.naive)));
}
