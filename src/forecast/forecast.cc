// Forecasts beyond a table, fed back where they go farther than the model's horizon.
#include "carousel/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "carousel/error.h"
#include "data/preparation_json.h"
#include "forecast/link.h"

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

Preparation preparation_of(const Model& model) {
  const auto json = nlohmann::ordered_json::parse(model.notes().preparation, nullptr, false);
  Preparation preparation;
  if (json.is_object() && !json.empty()) preparation = data::preparation_from_json(json, "");
  if (preparation.kind != Preparation::Kind::table || preparation.targets.empty())
    throw Error(Code::model_mismatch, {.where = "forecast",
                                       .what = "this model does not forecast a table",
                                       .expected = "a model that was trained on the windows of one"});
  return preparation;
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

/// What the model says after the last row of `table`: [horizon, targets].
std::vector<float> one_block(const Model& model, const Preparation& preparation, const Table& table,
                             int threads) {
  const std::shared_ptr<const Dataset> windows = all_windows(table, preparation);
  const std::vector<std::int64_t> last = {windows->count() - 1};
  Batch batch;
  windows->gather(last, batch);
  Output output = model.predict({.data = batch.x.data(),
                                 .rows = 1,
                                 .steps = batch.steps,
                                 .features = batch.features,
                                 .lengths = batch.lengths},
                                {.threads = threads});
  forecasting::apply_link(forecasting::link_of(model), output.values, output.features);
  restore(preparation, batch.references, output.values);
  return output.values;
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

Forecast forecast(const Model& model, const Table& table, const ForecastOptions& options) {
  const Preparation preparation = preparation_of(model);
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
    const std::vector<float> block = one_block(model, preparation, known, options.threads);
    check_finite(block, ahead.values.size(), ahead.targets.size());
    ahead.values.insert(ahead.values.end(), block.begin(), block.end());
    if (ahead.values.size() >= wanted) break;
    known = fed_back(known, block, ahead.targets, preparation.window);
  }
  ahead.values.resize(wanted);
  ahead.labels = table.next_labels(preparation.gap + steps);
  ahead.labels.erase(ahead.labels.begin(), ahead.labels.begin() + preparation.gap);
  return ahead;
}

}  // namespace carousel
