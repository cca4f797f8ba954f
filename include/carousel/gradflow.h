// Gradient flow: how large the gradient of the last step's loss is by the states of the steps before it.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/model.h"
#include "carousel/train.h"

namespace carousel {

struct GradflowOptions {
  /// Looked at, spread evenly over the dataset; 0 = all. Their norms stay in memory until the end: 8 bytes
  /// for each state, sequence and lag.
  int sequences = 64;
  int lags = 0;  ///< the largest lag that is reported; 0 = as far back as the sequences reach
  /// Each sequence's norms divided by its ‖∂L/∂h‖ at lag 0, of the same layer: all 0 where that is 0, all
  /// infinite where that is.
  bool relative = false;
  int threads = 0;  ///< 0 = all cores; the numbers do not depend on it
};

/// The norms at one lag, over the sequences that reach so far back.
struct FlowPoint {
  int lag = 0;
  int sequences = 0;  ///< that reach it
  int zero = 0;       ///< of these, norms that are exactly 0: no path, a dead unit, or below double's range
  int beyond = 0;     ///< of these, norms that are not finite: above double's range
  /// Geometric mean of the others; NaN without any.
  double mean = std::numeric_limits<double>::quiet_NaN();
  /// The smallest norms that at least 10 %, 50 % and 90 % of all sequences here do not exceed; infinite where
  /// that is one of `beyond`.
  double low = 0, median = 0, high = 0;
};

/// mean ≈ at_zero · rate^lag, by least squares of log(mean) over the lag.
struct FlowFit {
  int from = 0, to = 0;  ///< lags, both included
  double at_zero = 0;
  double rate = 0;    ///< factor of the norm from one step to the step before it
  double misfit = 1;  ///< exp of the root mean square residual: 1 = the curve is an exponential

  /// Steps in which the norm halves (rate < 1) or doubles (rate > 1); infinite at 1.
  double half_life() const;
};

/// The curve of one state of one layer (or direction).
struct Flow {
  std::string state;              ///< as Model::states() names it: "layers.0.h", "layers.1.backward.c"
  std::vector<FlowPoint> points;  ///< [lag]
  /// Over lags from 1 on, as far as every sequence's norm lies within 1e-290 ... 1e290 and at least half of
  /// the sequences reach; from == to where these are fewer than three lags, with a rate of NaN.
  FlowFit fit;
  /// The largest lag with a norm that is neither 0 nor beyond; -1 for none.
  int reaches = -1;
};

struct Gradflow {
  std::vector<Flow> flows;   ///< in the order of Model::states()
  int sequences = 0;         ///< looked at
  int without_gradient = 0;  ///< others, left out: the loss of their last step does not count or has no slope
};

/// The norm of ∂L/∂h_t (and ∂L/∂c_t) over the lag, where L is the loss of the last step alone, of each
/// sequence by itself, with the model as it is used: without dropout, from states of zero, in double.
///
/// ∂L/∂h_t is the total derivative by the output h of step t: through the layer's later steps and through the
/// layers above. ∂L/∂c_t is that by the cell line which step t hands to step t + 1 beside h_t: it does not go
/// through h_t, and is 0 at lag 0.
///
/// The lag counts steps from the last one: T - 1 - t in a sequence of T steps; sequences of different
/// lengths are aligned by it. Where a layer that reads from the end returns its last output, which is that of
/// t = 0, it counts from there: t.
///
/// `options`: the loss; loss_at is taken as `last`. Throws usage_shape where model, loss and data do not
/// fit together, usage_conflict where no layer is recurrent, check_not_finite where the network's output is
/// not finite, data_empty where no sequence is left.
Gradflow gradflow(const Model& model, const Dataset& data, const TrainOptions& options = {},
                  const GradflowOptions& flow = {});

}  // namespace carousel
