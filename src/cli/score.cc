// Runs models over datasets.
#include "cli/score.h"

#include <algorithm>

#include "data/each_batch.h"

namespace carousel::cli {
namespace {

/// The probability p of class 1 as the two probabilities 1 - p and p.
void tell_both(Output& output) {
  std::vector<float> both;
  both.reserve(2 * output.values.size());
  for (const float p : output.values) both.insert(both.end(), {1 - p, p});
  output.values = std::move(both);
  output.features = 2;
}

}  // namespace

Outputs run_model(const Model& model, const Preparation& preparation, const Dataset& part,
                  const RunOptions& options) {
  Outputs all;
  all.rows = static_cast<int>(part.count());
  const Link link = link_of(model);
  const bool one_for_two = link == Link::sigmoid && preparation.classes == 2 && model.outputs() == 1;
  all.width = one_for_two ? 2 : model.outputs();
  const bool every_step = options.every_step || model.returns_sequence();
  all.steps = every_step ? part.max_steps() : 1;
  const auto row_size = static_cast<std::size_t>(all.steps) * static_cast<std::size_t>(all.width);
  all.values.assign(static_cast<std::size_t>(all.rows) * row_size, 0.0f);
  const std::size_t state_size = model.state_size();
  if (options.final) *options.final = model.zero_state(all.rows);
  std::int64_t from = 0;
  data::each_batch(part, [&](const Batch& batch) {
    State initial, final;
    if (options.initial) {
      const auto first = options.initial->values.begin() +
                         static_cast<std::ptrdiff_t>(static_cast<std::size_t>(from) * state_size);
      initial = {
          batch.rows,
          {first, first + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(batch.rows) * state_size)}};
    }
    Output output = model.predict({.data = batch.x.data(),
                                   .rows = batch.rows,
                                   .steps = batch.steps,
                                   .features = batch.features,
                                   .lengths = batch.lengths},
                                  {.initial = options.initial ? &initial : nullptr,
                                   .final = options.final ? &final : nullptr,
                                   .every_step = options.every_step,
                                   .threads = options.threads});
    if (options.final)
      std::copy(final.values.begin(), final.values.end(),
                options.final->values.begin() +
                    static_cast<std::ptrdiff_t>(static_cast<std::size_t>(from) * state_size));
    apply_link(link, output.values, output.features);
    if (one_for_two) tell_both(output);
    if (preparation.classes == 0) restore(preparation, batch.references, output.values);
    const bool masked = !batch.mask.empty() && batch.target_steps == output.steps;
    if (masked && all.mask.empty())
      all.mask.assign(static_cast<std::size_t>(all.rows) * static_cast<std::size_t>(all.steps), 1.0f);
    for (int row = 0; row < batch.rows; ++row) {
      const auto index = static_cast<std::size_t>(from + row), local = static_cast<std::size_t>(row);
      const int length = batch.lengths.empty() ? batch.steps : batch.lengths[local];
      const int steps = every_step ? length : 1;
      const auto size = static_cast<std::size_t>(steps * all.width);
      const auto first =
          output.values.begin() +
          static_cast<std::ptrdiff_t>(local * static_cast<std::size_t>(output.steps * all.width));
      std::copy(first, first + static_cast<std::ptrdiff_t>(size),
                all.values.begin() + static_cast<std::ptrdiff_t>(index * row_size));
      all.lengths.push_back(steps);
      all.ids.push_back(batch.ids[local]);
      for (int step = 0; masked && step < steps; ++step)
        all.mask[index * static_cast<std::size_t>(all.steps) + static_cast<std::size_t>(step)] =
            batch.mask[local * static_cast<std::size_t>(output.steps) + static_cast<std::size_t>(step)];
    }
    from += batch.rows;
  });
  return all;
}

Predicted lines_of(const Outputs& outputs) {
  Predicted all;
  all.width = outputs.width;
  const auto width = static_cast<std::size_t>(outputs.width);
  for (std::size_t row = 0; row < outputs.ids.size(); ++row) {
    for (int step = 0; step < outputs.lengths[row]; ++step) {
      const std::size_t place =
          row * static_cast<std::size_t>(outputs.steps) + static_cast<std::size_t>(step);
      if (!outputs.mask.empty() && outputs.mask[place] == 0) continue;
      const auto first = outputs.values.begin() + static_cast<std::ptrdiff_t>(place * width);
      all.values.insert(all.values.end(), first, first + outputs.width);
      for (auto [from, to] : {std::pair{&outputs.low, &all.low}, std::pair{&outputs.high, &all.high}})
        if (!from->empty())
          to->insert(to->end(), from->begin() + static_cast<std::ptrdiff_t>(place * width),
                     from->begin() + static_cast<std::ptrdiff_t>((place + 1) * width));
      all.ids.push_back(outputs.ids[row]);
      all.steps.push_back(step);
    }
  }
  return all;
}

}  // namespace carousel::cli
