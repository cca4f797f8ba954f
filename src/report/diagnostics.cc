// Puts errors into charts.
#include "report/diagnostics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace carousel::report {
namespace {

struct Look {
  Color color;
  Dash dash;
};
constexpr Look kOthers[] = {{Color::ink, Dash::dotted},
                            {Color::sky, Dash::dash_dot},
                            {Color::blue, Dash::dashed},
                            {Color::green, Dash::dotted}};

std::vector<double> from_one(std::size_t count) {
  std::vector<double> x(count);
  std::iota(x.begin(), x.end(), 1.0);
  return x;
}

}  // namespace

Chart errors_by_step(std::string measure, const std::vector<NamedLine>& lines) {
  Chart chart{.x_label = "step of the horizon", .y_label = std::move(measure), .x_whole = true, .half = true};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Look look = i == 0 ? Look{Color::orange, Dash::solid} : kOthers[(i - 1) % std::size(kOthers)];
    chart.series.push_back({.name = lines[i].name,
                            .x = from_one(lines[i].values.size()),
                            .y = lines[i].values,
                            .color = look.color,
                            .dash = look.dash});
  }
  return chart;
}

Chart residuals(std::vector<double> x, std::vector<double> values, std::vector<std::string> names) {
  Chart chart{.y_label = "measured - predicted", .x_names = std::move(names)};
  if (chart.x_names.empty()) chart.x_label = "row";
  if (!x.empty())
    chart.series.push_back(
        {.x = {x.front(), x.back()}, .y = {0, 0}, .color = Color::ink, .dash = Dash::dashed});
  chart.series.push_back(
      {.name = "residual", .x = std::move(x), .y = std::move(values), .color = Color::blue});
  return chart;
}

double independence_bound(std::int64_t count) {
  return 1.96 / std::sqrt(static_cast<double>(std::max<std::int64_t>(count, 1)));
}

Chart autocorrelation_stems(const std::vector<double>& values, std::int64_t count) {
  Chart chart{.x_label = "lag", .x_whole = true, .half = true};
  const double bound = independence_bound(count);
  const auto last = static_cast<double>(values.size());
  chart.series.push_back({.x = {0.5, last + 0.5},
                          .y = {},
                          .color = Color::orange,
                          .low = {-bound, -bound},
                          .high = {bound, bound},
                          .band = "±1.96/√n"});
  chart.series.push_back({.x = {0.5, last + 0.5}, .y = {0, 0}, .color = Color::ink});
  chart.series.push_back({.name = "correlation",
                          .x = from_one(values.size()),
                          .y = values,
                          .color = Color::blue,
                          .mark = Mark::stems});
  return chart;
}

Chart predicted_against_true(const std::vector<double>& truth, const std::vector<double>& predicted,
                             const std::vector<std::string>& labels) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (std::isfinite(truth[i]) && std::isfinite(predicted[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return truth[a] < truth[b]; });
  Chart chart{.x_label = "true", .y_label = "predicted", .half = true};
  Series dots{.name = "each row", .color = Color::blue, .mark = Mark::points};
  double low = INFINITY, high = -INFINITY;
  for (const std::size_t i : order) {
    dots.x.push_back(truth[i]), dots.y.push_back(predicted[i]);
    if (!labels.empty()) dots.labels.push_back(labels[i]);
    low = std::min({low, truth[i], predicted[i]}), high = std::max({high, truth[i], predicted[i]});
  }
  if (!order.empty())
    chart.series.push_back(
        {.name = "exact", .x = {low, high}, .y = {low, high}, .color = Color::ink, .dash = Dash::dashed});
  chart.series.push_back(std::move(dots));
  return chart;
}

}  // namespace carousel::report
