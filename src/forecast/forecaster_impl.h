// What a forecaster is made of.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "carousel/forecaster.h"
#include "forecast/link.h"
#include "forecast/series.h"

namespace carousel {

struct Forecaster::Impl {
  Preparation preparation;
  std::vector<Model> members;
  std::optional<forecasting::LinearAutoregression> start;
  double share = 1.0;
  forecasting::Link link = forecasting::Link::identity;
};

namespace forecasting {

/// The start's forecasts of a batch of windows, prepared as the batch's values are: [rows, horizon, targets].
std::vector<float> prepared_start(const LinearAutoregression& start, const Series& series,
                                  const Preparation& preparation, const Batch& batch);

/// What a network puts out after the last step of each window, [rows, outputs], if it puts out the others or
/// not.
std::vector<float> last_outputs(const Model& model, const Batch& batch, int threads);

/// The preparation that a model's notes hold. Throws model_mismatch where it is not one of a table's values,
/// or the model's outputs are not those values.
Preparation table_preparation(const Model& model);

struct Loaded {
  Model model;                           ///< of a forecaster the first member
  std::optional<Forecaster> forecaster;  ///< where the file holds one
};

/// A network of any kind, or a forecaster. Throws model_*.
Loaded load(const std::string& path);

}  // namespace forecasting
}  // namespace carousel
