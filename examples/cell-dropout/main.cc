// Dropout inside a cell: the same LSTM on a few sequences, without dropout and with each kind, and the gap
// between the loss on what it was trained on and on what it was not.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "carousel/synth.h"
#include "carousel/train.h"
#include "example.h"
#include "report/svg.h"

using namespace carousel;

namespace {

constexpr double kValidation = 10.0 / 30;

struct Form {
  const char *name, *key;
  float layer, input, recurrent;  // rates
  report::Color color;
};
constexpr std::array kForms = {
    Form{"no dropout", "none", 0, 0, 0, report::Color::orange},
    Form{"a dropout layer behind the cell", "layer", 0.3f, 0, 0, report::Color::purple},
    Form{"dropout of what enters", "input", 0, 0.3f, 0, report::Color::green},
    Form{"dropout of h", "recurrent", 0, 0, 0.3f, report::Color::blue},
    Form{"both inside", "both", 0, 0.3f, 0.3f, report::Color::ink},
};

ModelSpec network(const Form& form, int units) {
  ModelSpec spec{{Lstm{.units = units,
                       .returns = Returns::sequence,
                       .dropout = form.input,
                       .recurrent_dropout = form.recurrent}}};
  if (form.layer > 0) spec.layers.push_back(Dropout{.rate = form.layer});
  spec.layers.push_back(Dense{.units = 24});
  return spec;
}

struct Curves {
  std::vector<double> train, validation;  // after each epoch, dropout off

  double gap() const { return validation.back() - train.back(); }
  double best() const { return *std::min_element(validation.begin(), validation.end()); }
};

Curves learn(const ModelSpec& spec, const Prepared& data, int epochs, std::uint64_t seed) {
  const TrainOptions options{.batch = 4, .epochs = epochs, .seed = seed, .keep = Keep::last};
  Trainer trainer(spec, data, options);
  Curves curves;
  while (trainer.step())
    if (trainer.history().size() > curves.train.size()) {
      const Model now = trainer.current();
      curves.train.push_back(evaluate(now, *data.train, options).loss);
      curves.validation.push_back(*trainer.history().back().validation_loss);
    }
  return curves;
}

double mean_of(const std::vector<Curves>& runs, double (Curves::*figure)() const) {
  double sum = 0;
  for (const Curves& run : runs) sum += (run.*figure)();
  return sum / static_cast<double>(runs.size());
}

double last_of(const std::vector<Curves>& runs, std::vector<double> Curves::*curve) {
  double sum = 0;
  for (const Curves& run : runs) sum += (run.*curve).back();
  return sum / static_cast<double>(runs.size());
}

report::Series line(std::string name, const std::vector<double>& y, report::Color color) {
  report::Series series{.name = std::move(name), .color = color};
  for (std::size_t i = 0; i < y.size(); ++i) series.x.push_back(static_cast<double>(i + 1));
  series.y = y;
  return series;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-FOR-PICTURES"});
  const std::string& folder = arguments.words[0];
  example::Result result;
  const int epochs = arguments.short_run ? 30 : 80, units = arguments.short_run ? 32 : 128,
            seeds = arguments.short_run ? 1 : 3;

  const Synthetic task = synth("articulators", {.sequences = 30, .length = arguments.short_run ? 60 : 200});
  ArrayOptions options = task.arrays();
  options.split = {.test = 0.0, .validation = kValidation};
  const Prepared data = arrays(options);
  std::printf("%lld sequences to train on, %lld to validate; LSTM(%d), %d epochs; means of %d seed%s\n\n",
              static_cast<long long>(data.train->count()), static_cast<long long>(data.validation->count()),
              units, epochs, seeds, seeds > 1 ? "s" : "");
  std::printf("%-34s %10s %12s %8s %18s\n", "mse after the last epoch", "training", "validation", "gap",
              "best validation");

  std::vector<report::Series> train_lines, validation_lines;
  std::optional<double> plain_gap;
  for (const Form& form : kForms) {
    std::vector<Curves> runs;
    for (int s = 0; s < seeds; ++s)
      runs.push_back(
          learn(network(form, units), data, epochs, arguments.seed + static_cast<std::uint64_t>(s)));
    const double gap = mean_of(runs, &Curves::gap), best = mean_of(runs, &Curves::best);
    std::printf("%-34s %10.4f %12.4f %8.4f %18.4f\n", form.name, last_of(runs, &Curves::train),
                last_of(runs, &Curves::validation), gap, best);
    std::fflush(stdout);
    train_lines.push_back(line(form.name, runs[0].train, form.color));
    validation_lines.push_back(line(form.name, runs[0].validation, form.color));
    result.add(std::string(form.key) + "_gap", gap);
    result.add(std::string(form.key) + "_best", best);
    if (!plain_gap) plain_gap = gap;
    if (form.input > 0 || form.recurrent > 0)
      result.check(gap < *plain_gap, "dropout inside the cell narrows the gap");
  }
  const auto draw = [&](const char* file, const char* title, const std::vector<report::Series>& lines) {
    std::ofstream(folder + "/" + file) << report::svg_file({.title = title,
                                                            .x_label = "epoch",
                                                            .y_label = "mean squared error",
                                                            .series = lines,
                                                            .y_log = true});
  };
  draw("training.svg", "On the sequences it was trained on, dropout off", train_lines);
  draw("validation.svg", "On sequences it has not seen", validation_lines);
  return result.finish();
}
