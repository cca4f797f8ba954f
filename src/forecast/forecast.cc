// Forecasts beyond a table, fed back where they go farther than the model's horizon.
#include "carousel/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "carousel/error.h"

namespace carousel {
namespace {

using Columns = std::vector<std::string>;

Columns names_of(const std::vector<ColumnScale>& columns) {
  Columns names;
  for (const ColumnScale& column : columns) names.push_back(column.name);
  return names;
}

bool contains(const Columns& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_newest_rows(const Table& table, int window) {
  for (std::int64_t row = std::max<std::int64_t>(0, table.rows() - window); row < table.rows(); ++row)
    if (!table.complete(row))
      throw Error(Code::data_missing_value,
                  {.what = "a value is missing in the newest rows, that the forecast starts from",
                   .hint = "--missing forward or linear fills it",
                   .file = table.file(),
                   .row = table.line(row)});
}

void check_steps(int steps, const Preparation& preparation) {
  if (steps < 1 || steps > kMostForecastSteps)
    throw Error(Code::usage_bad_value, {.where = "steps",
                                        .what = "cannot forecast so many rows",
                                        .expected = fmt::format("1 to {}", kMostForecastSteps),
                                        .got = std::to_string(steps)});
  const Columns targets = names_of(preparation.targets);
  const bool closed = std::all_of(preparation.features.begin(), preparation.features.end(),
                                  [&](const ColumnScale& seen) { return contains(targets, seen.name); });
  if (steps <= preparation.horizon || (closed && preparation.gap == 0)) return;
  throw Error(
      Code::model_mismatch,
      {.where = "steps",
       .what = closed
                   ? "the model leaves a gap before its forecast, so that forecasts cannot be fed back"
                   : "the model sees columns that it does not forecast, so that forecasts cannot be fed back",
       .expected = fmt::format("a whole number from 1 to {}, the model's horizon", preparation.horizon),
       .got = std::to_string(steps),
       .hint = closed ? "train with a longer --horizon, or without --gap"
               : preparation.gap > 0
                   ? "train with a longer --horizon"
                   : "train with a longer --horizon, or with --features equal to --target"});
}

/// The last `rows` rows of some columns, as a table in memory.
Table tail_of(const Table& table, const Columns& names, std::int64_t rows) {
  std::vector<float> values;
  const std::int64_t from = std::max<std::int64_t>(0, table.rows() - rows);
  for (std::int64_t row = from; row < table.rows(); ++row)
    for (const std::string& name : names) values.push_back(table.at(row, table.column(name)));
  return Table(names, std::move(values), table.file());
}

/// What the forecaster says after the last row of `table`, which is one window long.
Forecasts one_block(const Forecaster& forecaster, const Table& table, int threads) {
  return forecaster.predict(table, *all_windows(table, forecaster.preparation()), threads);
}

void check_finite(const std::vector<float>& block, std::size_t before, std::size_t width) {
  for (std::size_t i = 0; i < block.size(); ++i)
    if (!std::isfinite(block[i]))
      throw Error(Code::check_not_finite,
                  {.where = "forecast",
                   .what = fmt::format("step {} of the forecast is not finite", (before + i) / width + 1),
                   .got = base::shown(block[i]),
                   .hint = before > 0 ? "forecasts that are fed back can run away; fewer --steps"
                                      : "look for newest rows that are far from what training saw"});
}

/// `known` with the rows of `block` [rows, targets] after it, of which a window is kept.
Table fed_back(const Table& known, const std::vector<float>& block, const Columns& targets, int window) {
  std::vector<float> values(known.values().begin(), known.values().end());
  for (std::size_t row = 0; row < block.size(); row += targets.size())
    for (const std::string& name : known.names())
      values.push_back(block[row + static_cast<std::size_t>(std::find(targets.begin(), targets.end(), name) -
                                                            targets.begin())]);
  return tail_of(Table(known.names(), std::move(values), known.file()), known.names(), window);
}

}  // namespace

Forecast forecast(const Forecaster& forecaster, const Table& table, const ForecastOptions& options) {
  const Preparation& preparation = forecaster.preparation();
  const int steps = options.steps.value_or(preparation.horizon);
  check_newest_rows(table, preparation.window);
  check_steps(steps, preparation);
  Forecast ahead{.targets = names_of(preparation.targets)};
  Columns columns = names_of(preparation.features);
  for (const std::string& name : ahead.targets)
    if (!contains(columns, name)) columns.push_back(name);
  Table known = tail_of(table, columns, preparation.window);
  const std::size_t wanted = static_cast<std::size_t>(steps) * ahead.targets.size();
  for (ahead.blocks = 1;; ++ahead.blocks) {
    const Forecasts block = one_block(forecaster, known, options.threads);
    check_finite(block.values, ahead.values.size(), ahead.targets.size());
    ahead.values.insert(ahead.values.end(), block.values.begin(), block.values.end());
    ahead.low.insert(ahead.low.end(), block.low.begin(), block.low.end());
    ahead.high.insert(ahead.high.end(), block.high.begin(), block.high.end());
    if (ahead.values.size() >= wanted) break;
    known = fed_back(known, block.values, ahead.targets, preparation.window);
  }
  ahead.values.resize(wanted);
  if (!ahead.low.empty()) {
    ahead.low.resize(wanted);
    ahead.high.resize(wanted);
  }
  ahead.labels = table.next_labels(preparation.gap + steps);
  ahead.labels.erase(ahead.labels.begin(), ahead.labels.begin() + preparation.gap);
  return ahead;
}

Forecast forecast(const Model& model, const Table& table, const ForecastOptions& options) {
  return forecast(Forecaster(model), table, options);
}

}  // namespace carousel
