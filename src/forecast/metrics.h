// Metrics: how far predictions are from the truth, for values and for classes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace carousel::forecasting {

/// Errors of predicted values, in the values' own unit. Pairs of which one is NaN are left out.
struct Errors {
  double mse = 0, rmse = 0, mae = 0;
  std::int64_t count = 0;  ///< pairs that count; all else is NaN when there are none
};

/// Throws usage_shape when the lengths differ.
Errors errors(std::span<const double> predicted, std::span<const double> truth);

/// The errors of each column of [N, columns]: of every step of a horizon, every target, or every step of
/// every target. Throws usage_shape when the lengths differ, or do not make whole rows.
std::vector<Errors> errors_by_column(std::span<const double> predicted, std::span<const double> truth,
                                     std::size_t columns);

/// Sample autocorrelations r(1) ... r(lags) of a series:
///   r(k) = Σ (x(t) - m) (x(t + k) - m) / Σ (x(t) - m)²,  m the mean,
/// the usual estimate, whose sums are not divided by their numbers of terms. What is NaN is missing: it adds
/// to no sum. Of n numbers without any correlation about 95 % of the r(k) lie within ±1.96 / √n (Bartlett
/// 1946). NaN for a lag as long as the series, and for a series that is constant.
std::vector<double> autocorrelations(std::span<const double> values, int lags);

/// Share by which the error is smaller than the reference's: 1 - error / reference; NaN when the reference is
/// 0.
double skill(double error, double reference);

/// How often each true class was taken for each class. Pairs with a negative true class are left out.
class Confusion {
 public:
  /// Classes are 0 ... classes - 1; throws usage_shape when the lengths differ or a class is out of range.
  Confusion(int classes, std::span<const std::int32_t> predicted, std::span<const std::int32_t> truth);

  int classes() const { return classes_; }
  std::int64_t count() const { return count_; }
  std::int64_t at(int truth, int predicted) const { return counts_[truth * classes_ + predicted]; }
  /// Share of right answers; NaN without any.
  double accuracy() const;

 private:
  int classes_;
  std::int64_t count_ = 0;
  std::vector<std::int64_t> counts_;  // [truth, predicted]
};

/// The class with the largest of `classes` numbers, for each row of `logits` [N, classes]; the first of
/// equals.
std::vector<std::int32_t> largest(std::span<const float> logits, int classes);

}  // namespace carousel::forecasting
