// The link: what stands behind a model's last layer when its output is reported.
#pragma once

#include <span>

#include "carousel/model.h"
#include "carousel/train.h"

namespace carousel::forecasting {

/// The options that a model was trained with, but for those that a resumed run may change. Throws
/// model_bad_format when it does not say its loss.
TrainOptions trained_with(const Model& model);

enum class Link { identity, softmax, sigmoid };

/// The link of the loss that a model was trained with; throws as trained_with does.
Link link_of(const Model& model);
/// Applies it to `values` [n, width] in place.
void apply_link(Link link, std::span<float> values, int width);

}  // namespace carousel::forecasting
