// Trains the four networks of this folder at 128 units on the articulators task, three seeds each; draws
// their errors over the epochs, and a held-out movement with what they make of it.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "carousel/synth.h"
#include "carousel/train.h"
#include "cli/config.h"
#include "example.h"
#include "report/svg.h"
#include "speech/linear.h"

using namespace carousel;

namespace {

struct Network {
  const char *file, *name, *key;
  report::Color color;
};
constexpr Network kNetworks[] = {
    {"dense.toml", "dense, frame by frame", "dense", report::Color::orange},
    {"settings.toml", "bidirectional GRU", "bidirectional", report::Color::blue},
    {"two-layers.toml", "two bidirectional GRU layers", "two_layers", report::Color::green},
    {"mixed.toml", "LSTM forward, GRU backward", "mixed", report::Color::purple},
};

struct Size {
  SynthOptions data;
  double held_out;  // share
  int units, epochs, seeds;
};
const Size kFull{.data = {}, .held_out = 20.0 / 103.0, .units = 128, .epochs = 60, .seeds = 3};
const Size kShort{
    .data = {.sequences = 10, .length = 60}, .held_out = 0.2, .units = 8, .epochs = 2, .seeds = 2};
constexpr double kRate = 1e-3;  // 128 units, a few epochs; the tutorial's 7e-5 is for 1024 and 200

// The network of a settings file, narrower.
ModelSpec narrowed(ModelSpec spec, int units) {
  for (std::size_t i = 0; i + 1 < spec.layers.size(); ++i) {
    if (auto* dense = std::get_if<Dense>(&spec.layers[i])) dense->units = units;
    if (auto* both = std::get_if<Bidirectional>(&spec.layers[i]))
      both->forward.units = both->backward.units = units;
  }
  return spec;
}

struct Curves {
  std::vector<double> train, test;  // of each epoch: mean squared error alone, dropout off
};

struct Outcome {
  std::vector<Curves> seeds;
  std::vector<Model> models;

  double last(std::size_t seed) const { return seeds[seed].test.back(); }
  double mean(std::vector<double> Curves::*which, std::size_t epoch) const {
    double sum = 0.0;
    for (const Curves& one : seeds) sum += (one.*which)[epoch];
    return sum / static_cast<double>(seeds.size());
  }
  double spread(std::vector<double> Curves::*which) const {  // standard deviation over the seeds, at the end
    const std::size_t end = seeds[0].test.size() - 1;
    double squares = 0.0;
    for (const Curves& one : seeds) squares += std::pow((one.*which)[end] - mean(which, end), 2);
    return std::sqrt(squares / static_cast<double>(std::max<std::size_t>(1, seeds.size() - 1)));
  }
  /// Mean over the seeds of the smallest test error of all epochs: chosen with the answer in hand.
  double lowest() const {
    double sum = 0.0;
    for (const Curves& one : seeds) sum += *std::min_element(one.test.begin(), one.test.end());
    return sum / static_cast<double>(seeds.size());
  }
  std::size_t best_seed() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < seeds.size(); ++i)
      if (last(i) < last(best)) best = i;
    return best;
  }
  double best() const { return last(best_seed()); }
  double worst() const {
    double found = best();
    for (std::size_t i = 0; i < seeds.size(); ++i) found = std::max(found, last(i));
    return found;
  }
};

// Errors of the training sequences are taken of as many as are held out.
Curves train(const ModelSpec& spec, const Prepared& data, const Dataset& learnt, const TrainOptions& options,
             std::vector<Model>& models) {
  Curves curves;
  Trainer trainer(spec, data, options);
  while (trainer.step()) {
    const std::size_t done = trainer.history().size();
    if (done == curves.test.size()) continue;
    curves.train.push_back(evaluate(trainer.current(), learnt, options).loss);
    curves.test.push_back(*trainer.history().back().validation_loss);
  }
  models.push_back(trainer.model());
  return curves;
}

