// The wavefront: rounds in which layer i takes its chunk of steps r - i, and all threads meet after each
// round.
#include "layers/wavefront.h"

#include <algorithm>
#include <array>

namespace carousel::layers {
namespace {

// steps_of(stage, chunk) for every stage and chunk, each stage a round behind the one before it.
template <class F>
void run_rounds(int stages, int chunks, Team& team, F&& steps_of) {
  team.run(stages, [&](const Team::Worker& worker) {
    for (int round = 0; round < chunks + stages - 1; ++round) {
      for (int stage = worker.index; stage < stages; stage += worker.count)
        if (const int chunk = round - stage; 0 <= chunk && chunk < chunks) steps_of(stage, chunk);
      worker.barrier();
    }
  });
}

}  // namespace

template <class T>
int wavefront_length(const Pass& pass, SeqView<const T> x,
                     std::span<const std::unique_ptr<Layer<T>>> layers) {
  const int threads = pass.team->threads();
  if (threads == 1 || pass.recompute || pass.carry || x.steps < 2 || pass.team->crowded()) return 0;
  std::array<kernels::SweepSize, kMostStages> sizes;
  const std::int64_t frames = kernels::frames_of(pass.lengths, x.steps, x.rows);
  double one_by_one = 0;
  std::size_t count = 0;
  for (; count < std::min(layers.size(), sizes.size()); ++count) {
    const RecurrentLayer<T>* layer = layers[count]->in_time();
    if (!layer || (count > 0 && layer->masks_x(pass))) break;
    sizes[count] = layer->packed().size(x.steps, frames);
    const kernels::Plan plan = kernels::plan_sweep(sizes[count], threads);
    one_by_one += kernels::sweep_cost(sizes[count], plan.threads, plan.split);
    const Flow out = layer->output({.features = layer->packed().config().inputs});
    if (!out.sequence && !pass.every_step) {
      ++count;
      break;
    }
  }
  if (count < 2) return 0;
  const int chunk = kernels::wavefront_chunk(x.steps, x.rows);
  const double cost = kernels::wavefront_cost(std::span(sizes).first(count), chunk, threads);
  return cost < one_by_one ? static_cast<int>(count) : 0;
}

template <class T>
SeqView<const T> wavefront_forward(const Pass& pass, SeqView<const T> x, std::span<const Stage<T>> stages,
                                   std::span<SeqView<const T>> inputs) {
  const int chunk = kernels::wavefront_chunk(x.steps, x.rows);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    inputs[i] = x;
    stages[i].layer->begin_forward(pass, x, stages[i].initial, *stages[i].tape, chunk);
    x = stages[i].layer->sweep(*stages[i].tape).output();
  }
  const int steps = stages[0].layer->sweep(*stages[0].tape).walked_steps();
  run_rounds(static_cast<int>(stages.size()), (steps + chunk - 1) / chunk, *pass.team, [&](int i, int c) {
    const Stage<T>& stage = stages[static_cast<std::size_t>(i)];
    stage.layer->sweep(*stage.tape).forward_steps(c * chunk, std::min(steps, (c + 1) * chunk));
  });
  for (const Stage<T>& stage : stages) x = stage.layer->end_forward(pass, *stage.tape);
  return x;
}

template <class T>
SeqView<const T> wavefront_backward(const Pass& pass, std::span<Stage<T>> stages) {
  const int count = static_cast<int>(stages.size());
  SeqView<const T> dx = stages.back().backward.dy;
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) {
    stage->backward.dy = dx;
    dx = stage->layer->begin_backward(pass, stage->backward, *stage->tape, pass.team->threads());
  }
  const SeqView<const T> x = stages[0].backward.x;
  const int steps = stages[0].layer->sweep(*stages[0].tape).walked_steps(),
            chunk = kernels::wavefront_chunk(x.steps, x.rows), chunks = (steps + chunk - 1) / chunk;
  // The last layer leads, from the last chunk to the first.
  run_rounds(count, chunks, *pass.team, [&](int i, int c) {
    const Stage<T>& stage = stages[static_cast<std::size_t>(count - 1 - i)];
    const int first = (chunks - 1 - c) * chunk;
    stage.layer->sweep(*stage.tape).backward_steps(first, std::min(steps, first + chunk));
  });
  pass.team->run(pass.team->threads(), [&](const Team::Worker& worker) {
    for (const Stage<T>& stage : stages) stage.layer->sweep(*stage.tape).add_gradients(worker);
  });
  for (const Stage<T>& stage : stages) stage.layer->end_backward(pass, stage.backward, *stage.tape);
  return dx;
}

template int wavefront_length(const Pass&, SeqView<const float>,
                              std::span<const std::unique_ptr<Layer<float>>>);
template int wavefront_length(const Pass&, SeqView<const double>,
                              std::span<const std::unique_ptr<Layer<double>>>);
template SeqView<const float> wavefront_forward(const Pass&, SeqView<const float>,
                                                std::span<const Stage<float>>,
                                                std::span<SeqView<const float>>);
template SeqView<const double> wavefront_forward(const Pass&, SeqView<const double>,
                                                 std::span<const Stage<double>>,
                                                 std::span<SeqView<const double>>);
template SeqView<const float> wavefront_backward(const Pass&, std::span<Stage<float>>);
template SeqView<const double> wavefront_backward(const Pass&, std::span<Stage<double>>);

}  // namespace carousel::layers
