// The baselines of a time series.
#include "forecast/series.h"

#include <algorithm>
#include <cmath>

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

LinearAutoregression::LinearAutoregression(const Series& series, std::span<const std::int64_t> origins)
    : series_(series), columns_(series.targets), scale_(series.columns, 1.0) {
  for (const int column : series.features)
    if (std::find(columns_.begin(), columns_.end(), column) == columns_.end()) columns_.push_back(column);
  const int width = static_cast<int>(columns_.size());
  steps_ = std::clamp(kMaxInputs / width, 1, series.window);
  const int count = steps_ * width, outputs = series.horizon * static_cast<int>(series.targets.size());
  Ridge ridge(count, outputs);
  if (origins.empty()) {
    weights_.assign(static_cast<std::size_t>(count) * outputs, 0.0);  // the last value, repeated
    return;
  }

  const auto [first, last] = std::minmax_element(origins.begin(), origins.end());
  for (const int column : columns_) {
    double sum = 0, squares = 0, n = 0;
    for (std::int64_t row = *first - series.gap - series.window; row < *last + series.horizon; ++row) {
      const double v = value(row, column);
      if (std::isnan(v)) continue;
      sum += v, squares += v * v, ++n;
    }
    const double variance = squares / n - (sum / n) * (sum / n);
    if (variance > 1e-12 * squares / n) scale_[column] = 1 / std::sqrt(variance);
  }

  constexpr double kMostProducts = 1.2e10;  // a few seconds on one core
  const double products = static_cast<double>(origins.size()) * count * count;
  const std::size_t stride =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(products / kMostProducts)));
  constexpr std::size_t kRows = 64;
  std::vector<double> x, y;
  const auto flush = [&] {
    ridge.add(x, y);
    x.clear(), y.clear();
  };
  for (std::size_t i = 0; i < origins.size(); i += stride) {
    x.resize(x.size() + count);
    inputs(origins[i], x.data() + x.size() - count);
    for (int step = 0; step < series.horizon; ++step)
      for (const int column : series.targets)
        y.push_back(value(origins[i] + step, column) - value(origins[i] - series.gap - 1, column));
    if (x.size() == kRows * count) flush();
  }
  flush();
  weights_ = ridge.solve(kLambda);
}

double LinearAutoregression::value(std::int64_t row, int column) const {
  const double v = series_.at(row, column);
  return (!series_.log.empty() && series_.log[column] ? std::log(v) : v) * scale_[column];
}

void LinearAutoregression::inputs(std::int64_t origin, double* x) const {
  const std::int64_t end = origin - series_.gap;
  for (std::int64_t row = end - steps_; row < end; ++row)
    for (const int column : columns_) *x++ = value(row, column) - value(end - 1, column);
}

std::vector<double> LinearAutoregression::predict(std::span<const std::int64_t> origins) const {
  const int outputs = series_.horizon * static_cast<int>(series_.targets.size());
  std::vector<double> result(origins.size() * outputs), x(static_cast<std::size_t>(steps_) * columns_.size());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    double* y = result.data() + i * outputs;
    inputs(origins[i], x.data());
    for (std::size_t k = 0; k < x.size(); ++k)
      for (int o = 0; o < outputs; ++o) y[o] += x[k] * weights_[k * outputs + o];
    for (int o = 0; o < outputs; ++o) {
      const int column = series_.targets[o % series_.targets.size()];
      const double v = (y[o] + value(origins[i] - series_.gap - 1, column)) / scale_[column];
      y[o] = !series_.log.empty() && series_.log[column] ? std::exp(v) : v;
    }
  }
  return result;
}

}  // namespace carousel::forecasting
