// Reads gates and states out of what the layers keep for backward.
#include "carousel/activations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "carousel/error.h"
#include "kernels/shape.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

/// Units of one row's steps, [T, H].
template <class F>
std::vector<float> gathered(int steps, int units, F&& row_at) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(steps) * static_cast<std::size_t>(units));
  for (int t = 0; t < steps; ++t) {
    const float* row = row_at(t);
    values.insert(values.end(), row, row + units);
  }
  return values;
}

/// One unit of a trace, step by step.
std::vector<double> unit_of(const std::vector<float>& values, int steps, int units, int unit) {
  std::vector<double> series;
  for (int t = 0; t < steps; ++t)
    series.push_back(values[static_cast<std::size_t>(t) * static_cast<std::size_t>(units) +
                            static_cast<std::size_t>(unit)]);
  return series;
}

double mean_of(const std::vector<double>& series) {
  return std::accumulate(series.begin(), series.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(series.size(), 1));
}

/// 1 + Σ ρ(l), as activations.h defines it.
double correlation_time(std::vector<double> h) {
  const double mean = mean_of(h);
  for (double& v : h) v -= mean;
  const double squares = std::inner_product(h.begin(), h.end(), h.begin(), 0.0);
  if (!(squares > 0)) return 0;
  double sum = 1;
  for (std::size_t lag = 1; lag < h.size(); ++lag) {
    const double product =
        std::inner_product(h.begin() + static_cast<std::ptrdiff_t>(lag), h.end(), h.begin(), 0.0);
    if (!(product > 0)) break;
    sum += product / squares;
  }
  return sum;
}

void measure_memory(const cells::CellInfo& cell, LayerActivations& layer) {
  const bool gated = cell.keeping_gate >= 0;
  const Trace& trace =
      gated ? layer.traces[static_cast<std::size_t>(cell.keeping_gate)] : layer.traces.back();
  for (int unit = 0; unit < layer.units; ++unit) {
    const std::vector<double> series = unit_of(trace.values, layer.steps, layer.units, unit);
    if (!gated) {
      layer.memory.push_back(correlation_time(series));
      continue;
    }
    const double mean = mean_of(series), forgotten = cell.keeps_rest ? mean : 1 - mean;
    layer.memory.push_back(forgotten > 0 ? 1 / forgotten : std::numeric_limits<double>::infinity());
  }
  layer.memory_formula = !gated            ? "1 + sum of the autocorrelations of h"
                         : cell.keeps_rest ? fmt::format("1 / mean {}", trace.name)
                                           : fmt::format("1 / (1 - mean {})", trace.name);
}

LayerActivations read(const layers::Ran<float>& ran, int number, int steps) {
  const cells::CellInfo& cell = *ran.cell;
  LayerActivations layer{.layer = number,
                         .direction = ran.reverse ? Direction::backward : Direction::forward,
                         .cell = std::string(cell.name),
                         .units = ran.units,
                         .steps = steps};
  const kernels::FileOrder order = kernels::file_order_of(cell.kind);
  const auto is_state = [&](std::string_view name) {
    return std::find(cell.states.begin(), cell.states.end(), name) != cell.states.end();
  };
  for (int block = 0; block < cell.gate_blocks_x(); ++block) {
    const std::string_view name = cell.gates_x[static_cast<std::size_t>(block)];
    if (is_state(name)) continue;  // Elman's h
    layer.traces.push_back(
        {std::string(name), block == cell.candidate ? Trace::Kind::candidate : Trace::Kind::gate,
         gathered(steps, ran.units, [&](int t) { return ran.tape->kept_sum(order.sum_x[block], t, 0); })});
  }
  for (int state = static_cast<int>(cell.states.size()); state-- > 0;)
    layer.traces.push_back(
        {std::string(cell.states[static_cast<std::size_t>(state)]), Trace::Kind::state,
         gathered(steps, ran.units, [&](int t) { return ran.tape->kept_state(state, t, 0); })});
  measure_memory(cell, layer);
  return layer;
}

}  // namespace

const Trace* LayerActivations::find(const std::string& name) const {
  const auto found =
      std::find_if(traces.begin(), traces.end(), [&](const Trace& trace) { return trace.name == name; });
  return found == traces.end() ? nullptr : &*found;
}

std::vector<int> LayerActivations::by_memory() const {
  std::vector<int> order(static_cast<std::size_t>(units));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return memory[static_cast<std::size_t>(a)] > memory[static_cast<std::size_t>(b)];
  });
  return order;
}

std::vector<LayerActivations> activations(const Model& model, const Sequences& x,
                                          const ActivationsOptions& options) {
  model::check_input("activations", model, x, options.initial);
  if (options.row < 0 || options.row >= x.rows)
    throw Error(Code::usage_bad_value, {.where = "activations",
                                        .what = fmt::format("there is no row {}", options.row),
                                        .expected = fmt::format("0 to {}", x.rows - 1)});
  const model::Network<float>& network = model.impl().network;
  const int steps = x.lengths.empty() ? x.steps : x.lengths[static_cast<std::size_t>(options.row)];
  if (steps == 0)
    throw Error(Code::usage_bad_value,
                {.where = "activations", .what = fmt::format("row {} has no steps", options.row)});
  SeqView<const float> view = x.layout == Layout::batch_major
                                  ? batch_major(x.data, x.rows, x.steps, x.features)
                                  : time_major(x.data, x.steps, x.rows, x.features);
  view.data = view.at(0, options.row);
  view.rows = 1, view.steps = steps;

  const ChosenTeam team(options.threads);
  model::Workspace<float> workspace = network.make_workspace();
  model::StateBlocks<float> states(network.states(), 1);
  if (options.initial) states.load(*options.initial, options.row);
  const layers::Pass pass{.training = true, .dropout = false, .team = &*team};
  network.forward(pass, view, options.initial ? states.in() : std::span<const float* const>{}, workspace);

  std::vector<LayerActivations> all;
  for (std::size_t i = 0; i < network.layer_count(); ++i)
    for (const layers::Ran<float>& ran : network.layer(i).ran(*workspace.tapes[i]))
      all.push_back(read(ran, static_cast<int>(i), steps));
  return all;
}

}  // namespace carousel
