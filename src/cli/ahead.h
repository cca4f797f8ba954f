// Ahead: what a model says of the rows after the last one.
#pragma once

#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/model.h"

namespace carousel::cli {

constexpr int kMostSteps = 1000000;  ///< of forecast --steps

/// The rows after the last row of a table.
struct Ahead {
  std::vector<std::string> labels;   ///< [steps], the time column continued
  std::vector<std::string> targets;  ///< names
  std::vector<float> values;         ///< [steps, targets]
  int blocks = 1;  ///< how often the model ran; forecasts were fed back into all but the first
};

/// `steps` rows after the table; beyond the model's horizon the forecasts are fed back, block by block.
/// Throws model_mismatch where that cannot be (columns that are seen but not forecast, a gap, a model of no
/// table), data_missing_value where the newest rows are not complete.
Ahead forecast_ahead(const Model& model, const Preparation& preparation, const Table& table, int steps,
                     int threads);

/// "month,co2\n2002-01,371.8\n..."
std::string csv_of(const Ahead& ahead, const std::string& time_name);

}  // namespace carousel::cli
