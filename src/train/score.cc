// Scoring: a forward pass over every batch, and the public `evaluate`.
#include "train/score.h"

#include <algorithm>
#include <numeric>

#include "carousel/error.h"
#include "model/model_impl.h"
#include "train/batches.h"
#include "train/fit.h"

namespace carousel {
namespace training {

loss::Sum Scorer::score(const model::Network<float>& network, const Batch& batch, Team& team,
                        model::Workspace<float>& workspace) {
  const FlushDenormals flush;
  const layers::Pass pass{.lengths = batch.lengths, .team = &team};
  return criterion_(network.forward(pass, input_of(batch), {}, workspace), targets_of(batch), {}, team);
}

loss::Sum Scorer::score(const model::Network<float>& network, const Dataset& data, Team& team,
                        model::Workspace<float>& workspace) {
  loss::Sum sum;
  for (std::int64_t first = 0; first < data.count(); first += rows_) {
    indices_.resize(static_cast<std::size_t>(std::min<std::int64_t>(rows_, data.count() - first)));
    std::iota(indices_.begin(), indices_.end(), first);
    gather(data, indices_, batch_, team);
    sum += score(network, batch_, team, workspace);
  }
  return sum;
}

Score score_of(const loss::Sum& sum, Reduce samples) {
  return {sum.value(samples), sum.accuracy(), sum.rows};
}

}  // namespace training

Score evaluate(const Model& model, const Dataset& data, const TrainOptions& options) {
  const TrainOptions full = resolved(options, data.target());
  const model::Network<float>& network = model.impl().network;
  if (data.features() != network.inputs())
    throw Error(Code::usage_shape, {.where = "evaluate",
                                    .what = "the model was made for another number of features",
                                    .expected = std::to_string(network.inputs()),
                                    .got = std::to_string(data.features())});
  training::check_fit(network.output(), data.target(), data.max_steps(), full);
  const ChosenTeam team(full.threads);
  model::Workspace<float> workspace = network.make_workspace();
  training::Scorer scorer(training::formula_of(full), full.batch);
  return training::score_of(scorer.score(network, data, *team, workspace), full.reduce_samples);
}

}  // namespace carousel
