// Whether a network's output fits the targets that it is to learn or to be scored on.
#pragma once

#include "carousel/train.h"
#include "layers/layer.h"

namespace carousel::training {

/// `longest`: steps of the longest sequence. Throws usage_shape with what to change.
void check_fit(layers::Flow output, const TargetShape& target, int longest, const TrainOptions& resolved);

}  // namespace carousel::training
