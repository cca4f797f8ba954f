// The charts of a training run: learning curves, gradient norms, and the history with what was predicted.
#include "report/chart.h"

#include <algorithm>
#include <cmath>

#include "report/scale.h"

namespace carousel::report {
namespace {

bool spans_decades(const std::vector<double>& a, const std::vector<double>& b) {
  double low = INFINITY, high = 0;
  for (const auto* losses : {&a, &b})
    for (const double loss : *losses) {
      if (!std::isfinite(loss)) continue;
      if (loss <= 0) return false;
      low = std::min(low, loss), high = std::max(high, loss);
    }
  return high > 10 * low;
}

std::vector<double> counting(long from, std::size_t count) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<double>(from + static_cast<long>(i));
  return x;
}

}  // namespace

Chart learning_curves(std::string loss, const std::vector<double>& train,
                      const std::vector<double>& validation, int best) {
  Chart chart{.x_label = "epoch", .y_label = std::move(loss)};
  chart.series.push_back(
      {.name = "training", .x = counting(1, train.size()), .y = train, .color = Color::blue});
  if (!validation.empty())
    chart.series.push_back({.name = "validation",
                            .x = counting(1, validation.size()),
                            .y = validation,
                            .color = Color::orange,
                            .dash = Dash::dashed});
  if (best > 0) chart.markers.push_back({static_cast<double>(best), "best: epoch " + std::to_string(best)});
  chart.y_log = spans_decades(train, validation);
  chart.x_whole = true;
  chart.log_switch = true;
  return chart;
}

Chart gradient_norms(const GradientData& data) {
  Chart chart{.x_label = "step", .y_label = "gradient norm", .y_log = true, .x_whole = true};
  const bool single = data.lowest == data.highest;
  chart.series.push_back({.name = single ? "each step" : "mean of neighbours",
                          .x = data.steps,
                          .y = data.mean,
                          .color = Color::blue});
  if (!single) chart.series.back().low = data.lowest, chart.series.back().high = data.highest;
  if (data.clip_norm > 0 && !data.steps.empty())
    chart.series.push_back({.name = "clip_norm",
                            .x = {data.steps.front(), data.steps.back()},
                            .y = {data.clip_norm, data.clip_norm},
                            .color = Color::orange,
                            .dash = Dash::dashed});
  Strokes clipped{.label = "clipped"};
  for (std::size_t i = 0; i < data.steps.size(); ++i)
    if (data.clipped[i]) clipped.x.push_back(data.steps[i]);
  if (!clipped.x.empty()) chart.strokes.push_back(std::move(clipped));
  return chart;
}

Chart history(const HistoryData& data, long from) {
  const long rows = static_cast<long>(data.values.size());
  from = std::clamp(from, 0L, std::max(rows - 1, 0L));
  Chart chart{.y_label = data.target, .x_names = data.names};

  const auto part = [&](const std::vector<double>& all) {
    return std::vector<double>(all.begin() + std::min(from, static_cast<long>(all.size())), all.end());
  };
  const auto band_of = [&](const std::vector<double>& low, const std::vector<double>& high) {
    return low.empty() || high.empty() ? "" : data.band;
  };
  const auto values = part(data.values), predicted = part(data.predicted);
  chart.series.push_back(
      {.name = "measured", .x = counting(from, values.size()), .y = values, .color = Color::ink});
  if (!predicted.empty())
    chart.series.push_back({.name = "predicted",
                            .x = counting(from, predicted.size()),
                            .y = predicted,
                            .color = Color::orange,
                            .dash = Dash::dashed,
                            .low = part(data.predicted_low),
                            .high = part(data.predicted_high),
                            .band = band_of(data.predicted_low, data.predicted_high)});
  if (!data.forecast.empty()) {
    Series forecast{.name = "forecast",
                    .x = counting(rows, data.forecast.size()),
                    .y = data.forecast,
                    .color = Color::blue,
                    .low = data.forecast_low,
                    .high = data.forecast_high,
                    .band = band_of(data.forecast_low, data.forecast_high)};
    if (rows > 0) {  // the forecast's line and band start at the last measured value
      forecast.tied = true;
      forecast.x.insert(forecast.x.begin(), static_cast<double>(rows - 1));
      for (auto* line : {&forecast.y, &forecast.low, &forecast.high})
        if (!line->empty()) line->insert(line->begin(), data.values.back());
    }
    forecast.end_dot = data.forecast.size() == 1;  // one step of a long history is too short to be seen
    chart.series.push_back(std::move(forecast));
  }
  if (data.test_from >= 0 && data.test_from < rows)
    chart.spans.push_back({static_cast<double>(std::max(data.test_from, from)), static_cast<double>(rows - 1),
                           "never seen in training"});
  if (data.names.empty()) chart.x_label = "row";
  return chart;
}

long close_up_from(const HistoryData& data, long rows) {
  const long end = static_cast<long>(data.values.size());
  const long test = data.test_from >= 0 ? data.test_from : end;
  const long context = std::max(24L, (end - test) / 3);
  return std::max({0L, std::min(test - context, end - 24), end - rows});
}

}  // namespace carousel::report
