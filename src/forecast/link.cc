// Finds a model's link in its notes, and applies it.
#include "forecast/link.h"

#include <algorithm>
#include <cmath>

#include "base/fields_json.h"
#include "carousel/error.h"
#include "train/options_fields.h"

namespace carousel::forecasting {

TrainOptions trained_with(const Model& model) {
  const Json training = Json::parse(model.notes().training, nullptr, false);
  TrainOptions options;
  if (training.is_object() && training.contains("options"))
    from_json(training["options"], options, "options");
  if (!options.loss)
    throw Error(Code::model_bad_format, {.where = "training",
                                         .what = "the model does not say which loss it was trained with",
                                         .hint = "carousel train writes models that do"});
  return options;
}

Link link_of(const Model& model) {
  const Loss loss = *trained_with(model).loss;
  return loss == Loss::cross_entropy          ? Link::softmax
         : loss == Loss::binary_cross_entropy ? Link::sigmoid
                                              : Link::identity;
}

void apply_link(Link link, std::span<float> values, int width) {
  if (link == Link::sigmoid)
    for (float& value : values) value = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(value))));
  if (link != Link::softmax) return;
  for (std::size_t from = 0; from < values.size(); from += static_cast<std::size_t>(width)) {
    const auto row = values.subspan(from, static_cast<std::size_t>(width));
    const double top = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const float value : row) sum += std::exp(value - top);
    for (float& value : row) value = static_cast<float>(std::exp(value - top) / sum);
  }
}

}  // namespace carousel::forecasting
