// Baselines of prepared data: what a network's score is shown beside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "forecast/metrics.h"
#include "forecast/series.h"

namespace carousel::forecasting {

inline constexpr const char* kLinearAutoregression = "linear autoregression";

/// A forecast that costs nothing, and how good it is on some part of the data.
struct Baseline {
  std::string
      name;  ///< "naive", "seasonal naive (12)", "linear autoregression", "mean", "majority", "linear"
  std::vector<double> values;         ///< predicted, as `true_values` orders them; empty for classes
  std::vector<std::int32_t> classes;  ///< predicted, as `true_classes` orders them; empty for values
  std::optional<Errors> errors;       ///< in the data's own unit; not for classes
  std::optional<double> accuracy;     ///< for classes
};

/// The table of `data` as the baselines see it; the table must outlive it. Throws usage_shape for arrays and
/// images.
Series series_of(const Prepared& data);
Series series_of(const Table& table, const Preparation& preparation);
/// The first target row of every sequence of a dataset.
std::vector<std::int64_t> origins_of(const Dataset& part);

/// The targets of `part` in the data's own unit: of tables [N, horizon, targets], of arrays [N, K] or the
/// counting steps of all sequences one after the other, [steps, K]; a masked step is left out.
std::vector<double> true_values(const Prepared& data, const Dataset& part);
/// The classes of `part`: [N], or the counting steps of all sequences one after the other.
std::vector<std::int32_t> true_classes(const Dataset& part);

/// Every baseline that fits the data, fitted on data.train, predicting `part`; none when either is empty.
/// Tables: naive, seasonal naive (where there is a season), linear autoregression. Other values: the training
/// mean, and a ridge regression on the whole sequence (on the step itself, where every step has a target).
/// Classes: the majority, and a ridge regression on one-hot classes. Of sequences with more than 1,024
/// numbers the regression sees every n-th step.
std::vector<Baseline> baselines(const Prepared& data, const Dataset& part);

}  // namespace carousel::forecasting
