// Whether a network's output fits the targets that it is to learn or to be scored on.
#pragma once

#include "carousel/train.h"
#include "layers/layer.h"

namespace carousel::training {

/// `longest`: steps of the longest sequence. Throws usage_shape with what to change.
void check_fit(layers::Flow output, const TargetShape& target, int longest, const TrainOptions& resolved);

/// Throws data_empty when there is no training part at all; returns `data`.
const Prepared& check_parts(const Prepared& data);

}  // namespace carousel::training
