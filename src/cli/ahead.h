// Ahead: what a model says of the rows after the last one, and the CSV files of a run.
#pragma once

#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/model.h"
#include "cli/score.h"

namespace carousel::cli {

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

/// Outputs as a CSV: of a table's windows a line for each forecast row (time, step of the horizon, truth
/// where it is known, prediction); otherwise a line for each sequence or step. `truth` is null, or holds as
/// many numbers as `predicted.values`; of classes `classes` are the true ones.
struct TruthOf {
  const std::vector<double>* values = nullptr;
  const std::vector<std::int32_t>* classes = nullptr;
};
std::string csv_of(const Predicted& predicted, const Preparation& preparation, const Table* table,
                   const std::vector<std::string>& class_names, const TruthOf& truth);

/// A field of a CSV, quoted where it must be.
std::string csv_field(const std::string& text);

}  // namespace carousel::cli
