// Recurrent layers as a network has them, over random numbers.
#include "train/bench_layers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "model/network.h"

namespace carousel::training {
namespace {

ModelSpec spec_of(cells::Kind cell, int units, const LayersForm& form) {
  const Recurrent one{.cell = std::string(cells::info(cell).name),
                      .units = units,
                      .dropout = form.dropout,
                      .recurrent_dropout = form.recurrent_dropout};
  ModelSpec spec;
  for (int i = 0; i < form.layers; ++i) {
    if (form.both_ways) {
      spec.layers.push_back(Bidirectional{.returns = Returns::sequence, .forward = one, .backward = one});
    } else {
      spec.layers.push_back(one);
      std::get<Recurrent>(spec.layers.back()).returns = Returns::sequence;
    }
  }
  return spec;
}

std::vector<float> noise(int steps, int rows, int features, std::uint32_t stream) {
  const Random random(1, Random::Use::synth, stream);
  std::vector<float> values(static_cast<std::size_t>(steps) * static_cast<std::size_t>(rows) *
                            static_cast<std::size_t>(features));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2 * random.uniform(i) - 1;
  return values;
}

}  // namespace

std::vector<std::int32_t> ragged_lengths(int steps, int rows, double share) {
  const double low = std::max(0.0, (2 * share - 1) * steps), high = std::min(2 * share, 1.0) * steps;
  int stride = std::max(1, static_cast<int>(0.618 * rows));
  while (std::gcd(stride, rows) != 1) ++stride;
  std::vector<std::int32_t> lengths;
  for (int b = 0; b < rows; ++b) {
    const double place = (static_cast<double>(std::int64_t{b} * stride % rows) + 0.5) / rows;
    lengths.push_back(std::clamp(static_cast<int>(std::lround(low + (high - low) * place)), 1, steps));
  }
  return lengths;
}

kernels::BenchResult bench_layers(cells::Kind cell, kernels::BenchWork work, const kernels::BenchShape& shape,
                                  const LayersForm& form, double seconds, Team& team) {
  const int T = shape.steps, B = shape.rows;
  model::Network<float> network(spec_of(cell, shape.units, form), shape.inputs);
  const model::Parameters<float> weights = network.initialise(1);
  model::Parameters<float> gradients = network.zeros();
  model::Workspace<float> workspace = network.make_workspace();
  const int outputs = network.output().features;
  const std::vector<float> x = noise(T, B, shape.inputs, 1), dy = noise(T, B, outputs, 2);
  const bool train = work == kernels::BenchWork::train;
  const layers::Pass pass{.training = train, .lengths = form.lengths, .team = &team};

  double frames = double{1} * T * B, flop = 0;
  if (!form.lengths.empty()) frames = std::accumulate(form.lengths.begin(), form.lengths.end(), 0.0);
  for (std::size_t i = 0; i < network.layer_count(); ++i) flop += frames * network.layer(i).flop_per_step();
  network.pack(weights, &team);
  return kernels::time_runs(
      [&] {
        if (train) network.pack(weights, &team);
        network.forward(pass, time_major<const float>(x.data(), T, B, shape.inputs), {}, workspace);
        if (train)
          network.backward(pass, {.dy = time_major<const float>(dy.data(), T, B, outputs), .want_dx = true},
                           workspace, gradients);
      },
      train ? 3 * flop : flop, seconds, team);
}

}  // namespace carousel::training
