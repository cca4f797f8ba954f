// Predictions as CSV: a line for each forecast row, sequence or step.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "carousel/forecast.h"
#include "cli/score.h"

namespace carousel::cli {

/// What was true, where it is known; of a table the table itself says it.
struct TruthOf {
  const std::vector<double>* values = nullptr;         ///< as many as `Predicted::values`
  const std::vector<std::int32_t>* classes = nullptr;  ///< one a line, negative = unknown
};

/// Hands the text to `write` in pieces. Of a table's windows a line for each forecast row: time, step of the
/// horizon, and of each target the truth (empty where it is not known) and the prediction. Otherwise a line
/// for each sequence or step: of classes the most probable one and all probabilities.
void write_csv(const std::function<void(std::string_view)>& write, const Predicted& predicted,
               const Preparation& preparation, const Table* table,
               const std::vector<std::string>& class_names, const TruthOf& truth);

/// The same lines as objects: {"time", "step", "values", "known"} of windows, {"sequence", "step", "values"}
/// of arrays, {"sequence", "step", "class", "probabilities"} of classes.
void tell_json(const std::function<void(const Json&)>& tell, const Predicted& predicted,
               const Preparation& preparation, const Table* table,
               const std::vector<std::string>& class_names);

/// The name of class `c`, or its number where it has none.
std::string class_name(const std::vector<std::string>& names, std::size_t c);

/// A field of a CSV, quoted where it must be.
std::string csv_field(const std::string& text);
/// The shortest decimal that reads back as this float; "" for NaN.
std::string number_text(double value);

/// "month,co2,co2_low,co2_high\n2002-01,371.8,371.5,372.1\n...": a forecast, a line for each step; without
/// low and high where one network forecasts.
std::string csv_of(const Forecast& ahead, const std::string& time_name);

/// What windows over a table of so many rows say of target `index` of `targets`, as one line to draw: one
/// window after another, and what they leave at a gap or the end from the window before it; NaN where none
/// says anything.
/// `values`: those of `predicted`, or its low or high.
std::vector<double> one_path(const Predicted& predicted, const std::vector<float>& values,
                             std::size_t targets, std::size_t index, std::int64_t rows);

}  // namespace carousel::cli
