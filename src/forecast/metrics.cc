// The metrics.
#include "forecast/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "carousel/error.h"

namespace carousel::forecasting {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void check_equal(const char* where, std::size_t predicted, std::size_t truth) {
  if (predicted != truth)
    throw Error(Code::usage_shape, {.where = where,
                                    .what = "as many predictions as true values are needed",
                                    .expected = std::to_string(truth),
                                    .got = std::to_string(predicted)});
}

}  // namespace

Errors errors(std::span<const double> predicted, std::span<const double> truth) {
  check_equal("errors", predicted.size(), truth.size());
  double squares = 0, sizes = 0;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (std::isnan(predicted[i]) || std::isnan(truth[i])) continue;
    const double error = predicted[i] - truth[i];
    squares += error * error, sizes += std::abs(error), ++count;
  }
  if (!count) return {kNone, kNone, kNone, 0};
  const double n = static_cast<double>(count);
  return {squares / n, std::sqrt(squares / n), sizes / n, count};
}

std::vector<Errors> errors_by_column(std::span<const double> predicted, std::span<const double> truth,
                                     std::size_t columns) {
  check_equal("errors_by_column", predicted.size(), truth.size());
  if (columns == 0 || truth.size() % columns != 0)
    throw Error(Code::usage_shape, {.where = "errors_by_column",
                                    .what = "the numbers do not make whole rows",
                                    .expected = std::to_string(columns) + " a row",
                                    .got = std::to_string(truth.size())});
  std::vector<Errors> result;
  std::vector<double> said, was;
  for (std::size_t column = 0; column < columns; ++column) {
    said.clear(), was.clear();
    for (std::size_t i = column; i < truth.size(); i += columns)
      said.push_back(predicted[i]), was.push_back(truth[i]);
    result.push_back(errors(said, was));
  }
  return result;
}

std::vector<double> autocorrelations(std::span<const double> values, int lags) {
  double sum = 0, sizes = 0, count = 0;
  for (const double v : values)
    if (!std::isnan(v)) sum += v, sizes += v * v, ++count;
  std::vector<double> deviations;
  double squares = 0;
  for (const double v : values) {
    deviations.push_back(std::isnan(v) ? 0 : v - sum / count);
    squares += deviations.back() * deviations.back();
  }
  const bool varies = squares > 1e-20 * sizes;  // more than rounding leaves of a constant
  std::vector<double> result;
  for (std::size_t lag = 1; lag <= static_cast<std::size_t>(std::max(lags, 0)); ++lag) {
    double products = 0;
    for (std::size_t t = lag; t < deviations.size(); ++t) products += deviations[t - lag] * deviations[t];
    result.push_back(lag < deviations.size() && varies ? products / squares : kNone);
  }
  return result;
}

double skill(double error, double reference) {
  return reference > 0 ? 1 - error / reference : kNone;
}

Confusion::Confusion(int classes, std::span<const std::int32_t> predicted,
                     std::span<const std::int32_t> truth)
    : classes_(classes), counts_(static_cast<std::size_t>(classes) * classes) {
  check_equal("Confusion", predicted.size(), truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0) continue;
    for (const std::int32_t c : {truth[i], predicted[i]})
      if (c < 0 || c >= classes)
        throw Error(Code::usage_shape, {.where = "Confusion",
                                        .what = "a class is out of range",
                                        .expected = "0 ... " + std::to_string(classes - 1),
                                        .got = std::to_string(c)});
    ++counts_[static_cast<std::size_t>(truth[i]) * classes + predicted[i]];
    ++count_;
  }
}

double Confusion::accuracy() const {
  std::int64_t right = 0;
  for (int c = 0; c < classes_; ++c) right += at(c, c);
  return count_ ? static_cast<double>(right) / static_cast<double>(count_) : kNone;
}

std::vector<std::int32_t> largest(std::span<const float> logits, int classes) {
  std::vector<std::int32_t> result;
  result.reserve(logits.size() / classes);
  for (auto row = logits.begin(); row < logits.end(); row += classes)
    result.push_back(static_cast<std::int32_t>(std::max_element(row, row + classes) - row));
  return result;
}

}  // namespace carousel::forecasting
