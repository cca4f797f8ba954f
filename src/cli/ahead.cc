// Forecasts beyond the data.
#include "cli/ahead.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "cli/predictions.h"

namespace carousel::cli {
namespace {

std::vector<std::string> names_of(const std::vector<ColumnScale>& columns) {
  std::vector<std::string> names;
  for (const ColumnScale& column : columns) names.push_back(column.name);
  return names;
}

/// The last window + gap rows of the columns that the model knows, as a table in memory.
Table tail_of(const Table& table, const std::vector<std::string>& names, std::int64_t rows) {
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
  const std::int64_t count = windows->count();
  if (count == 0)
    throw Error(Code::data_too_short, {.where = table.file(),
                                       .what = "the data is shorter than the window that the model sees",
                                       .expected = "at least " + base::counted(preparation.window, "row"),
                                       .got = base::counted(table.rows(), "row")});
  const std::vector<std::int64_t> last = {count - 1};
  Batch batch;
  windows->gather(last, batch);
  Output output = model.predict({.data = batch.x.data(),
                                 .rows = 1,
                                 .steps = batch.steps,
                                 .features = batch.features,
                                 .lengths = batch.lengths},
                                {.threads = threads});
  apply_link(link_of(model), output.values, output.features);
  restore(preparation, batch.references, output.values);
  return output.values;
}

}  // namespace

Ahead forecast_ahead(const Model& model, const Preparation& preparation, const Table& table, int steps,
                     int threads) {
  Ahead ahead;
  ahead.targets = names_of(preparation.targets);
  const std::vector<std::string> features = names_of(preparation.features);
  const int width = static_cast<int>(ahead.targets.size());
  for (std::int64_t row = std::max<std::int64_t>(0, table.rows() - preparation.window); row < table.rows();
       ++row)
    if (!table.complete(row))
      throw Error(Code::data_missing_value,
                  {.what = "a value is missing in the newest rows, that the forecast starts from",
                   .hint = "--missing forward or linear fills it",
                   .file = table.file(),
                   .row = table.line(row)});
  std::vector<std::string> names = features;
  bool closed = true;  // every column that the model sees is forecast
  for (const std::string& name : features)
    closed &= std::find(ahead.targets.begin(), ahead.targets.end(), name) != ahead.targets.end();
  for (const std::string& name : ahead.targets)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (steps > preparation.horizon && (!closed || preparation.gap > 0))
    throw Error(
        Code::model_mismatch,
        {.where = "--steps",
         .what =
             closed
                 ? "the model leaves a gap before its forecast, so that forecasts cannot be fed back"
                 : "the model sees columns that it does not forecast, so that forecasts cannot be fed back",
         .expected = fmt::format("a whole number from 1 to {}, the model's horizon", preparation.horizon),
         .got = std::to_string(steps),
         .hint = "train with a longer --horizon, or with --features equal to --target"});
  Table known = tail_of(table, names, preparation.window + preparation.gap + 1);
  const std::size_t wanted = static_cast<std::size_t>(steps) * static_cast<std::size_t>(width);
  ahead.blocks = 0;
  while (ahead.values.size() < wanted) {
    const std::vector<float> block = one_block(model, preparation, known, threads);
    for (std::size_t i = 0; i < block.size(); ++i)
      if (!std::isfinite(block[i]))
        throw Error(Code::check_not_finite,
                    {.where = "forecast",
                     .what = fmt::format("step {} of the forecast is not finite",
                                         (ahead.values.size() + i) / static_cast<std::size_t>(width) + 1),
                     .got = fmt::format("{}", block[i]),
                     .hint = ahead.blocks > 0 ? "forecasts that are fed back can run away; fewer --steps"
                                              : "look for newest rows that are far from what training saw"});
    ++ahead.blocks;
    ahead.values.insert(ahead.values.end(), block.begin(), block.end());
    if (ahead.values.size() >= wanted) break;
    std::vector<float> longer(known.values().begin(), known.values().end());
    for (std::size_t row = 0; row < block.size() / static_cast<std::size_t>(width); ++row)
      for (const std::string& name : names) {
        const auto place =
            std::find(ahead.targets.begin(), ahead.targets.end(), name) - ahead.targets.begin();
        longer.push_back(block[row * static_cast<std::size_t>(width) + static_cast<std::size_t>(place)]);
      }
    known = tail_of(Table(names, std::move(longer), table.file()), names, preparation.window + 1);
  }
  ahead.values.resize(wanted);
  ahead.labels = table.next_labels(preparation.gap + steps);
  ahead.labels.erase(ahead.labels.begin(), ahead.labels.begin() + preparation.gap);
  return ahead;
}

std::string csv_of(const Ahead& ahead, const std::string& time_name) {
  std::string text = csv_field(time_name.empty() ? "row" : time_name);
  for (const std::string& target : ahead.targets) text += "," + csv_field(target);
  text += "\n";
  for (std::size_t step = 0; step < ahead.labels.size(); ++step) {
    text += csv_field(ahead.labels[step]);
    for (std::size_t i = 0; i < ahead.targets.size(); ++i)
      text += "," + number_text(ahead.values[step * ahead.targets.size() + i]);
    text += "\n";
  }
  return text;
}

}  // namespace carousel::cli
