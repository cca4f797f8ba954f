// Draws the errors of forecasts.
#include "cli/error_sections.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "cli/progress.h"
#include "forecast/metrics.h"
#include "report/diagnostics.h"

namespace carousel::cli {
namespace {

using base::counted;
using base::grouped;

constexpr std::size_t kRowsDrawn = 5000, kDotsDrawn = 2000, kFewestResiduals = 8;
constexpr int kMostLags = 40;

/// What is left of the first step of each window of one target, in the order of time.
struct Residuals {
  std::vector<std::int64_t> rows;
  std::vector<double> values;
};

Residuals residuals_of(const Predicted& predicted, const std::vector<double>& truth, std::size_t target) {
  std::vector<std::size_t> order(predicted.lines());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return predicted.ids[a] < predicted.ids[b]; });
  Residuals left;
  for (const std::size_t line : order) {
    const std::size_t at = line * static_cast<std::size_t>(predicted.width) + target;
    const double value = truth[at] - predicted.values[at];
    if (!std::isfinite(value)) continue;
    left.rows.push_back(predicted.ids[line]);
    left.values.push_back(value);
  }
  return left;
}

/// The residuals on a grid as wide as the windows' distance, NaN where there is none; empty where they stand
/// on no grid, or leave most of it empty: windows drawn at random are no series.
std::vector<double> on_a_grid(const Residuals& left, std::int64_t& stride) {
  stride = 0;
  for (std::size_t i = 1; i < left.rows.size(); ++i) {
    const std::int64_t distance = left.rows[i] - left.rows[i - 1];
    if (distance > 0 && (stride == 0 || distance < stride)) stride = distance;
  }
  if (stride == 0) return {};
  const auto places = static_cast<std::size_t>((left.rows.back() - left.rows.front()) / stride + 1);
  const bool even = std::all_of(left.rows.begin(), left.rows.end(),
                                [&](std::int64_t row) { return (row - left.rows.front()) % stride == 0; });
  if (!even || places > 2 * left.rows.size()) return {};
  std::vector<double> grid(places, std::nan(""));
  for (std::size_t i = 0; i < left.rows.size(); ++i)
    grid[static_cast<std::size_t>((left.rows[i] - left.rows.front()) / stride)] = left.values[i];
  return grid;
}

report::Chart residual_chart(const Table& table, const Residuals& left) {
  const std::size_t from = left.rows.size() - std::min(left.rows.size(), kRowsDrawn);
  const std::int64_t first = left.rows[from];
  std::vector<double> x;
  std::vector<std::string> names;
  for (std::size_t i = from; i < left.rows.size(); ++i)
    x.push_back(static_cast<double>(left.rows[i] - first));
  for (std::int64_t row = first; row <= left.rows.back(); ++row) names.push_back(table.label(row));
  report::Chart chart = report::residuals(
      std::move(x), {left.values.begin() + static_cast<std::ptrdiff_t>(from), left.values.end()},
      std::move(names));
  if (table.time_name().empty()) chart.x_label = "row";
  return chart;
}

/// Evenly thinned where there are more than can be told apart.
report::Chart dots_of(const Prepared& data, const Predicted& predicted, const std::vector<double>& truth,
                      std::size_t target, std::size_t targets) {
  const std::size_t stride = std::max<std::size_t>(1, (truth.size() / targets + kDotsDrawn - 1) / kDotsDrawn);
  const std::size_t width = static_cast<std::size_t>(predicted.width), steps = width / targets;
  std::vector<double> was, said;
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < truth.size() / targets; k += stride) {
    const std::size_t line = k / steps, step = k % steps;
    was.push_back(truth[k * targets + target]);
    said.push_back(predicted.values[k * targets + target]);
    const std::int64_t row = predicted.ids[line] + static_cast<std::int64_t>(step);
    if (!data.table)
      labels.push_back(fmt::format("sequence {}", predicted.ids[line]));
    else if (row < data.table->rows())
      labels.push_back(data.table->label(row) + (steps > 1 ? fmt::format(", step {}", step + 1) : ""));
    else
      labels.emplace_back();
  }
  report::Chart chart = report::predicted_against_true(was, said, labels);
  chart.title = "Predicted against true";
  return chart;
}

std::string text_of(const Residuals& left, const Prepared& data) {
  const auto n = static_cast<double>(left.values.size());
  const double mean = std::accumulate(left.values.begin(), left.values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : left.values) squares += (v - mean) * (v - mean);
  return fmt::format("mean {}, standard deviation {}, n = {}", short_number(mean),
                     short_number(std::sqrt(squares / std::max(n - 1, 1.0))),
                     grouped(static_cast<std::int64_t>(left.values.size()))) +
         (left.values.size() > kRowsDrawn ? fmt::format(" (drawn: the newest {})", grouped(kRowsDrawn))
                                          : "") +
         (data.preparation.gap > 0
              ? fmt::format("; lags up to {} share rows: they are correlated anyway", data.preparation.gap)
              : "");
}

