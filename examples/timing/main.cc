// Timed spikes with and without peepholes: five seeds each, solved or not by the criterion of Gers,
// Schraudolph & Schmidhuber (2002), and what the gates of a solved network do.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <future>
#include <string>

#include "carousel/activations.h"
#include "carousel/synth.h"
#include "carousel/train.h"
#include "example.h"
#include "report/heat_map.h"

using namespace carousel;

namespace {

constexpr int kInterval = 10, kSpikes = 1000;  // F; how many a network must get right in a row
constexpr double kError = 0.49;

/// The intervals of a stream of the task, one after the other: 0 or 1 steps longer than F.
std::vector<int> delays(int count, std::uint64_t seed) {
  const Synthetic made = synth("timing", {.sequences = count, .length = kInterval, .seed = seed});
  std::vector<int> all;
  for (std::size_t at = 0; at < made.values.size(); ++at)
    if (made.values[at] == 1.0f) all.push_back(static_cast<int>(made.x[at]));
  all.resize(static_cast<std::size_t>(count));  // each sequence has at least one
  return all;
}

struct Streams {
  int steps = 0;  // of the longest
  std::vector<float> x, y;
  std::vector<std::int32_t> lengths;
};

/// Writes one sequence of these intervals to rows of `steps` numbers.
void append(Streams& to, const std::vector<int>& intervals) {
  std::vector<float> x, y;
  for (const int delay : intervals) {
    x.insert(x.end(), static_cast<std::size_t>(kInterval + delay), static_cast<float>(delay));
    y.resize(x.size(), 0.0f);
    y.back() = 1.0f;
  }
  to.lengths.push_back(static_cast<std::int32_t>(x.size()));
  if (to.steps == 0) to.steps = static_cast<int>(x.size());
  x.resize(static_cast<std::size_t>(to.steps)), y.resize(static_cast<std::size_t>(to.steps));
  to.x.insert(to.x.end(), x.begin(), x.end());
  to.y.insert(to.y.end(), y.begin(), y.end());
}

/// What one of the two experiments is.
struct Experiment {
  const char* name;
  bool delayed;  // I(n) is 0 or 1, not always 0
  int units;
  const char* activation;  // of the candidate and of the output
  double rate, clip;
  int batch, longest, steps, epochs;  // longest: spikes of a training sequence; steps: of an epoch
  bool growing;  // sequences are short at first: a spike more for each `1 / longest` of the run
};
constexpr Experiment kOneCell = {"one", false, 1, "tanh", 0.02, 0.3, 4, 3, 60000, 5, true};
constexpr Experiment kThreeCells = {"three", true, 3, "linear", 0.003, 0.1, 16, 5, 15000, 1, false};

ModelSpec network(const Experiment& about, bool peepholes) {
  Recurrent cell{.cell = peepholes ? "peephole-lstm" : "lstm",
                 .units = about.units,
                 .returns = Returns::sequence,
                 .activation = about.activation,
                 .output_activation = about.activation,
                 .forget_bias = -2.0f,
                 .w_init = "uniform(0.1)",
                 .u_init = "uniform(0.1)",
                 .b_init = "uniform(0.1)"};
  if (peepholes) cell.p_init = "uniform(0.1)";
  return {{cell, Dense{.units = 1, .w_init = "uniform(0.1)"}}};
}

/// Sequences in the order in which training sees them.
Streams material(const Experiment& about, std::uint64_t seed) {
  const int count = about.batch * about.steps;
  const std::vector<int> all = delays(count, seed);
  const std::vector<float> draws = example::noise(static_cast<std::size_t>(count), seed);
  Streams streams;
  streams.steps = about.longest * (kInterval + (about.delayed ? 1 : 0));
  for (int i = 0; i < count; ++i) {
    const int most =
        about.growing ? 1 + static_cast<int>(std::int64_t{i} * about.longest / count) : about.longest;
    const int spikes =
        1 + static_cast<int>((draws[static_cast<std::size_t>(i)] + 1) / 2 * static_cast<float>(most));
    std::vector<int> intervals(static_cast<std::size_t>(std::min(spikes, most)), 0);
    if (about.delayed)
      for (std::size_t k = 0; k < intervals.size(); ++k)
        intervals[k] = all[(static_cast<std::size_t>(i) * 7 + k) % all.size()];
    append(streams, intervals);
  }
  return streams;
}

/// How many spikes of a fresh stream come before the first step whose output is wrong.
int spikes_in_a_row(const Model& model, const Experiment& about, std::uint64_t seed) {
  std::vector<int> intervals = delays(kSpikes, seed);
  if (!about.delayed) std::fill(intervals.begin(), intervals.end(), 0);
  Streams stream;
  append(stream, intervals);
  const Output y = model.predict({stream.x.data(), 1, stream.steps, 1}, {.threads = 1});
  int right = 0;
  for (std::size_t t = 0; t < stream.y.size(); ++t) {
    const double says = 1 / (1 + std::exp(-static_cast<double>(y.values[t])));
    if (!(std::abs(says - stream.y[t]) < kError)) break;
    right += stream.y[t] == 1.0f;
  }
  return right;
}

struct Run {
  int solved_at = -1, best = 0;  // steps of training; spikes in a row
  Model model;
};

Run learn(const Experiment& about, bool peepholes, std::uint64_t seed) {
  const Streams data = material(about, seed);
  const Prepared prepared = arrays({.x = data.x,
                                    .rows = std::ssize(data.lengths),
                                    .steps = data.steps,
                                    .features = 1,
                                    .values = data.y,
                                    .every_step = true,
                                    .lengths = data.lengths,
                                    .split = {.test = 0.0, .validation = 0.0}});
  Trainer trainer(network(about, peepholes), prepared,
                  {.loss = Loss::binary_cross_entropy,
                   .optimizer = {.kind = OptimizerKind::adam, .rate = about.rate},
                   .batch = about.batch,
                   .epochs = about.epochs,
                   .seed = seed,
                   .shuffle = false,
                   .clip_norm = about.clip,
                   .keep = Keep::last,
                   .threads = 1});
  Run run{.model = trainer.current()};
  for (int step = 1; trainer.step() && run.solved_at < 0; ++step) {
    if (step % 500 != 0) continue;
    run.model = trainer.current();
    const int right = spikes_in_a_row(run.model, about, 1'000'000 * seed + static_cast<std::uint64_t>(step));
    run.best = std::max(run.best, right);
    if (right == kSpikes) run.solved_at = step;
  }
  return run;
}

/// Gates, candidate, states and output of a one-cell network as the rows of one picture, c as a share of its
/// largest size.
report::HeatMap jobs(const Model& model, const std::vector<int>& intervals) {
  Streams stream;
  append(stream, intervals);
  const Sequences x{stream.x.data(), 1, stream.steps, 1};
  const LayerActivations layer = activations(model, x)[0];
  report::HeatMap map{.title = "A solved network of one cell with peepholes",
                      .x_label = "step (dashed: a spike is due)",
                      .columns = static_cast<std::size_t>(stream.steps),
                      .low = 0,
                      .high = 1};
  const auto row = [&](const std::string& name, std::vector<float> values) {
    map.row_names.push_back(name);
    map.values.insert(map.values.end(), values.begin(), values.end());
    ++map.rows;
  };
  for (const char* name : {"i", "g", "f", "c", "o", "h"}) {
    std::vector<float> values = layer.find(name)->values;
    float most = 1;
    if (*name == 'c')
      for (const float v : values) most = std::max(most, std::abs(v));
    for (float& v : values) v /= most;
    char text[32];
    std::snprintf(text, sizeof text, most > 1 ? "%s / %.1f" : "%s", name, static_cast<double>(most));
    row(text, std::move(values));
  }
  std::vector<float> output = model.predict(x).values;
  for (float& v : output) v = 1 / (1 + std::exp(-v));
  row("output", std::move(output));
  map.diverging = std::any_of(map.values.begin(), map.values.end(), [](float v) { return v < 0; });
  if (map.diverging) map.low = -1;
  for (std::size_t t = 0; t < stream.y.size(); ++t)
    if (stream.y[t] == 1.0f) map.markers.push_back({static_cast<double>(t) + 0.5, ""});
  return map;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Arguments arguments(argc, argv, {"FOLDER"});
  const std::string& folder = arguments.words[0];
  example::Result result;
  std::printf("%-44s %-10s %5s  %s\n", "network and task", "peepholes", "seed", "solved after");
  for (const Experiment& full : {kOneCell, kThreeCells}) {
    if (arguments.short_run && full.units == 1) continue;
    Experiment about = full;
    if (arguments.short_run) about.steps = 4000;
    int solved[2] = {0, 0};
    for (std::uint64_t seed = arguments.seed; seed < arguments.seed + (arguments.short_run ? 1 : 5); ++seed) {
      std::future<Run> plain = std::async(std::launch::async, learn, about, false, seed);
      const Run with = learn(about, true, seed), without = plain.get();
      for (const bool peepholes : {false, true}) {
        const Run& run = peepholes ? with : without;
        char text[64];
        std::snprintf(text, sizeof text,
                      run.solved_at > 0 ? "%d steps" : "not in %d steps: %d spikes in a row at best",
                      run.solved_at > 0 ? run.solved_at : about.steps * about.epochs, run.best);
        char what[64];
        std::snprintf(what, sizeof what, "%s, a spike every %s steps", about.units > 1 ? "3 cells" : "1 cell",
                      about.delayed ? "10 or 11" : "10");
        std::printf("%-44s %-10s %5llu  %s\n", what, peepholes ? "yes" : "no",
                    static_cast<unsigned long long>(seed), text);
        std::fflush(stdout);
        solved[peepholes] += run.solved_at > 0;
      }
      if (with.solved_at > 0 && solved[1] == 1) {  // the first one that solved it
        save_model(with.model, folder + "/" + about.name + ".safetensors");
        if (about.units == 1)
          std::ofstream(folder + "/one-cell.svg") << report::svg_file(jobs(with.model, {0, 0, 0, 0, 0, 0}));
      }
    }
    const std::string name = about.name;
    result.add("solved_" + name + "_peepholes", solved[1]);
    result.add("solved_" + name + "_plain", solved[0]);
    if (about.units == 1)
      result.check(solved[1] > solved[0], "one cell solves it more often with peepholes than without");
    else
      result.check(solved[1] > 0, "three cells with peepholes solve it");
  }
  return result.finish();
}
