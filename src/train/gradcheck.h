// Gradcheck: every gradient of a network against central differences of its loss, in double.
#pragma once

#include <string>
#include <vector>

#include "carousel/train.h"

namespace carousel::training {

struct GradcheckOptions {
  int inputs = 3;           ///< features of x
  int rows = 4, steps = 6;  ///< of the batch of random numbers
  bool ragged =
      true;           ///< rows of different lengths, one of them empty, where there are enough; else all full
  bool mask = false;  ///< a random mask over the steps, where the loss is at every step
  TargetShape target;        ///< what the targets are; all 0: values, as many as the network puts out
  int entries = 40;          ///< numbers checked of each tensor; smaller tensors are checked in full
  double difference = 1e-5;  ///< the weights move by so much to either side
  double tolerance = 1e-6;   ///< of the relative error
};

/// The check of one tensor: a weight ("layers.0.W"), an initial state ("initial layers.0.h"), or "x".
struct GradcheckRow {
  std::string tensor;
  std::size_t size = 0, checked = 0;
  double max_error =
      0;  ///< largest |backward - difference| / max(|backward|, |difference|, 1e-3 · largest of the tensor)
  std::size_t worst = 0;                ///< index of that number
  double backward = 0, difference = 0;  ///< its two derivatives
  bool passed = false;
};

/// Random weights, inputs, initial states and targets of `options.seed`; the quantity that is differentiated
/// is the loss of `options` with its L2 plus a random combination of the final states. Dropout keeps one mask
/// throughout. Throws usage_* when spec, loss and targets do not fit together.
std::vector<GradcheckRow> gradcheck(const ModelSpec& spec, const TrainOptions& options,
                                    const GradcheckOptions& check);

}  // namespace carousel::training