/// Chance that at least `count` of `all` independent lags lie outside of a band that holds 95 % of them.
double chance_of(std::int64_t count, int all) {
  double below = 0, term = std::pow(0.95, all);  // binomial: of exactly i
  for (std::int64_t i = 0; i < count; ++i) {
    below += term;
    term *= static_cast<double>(all - i) / static_cast<double>(i + 1) * 0.05 / 0.95;
  }
  return 1 - below;
}

/// Stems of a target's residuals, and what they say; no chart where they are no series.
std::string add_autocorrelation(report::Section& section, const Residuals& left) {
  std::int64_t stride = 0;
  const std::vector<double> grid = on_a_grid(left, stride);
  if (grid.empty()) return "the windows were drawn at random: no autocorrelation";
  const auto count = static_cast<std::int64_t>(left.values.size());
  const int lags = static_cast<int>(std::min<std::int64_t>(kMostLags, count / 4));
  const std::vector<double> r = forecasting::autocorrelations(grid, lags);
  const double bound = report::independence_bound(count);
  const auto beyond = std::count_if(r.begin(), r.end(), [&](double v) { return std::abs(v) > bound; });
  report::Chart chart = report::autocorrelation_stems(r, count);
  chart.title = "Autocorrelation of the residuals";
  chart.x_label = stride == 1 ? "lag, in rows" : fmt::format("lag, in steps of {}", counted(stride, "row"));
  section.charts.push_back(std::move(chart));
  const double chance = chance_of(beyond, lags);
  return fmt::format(
      "{} of {} outside the band{}", beyond, counted(lags, "lag"),
      chance < 0.05 ? fmt::format(", as by chance alone once in {} times: something could still "
                                  "be learnt",
                                  chance < 0.001 ? "more than a thousand" : grouped(std::llround(1 / chance)))
                    : ", as chance would have it");
}

}  // namespace

report::Section step_section(const Verdict& verdict, const Prepared& data) {
  report::Section section{.heading = "Errors by horizon step"};
  if (verdict.standings.empty() || verdict.standings[0].by_step.empty()) return section;
  const std::size_t targets = data.preparation.targets.size();
  section.text = "How the error grows the further ahead a row lies, on the same windows as the scores.";
  for (std::size_t target = 0; target < std::min(targets, kTargetsOnPage); ++target)
    for (const bool mae : {false, true}) {
      std::vector<report::NamedLine> lines;
      for (const Standing& standing : verdict.standings) {
        report::NamedLine line{standing.name, {}};
        for (std::size_t i = target; i < standing.by_step.size(); i += targets)
          line.values.push_back(mae ? standing.by_step[i].mae : standing.by_step[i].rmse);
        lines.push_back(std::move(line));
      }
      report::Chart chart = report::errors_by_step(mae ? "MAE" : "RMSE", lines);
      if (targets > 1) chart.title = data.preparation.targets[target].name;
      section.charts.push_back(std::move(chart));
    }
  return section;
}

report::Section residual_section(const Prepared& data, const Predicted& predicted,
                                 const std::vector<double>& truth) {
  const bool series = data.table && predicted.lines() >= kFewestResiduals;
  report::Section section{.heading = series ? "Residuals" : "Predicted against true"};
  const std::size_t targets =
      data.table ? data.preparation.targets.size() : static_cast<std::size_t>(predicted.width);
  if (truth.empty() || truth.size() != predicted.values.size()) return section;
  std::string numbers;
  for (std::size_t target = 0; target < std::min(targets, kTargetsOnPage); ++target) {
    const std::size_t first = section.charts.size();
    if (series) {
      const Residuals left = residuals_of(predicted, truth, target);
      if (left.values.size() < kFewestResiduals) continue;  // the others are not finite
      section.charts.push_back(residual_chart(*data.table, left));
      const std::string lags = add_autocorrelation(section, left);
      numbers += fmt::format(
          "\n{}{}; {}.",
          targets > 1 ? data.preparation.targets[target].name + ": " : "Here: ", text_of(left, data), lags);
    }
    section.charts.push_back(dots_of(data, predicted, truth, target, targets));
    if (targets == 1) continue;
    const std::string name = data.table ? data.preparation.targets[target].name : fmt::format("y{}", target);
    for (std::size_t i = first; i < section.charts.size(); ++i)
      section.charts[i].title =
          name + (i == first && series ? ": residuals" : ": " + section.charts[i].title);
  }
  if (!series)
    section.text = "A good model puts every dot on the diagonal.";
  else if (!section.charts.empty())
    section.text =
        fmt::format(
            "Measured minus predicted, {} ahead{}. What one should see is nothing: as much above 0 as "
            "below, no trend, no season, no lag outside the band but one in 20 by chance; and every "
            "dot near the diagonal.",
            counted(data.preparation.gap + 1, "row"),
            data.preparation.horizon > 1 ? " (the first step of each window)" : "") +
        numbers;
  if (data.table && !series)
    section.text += fmt::format(" Residuals over time and their autocorrelation need {} windows; here: {}.",
                                kFewestResiduals, predicted.lines());
  if (data.table && targets > kTargetsOnPage)
    section.text += fmt::format(" Drawn are the first {} of {} targets.", kTargetsOnPage, targets);
  return section;
}

}  // namespace carousel::cli
