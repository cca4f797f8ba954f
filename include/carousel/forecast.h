// Forecasts: what a trained model says of the rows after the last one of a table.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/forecaster.h"
#include "carousel/model.h"

namespace carousel {

constexpr int kMostForecastSteps = 1000000;  ///< of ForecastOptions::steps

struct ForecastOptions {
  std::optional<int> steps;  ///< rows to forecast, 1 ... kMostForecastSteps; none = the model's horizon
  int threads = 0;           ///< 0 = all cores; the numbers do not depend on it
};

/// The rows that follow a table's last one.
struct Forecast {
  std::vector<std::string> labels;   ///< [steps]: the time column continued, or row numbers
  std::vector<std::string> targets;  ///< names of the columns that are forecast
  std::vector<float> values;         ///< [steps, targets], in the table's own unit
  std::vector<float> low, high;  ///< the lowest and the highest of the members; empty for one network alone.
                                 ///< Beyond the horizon too narrow: all members go on from the mean
  int blocks = 1;  ///< how often the model ran; forecasts were fed back into all runs but the first
};

/// What `forecaster` says of the rows after the last one of `table`, which holds its columns by name.
/// Steps beyond its horizon are forecast from forecasts, block by block (recursively). Where the
/// model was trained with a gap, the first step is gap + 1 rows after the last one.
///
/// Throws model_mismatch for a model of no table, and where forecasts cannot be fed back (a gap, or columns
/// that are seen but not forecast); data_unknown_column and data_too_short for a table that does not fit;
/// data_missing_value where the newest rows are not complete; usage_bad_value for `steps` out of range;
/// check_not_finite, naming the step, when the forecast is not finite.
Forecast forecast(const Forecaster& forecaster, const Table& table, const ForecastOptions& options = {});
/// The same of one network.
Forecast forecast(const Model& model, const Table& table, const ForecastOptions& options = {});

}  // namespace carousel
