// Optimizer: how the weights move against their gradient.
#pragma once

#include <optional>

namespace carousel {

enum class OptimizerKind { sgd, rmsprop, adam, adamw };

/// How the weights w move against their gradient g at step n = 1, 2, ...; what is not given takes the kind's
/// default, and a setting that the kind does not have is an error.
struct Optimizer {
  OptimizerKind kind = OptimizerKind::adam;  ///< sgd, rmsprop, adam or adamw: formulas in src/optim/
  std::optional<double> rate;          ///< learning rate, >= 0; default 0.01 for sgd, 0.001 for the others
  std::optional<double> momentum;      ///< sgd: share of the last move that is kept, in [0, 1); default 0
  std::optional<double> beta1;         ///< adam, adamw: decay of the mean of g, in [0, 1); default 0.9
  std::optional<double> beta2;         ///< adam, adamw: decay of the mean of g², in [0, 1); default 0.999
  std::optional<double> rho;           ///< rmsprop: decay of the mean of g², in [0, 1); default 0.9
  std::optional<double> epsilon;       ///< rmsprop, adam, adamw: added to the root, >= 0; default 1e-8
  std::optional<double> weight_decay;  ///< adamw: share of rate · w taken off each step, >= 0; default 0.01
};

}  // namespace carousel