// One coordinate of a held-out sequence, as it was and as models see it.
std::string movement(const Dataset& data, std::int64_t index, int which, const char* name,
                     const std::vector<std::pair<const Network*, const Model*>>& models) {
  Batch batch;
  data.gather(std::vector<std::int64_t>{index}, batch);
  const int frames = std::min(batch.steps, 300);
  report::Series truth{.name = "true", .color = report::Color::ink};
  std::vector<report::Series> series;
  for (const auto& [network, model] : models) {
    const Output y =
        model->predict({.data = batch.x.data(), .rows = 1, .steps = batch.steps, .features = batch.features});
    series.push_back({.name = network->name, .color = network->color});
    for (int t = 0; t < frames; ++t) {
      series.back().x.push_back(t / 100.0);
      series.back().y.push_back(y.values[static_cast<std::size_t>(t * y.features + which)]);
    }
  }
  truth.x = series[0].x;
  for (int t = 0; t < frames; ++t)
    truth.y.push_back(batch.values[static_cast<std::size_t>(t * batch.target_values + which)]);
  series.insert(series.begin(), truth);
  return report::svg_file(
      {.title = name, .x_label = "seconds", .y_label = "standard deviations", .series = series},
      {.width = 960, .height = 320});
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER-OF-THE-SETTINGS", "FOLDER-FOR-PICTURES"});
  const std::string &settings = arguments.words[0], &out = arguments.words[1];
  const Size& size = arguments.short_run ? kShort : kFull;
  example::Result result;

  const Synthetic task = synth("articulators", size.data);
  ArrayOptions all = task.arrays();
  all.split = {.test = 0.0, .validation = size.held_out};
  const Prepared data = arrays(all);
  const auto held_out = static_cast<std::size_t>(data.validation->count());
  ArrayOptions some = task.arrays();
  some.rows = static_cast<std::int64_t>(held_out);
  some.x = some.x.first(task.x.size() / static_cast<std::size_t>(task.rows) * held_out);
  some.values = some.values.first(task.values.size() / static_cast<std::size_t>(task.rows) * held_out);
  some.lengths = some.lengths.first(held_out);
  some.split = {.test = 0.0, .validation = 0.0};
  const Prepared learnt = arrays(some);

  std::printf(
      "%lld training sequences, %zu held out; %d units, %d epochs; mean squared error alone, dropout off\n\n",
      static_cast<long long>(data.train->count()), held_out, size.units, size.epochs);
  std::printf("%-30s %10s %5s %9s %9s %9s\n", "network", "weights", "seed", "train", "test", "seconds");
  std::vector<Outcome> outcomes;
  std::ofstream csv(out + "/curves.csv");
  csv << "network,seed,epoch,train,test\n";
  for (const Network& network : kNetworks) {
    const cli::Config config = cli::load_config(settings + "/" + network.file, {});
    const ModelSpec spec = narrowed({config.settings.layers}, size.units);
    Outcome& outcome = outcomes.emplace_back();
    for (int i = 0; i < size.seeds; ++i) {
      TrainOptions options = config.settings.train;
      options.optimizer.rate = kRate;
      options.epochs = size.epochs;
      options.seed = arguments.seed + static_cast<std::uint64_t>(i);
      const auto start = std::chrono::steady_clock::now();
      outcome.seeds.push_back(train(spec, data, *learnt.train, options, outcome.models));
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      const Curves& curves = outcome.seeds.back();
      std::printf("%-30s %10zu %5llu %9.4f %9.4f %9.1f\n", network.name,
                  outcome.models.back().parameter_count(), static_cast<unsigned long long>(options.seed),
                  curves.train.back(), curves.test.back(), took.count());
      std::fflush(stdout);
      for (std::size_t e = 0; e < curves.test.size(); ++e)
        csv << network.key << ',' << options.seed << ',' << e + 1 << ',' << curves.train[e] << ','
            << curves.test[e] << '\n';
      result.check(curves.test.size() == static_cast<std::size_t>(size.epochs), "a point for each epoch");
    }
  }

  std::vector<int> around;
  for (int lag = -24; lag <= 24; lag += 4) around.push_back(lag);
  const double frame = example::linear_error(*data.train, *data.validation, std::vector<int>{0}),
               wide = example::linear_error(*data.train, *data.validation, around);
  std::printf("\n%-30s %20s %20.4f\n", "least squares, the frame alone", "", frame);
  std::printf("%-30s %20s %20.4f\n", "least squares, -24 ... 24", "", wide);

  const auto end = static_cast<std::size_t>(size.epochs) - 1;
  std::printf("\n%-30s %20s %20s %12s\n", "after the last epoch", "train, mean +- sd", "test, mean +- sd",
              "lowest test");
  report::Chart chart{
      .title = "Mean squared error, dropout off, mean of the seeds (dashed: training sequences)",
      .x_label = "epoch",
      .y_label = "mean squared error",
      .x_whole = true};
  std::vector<std::size_t> order(outcomes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const std::size_t n : order) {
    const Outcome& outcome = outcomes[n];
    std::printf("%-30s %11.4f +- %.4f %11.4f +- %.4f %12.4f\n", kNetworks[n].name,
                outcome.mean(&Curves::train, end), outcome.spread(&Curves::train),
                outcome.mean(&Curves::test, end), outcome.spread(&Curves::test), outcome.lowest());
    report::Series test{.name = kNetworks[n].name, .color = kNetworks[n].color},
        train{.color = kNetworks[n].color, .dash = report::Dash::dashed};
    for (std::size_t e = 0; e <= end; ++e) {
      test.x.push_back(static_cast<double>(e + 1)), train.x.push_back(static_cast<double>(e + 1));
      test.y.push_back(outcome.mean(&Curves::test, e)), train.y.push_back(outcome.mean(&Curves::train, e));
    }
    chart.series.push_back(test), chart.series.push_back(train);
    result.add(std::string(kNetworks[n].key) + "_test", outcome.mean(&Curves::test, end));
  }
  std::ofstream(out + "/curves.svg") << report::svg_file(chart, {.width = 960, .height = 420});

  // Of two networks one is better where all its seeds are.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return outcomes[a].mean(&Curves::test, end) < outcomes[b].mean(&Curves::test, end);
  });
  std::printf("\norder: %s", kNetworks[order[0]].name);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const bool clear = outcomes[order[i - 1]].worst() < outcomes[order[i]].best();
    std::printf(" %s %s", clear ? "<" : "~", kNetworks[order[i]].name);
  }
  std::printf("   (<: every seed is better; ~: they overlap)\n");

  const std::size_t best = order[0];
  const std::vector<std::pair<const Network*, const Model*>> shown = {
      {&kNetworks[0], &outcomes[0].models[outcomes[0].best_seed()]},
      {&kNetworks[best], &outcomes[best].models[outcomes[best].best_seed()]}};
  std::ofstream(out + "/tongue.svg") << movement(
      *data.validation, 0, 19, "Tip of the tongue, up and down, held-out sequence 0", shown);
  std::ofstream(out + "/lip.svg") << movement(*data.validation, 0, 5,
                                              "Lower lip, up and down, held-out sequence 0", shown);
  if (!arguments.short_run)
    for (std::size_t n = 1; n < outcomes.size(); ++n)
      result.check(outcomes[n].worst() < outcomes[0].best(),
                   "reading in both directions is better than frame by frame");
  result.add("linear_test", wide);
  result.add("best", kNetworks[best].key);
  return result.finish();
}
