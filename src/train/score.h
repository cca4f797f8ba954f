// The loss of a network over a whole dataset, without learning.
#pragma once

#include "base/team.h"
#include "carousel/train.h"
#include "loss/criterion.h"
#include "model/network.h"

namespace carousel::training {

/// Sums over the batches of `data` in its order; all memory is the caller's and kept.
class Scorer {
 public:
  Scorer(const loss::Formula& formula, int rows_at_once) : criterion_(formula), rows_(rows_at_once) {}

  loss::Sum score(const model::Network<float>& network, const Dataset& data, Team& team,
                  model::Workspace<float>& workspace);
  /// Of one batch.
  loss::Sum score(const model::Network<float>& network, const Batch& batch, Team& team,
                  model::Workspace<float>& workspace);

 private:
  loss::Criterion<float> criterion_;
  int rows_;
  Batch batch_;
  std::vector<std::int64_t> indices_;
};

Score score_of(const loss::Sum& sum, Reduce samples);

}  // namespace carousel::training
