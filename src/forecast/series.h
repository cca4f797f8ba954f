// Baselines of a time series, in its own units: the last value, the value a season ago, a ridge linear
// autoregression.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace carousel::forecasting {

/// Columns of numbers in the order of time, and what is forecast of them. An `origin` is the row of the first
/// value that is forecast; rows origin - gap - window ... origin - gap - 1 are known to the forecast.
struct Series {
  std::span<const float> values;  ///< [rows, columns], NaN where a number is missing
  int columns = 1;
  std::vector<int> features = {0};  ///< columns that the network sees
  std::vector<int> targets = {0};   ///< columns that are forecast
  std::vector<bool> log = {};       ///< by column: the autoregression works on logarithms; empty: nowhere
  int window = 1, horizon = 1, gap = 0;
  int season = 1;  ///< rows of a season, 1 = none

  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / columns; }
  double at(std::int64_t row, int column) const { return values[row * columns + column]; }
};

// All results are [origins, horizon, targets].

/// What really came; NaN beyond the last row.
std::vector<double> truth(const Series& series, std::span<const std::int64_t> origins);
/// The last known value, repeated.
std::vector<double> naive(const Series& series, std::span<const std::int64_t> origins);
/// The value one season ago (as many seasons as it takes to be known); the last known value where there is
/// none.
std::vector<double> seasonal_naive(const Series& series, std::span<const std::int64_t> origins);

/// One ridge regression from the window to all steps of the horizon. Of each column (its logarithm, where
/// asked) the window's last value is subtracted, the rest divided by the column's standard deviation over the
/// rows that training touches; no intercept, λ = 0.1. The targets' own past is always among the inputs. At
/// most 1,024 inputs: the newest steps of a longer window. Training windows are thinned evenly where there
/// are more than 2,000 an input, or so many that the fit would take seconds.
class LinearAutoregression {
 public:
  static constexpr double kLambda = 0.1;
  static constexpr int kMaxInputs = 1024;

  /// What was fitted. Its columns are the series' targets, then the features that are no targets.
  struct Fit {
    int steps = 0;               ///< of the window's end
    std::vector<float> scale;    ///< [columns]: 1 / standard deviation
    std::vector<float> weights;  ///< [steps, columns, horizon, targets]
  };

  /// Fits on the windows of `origins`; without any it repeats the last value.
  LinearAutoregression(const Series& series, std::span<const std::int64_t> origins);
  explicit LinearAutoregression(Fit fit) : fit_(std::move(fit)) {}

  const Fit& fit() const { return fit_; }
  /// `series` is the one of the fit, or another one with the same targets, features and sizes.
  std::vector<double> predict(const Series& series, std::span<const std::int64_t> origins) const;

 private:
  Fit fit_;
};

}  // namespace carousel::forecasting
