// The baselines of a time series.
#include "forecast/series.h"

#include <algorithm>
#include <cmath>

#include "data/scaling.h"
#include "forecast/ridge.h"

namespace carousel::forecasting {
namespace {

/// Calls f(origin, step, column) for each number of a result and gathers what it returns.
template <class F>
std::vector<double> each(const Series& series, std::span<const std::int64_t> origins, F&& f) {
  std::vector<double> result;
  result.reserve(origins.size() * series.horizon * series.targets.size());
  for (const std::int64_t origin : origins)
    for (int step = 0; step < series.horizon; ++step)
      for (const int column : series.targets) result.push_back(f(origin, step, column));
  return result;
}

/// Targets, then the features that are no targets.
std::vector<int> columns_of(const Series& series) {
  std::vector<int> columns = series.targets;
  for (const int column : series.features)
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
  return columns;
}

/// Windows of a series as the autoregression sees them: logarithms where asked, in standard deviations.
class Scaled {
 public:
  Scaled(const Series& series, int steps, std::span<const float> scale)
      : series_(series), columns_(columns_of(series)), steps_(steps), scale_(series.columns, 1.0) {
    for (std::size_t i = 0; i < columns_.size(); ++i) scale_[columns_[i]] = scale[i];
  }

  double value(std::int64_t row, int column) const { return level(series_, row, column) * scale_[column]; }
  double last(std::int64_t origin, int column) const { return value(origin - series_.gap - 1, column); }
  /// [steps, columns]
  void inputs(std::int64_t origin, double* x) const {
    const std::int64_t end = origin - series_.gap;
    for (std::int64_t row = end - steps_; row < end; ++row)
      for (const int column : columns_) *x++ = value(row, column) - value(end - 1, column);
  }
  /// A number of the autoregression in the series' own unit.
  double restored(double y, std::int64_t origin, int column) const {
    const double v = (y + last(origin, column)) / scale_[column];
    return !series_.log.empty() && series_.log[column] ? std::exp(v) : v;
  }
  static double level(const Series& series, std::int64_t row, int column) {
    const double v = series.at(row, column);
    return !series.log.empty() && series.log[column] ? std::log(v) : v;
  }

 private:
  const Series& series_;
  std::vector<int> columns_;
  int steps_;
  std::vector<double> scale_;  // by column of the series
};

/// 1 / standard deviation of each column over the rows that training touches.
std::vector<float> scales_of(const Series& series, std::span<const std::int64_t> origins) {
  const auto [first, last] = std::minmax_element(origins.begin(), origins.end());
  std::vector<float> scales;
  for (const int column : columns_of(series)) {
    data::Fit fit;
    for (std::int64_t row = *first - series.gap - series.window; row < *last + series.horizon; ++row)
      if (const double v = Scaled::level(series, row, column); !std::isnan(v)) fit.add(v);
    ColumnScale scale;
    fit.finish(Scale::standard, false, scale);
    scales.push_back(static_cast<float>(1 / scale.factor));
  }
  return scales;
}

}  // namespace

std::vector<double> truth(const Series& series, std::span<const std::int64_t> origins) {
  return each(series, origins, [&](std::int64_t origin, int step, int column) {
    return origin + step < series.rows() ? series.at(origin + step, column) : NAN;
  });
}

std::vector<double> naive(const Series& series, std::span<const std::int64_t> origins) {
  return each(series, origins, [&](std::int64_t origin, int, int column) {
    return series.at(origin - series.gap - 1, column);
  });
}

std::vector<double> seasonal_naive(const Series& series, std::span<const std::int64_t> origins) {
  return each(series, origins, [&](std::int64_t origin, int step, int column) {
    const std::int64_t known = origin - series.gap;
    for (std::int64_t row = origin + step - series.season; row >= 0; row -= series.season)
      if (row < known && !std::isnan(series.at(row, column))) return series.at(row, column);
    return series.at(known - 1, column);
  });
}

LinearAutoregression::LinearAutoregression(const Series& series, std::span<const std::int64_t> origins) {
  const int width = static_cast<int>(columns_of(series).size());
  fit_.steps = std::clamp(kMaxInputs / width, 1, series.window);
  const int count = fit_.steps * width, outputs = series.horizon * static_cast<int>(series.targets.size());
  if (origins.empty()) {
    fit_.scale.assign(static_cast<std::size_t>(width), 1.0f);
    fit_.weights.assign(static_cast<std::size_t>(count) * outputs, 0.0f);
    return;
  }
  fit_.scale = scales_of(series, origins);
  const Scaled scaled(series, fit_.steps, fit_.scale);
  Ridge ridge(count, outputs);

  constexpr double kMostProducts = 1.2e10;  // a few seconds on one core
  constexpr double kMostWindows = 2000;     // an input: more take less than a 4,000th off the error
  const double windows = std::min(kMostProducts / count / count, kMostWindows * count);
  const auto stride = static_cast<std::size_t>(std::ceil(static_cast<double>(origins.size()) / windows));
  constexpr std::size_t kRows = 64;
  std::vector<double> x, y;
  const auto flush = [&] {
    ridge.add(x, y);
    x.clear(), y.clear();
  };
  for (std::size_t i = 0; i < origins.size(); i += stride) {
    x.resize(x.size() + count);
    scaled.inputs(origins[i], x.data() + x.size() - count);
    for (int step = 0; step < series.horizon; ++step)
      for (const int column : series.targets)
        y.push_back(scaled.value(origins[i] + step, column) - scaled.last(origins[i], column));
    if (x.size() == kRows * count) flush();
  }
  flush();
  const std::vector<double> weights = ridge.solve(kLambda);
  fit_.weights.assign(weights.begin(), weights.end());
}

std::vector<double> LinearAutoregression::predict(const Series& series,
                                                  std::span<const std::int64_t> origins) const {
  const Scaled scaled(series, fit_.steps, fit_.scale);
  const int outputs = series.horizon * static_cast<int>(series.targets.size());
  std::vector<double> result(origins.size() * outputs), x(fit_.steps * fit_.scale.size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    double* y = result.data() + i * outputs;
    scaled.inputs(origins[i], x.data());
    for (std::size_t k = 0; k < x.size(); ++k)
      for (int o = 0; o < outputs; ++o) y[o] += x[k] * fit_.weights[k * outputs + o];
    for (int o = 0; o < outputs; ++o)
      y[o] = scaled.restored(y[o], origins[i], series.targets[o % series.targets.size()]);
  }
  return result;
}

}  // namespace carousel::forecasting
