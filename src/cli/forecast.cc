// carousel forecast: the rows after the last one.
#include <algorithm>

#include "base/text.h"
#include "carousel/forecast.h"
#include "cli/commands.h"
#include "cli/predictions.h"
#include "cli/score.h"
#include "cli/shared_options.h"
#include "cli/trained.h"
#include "files/atomic_writer.h"
#include "report/terminal.h"

namespace carousel::cli {
namespace {

constexpr std::int64_t kPastRows = 60;
constexpr std::size_t kMostPlots = 4;

/// The newest rows of a target with the forecast after them, drawn in dots.
std::string plot(const Table& table, const Forecast& ahead, std::size_t target, int width, bool colour) {
  const int column = table.column(ahead.targets[target]);
  const std::int64_t from = std::max<std::int64_t>(
      0,
      table.rows() - std::max<std::int64_t>(kPastRows, 2 * static_cast<std::int64_t>(ahead.labels.size())));
  report::HistoryData data{.target = ahead.targets[target]};
  for (std::int64_t row = from; row < table.rows(); ++row) {
    data.values.push_back(table.at(row, column));
    data.names.push_back(table.label(row));
  }
  for (std::size_t step = 0; step < ahead.labels.size(); ++step) {
    data.names.push_back(ahead.labels[step]);
    data.forecast.push_back(ahead.values[step * ahead.targets.size() + target]);
  }
  return report::terminal_plot(report::history(data), std::min(width - 2, 100), 12, colour);
}

std::string table_of(const Forecast& ahead, const std::string& time_name) {
  std::vector<std::vector<std::string>> rows(ahead.labels.size() + 1);
  rows[0] = {time_name.empty() ? "row" : time_name};
  for (std::size_t step = 0; step < ahead.labels.size(); ++step) rows[step + 1] = {ahead.labels[step]};
  const std::size_t targets = ahead.targets.size();
  const auto add = [&](const std::string& name, const std::vector<float>& values, std::size_t target) {
    rows[0].push_back(name);
    std::vector<double> column;
    for (std::size_t at = target; at < values.size(); at += targets) column.push_back(values[at]);
    const std::vector<std::string> texts = even_numbers(column, 6);
    for (std::size_t step = 0; step < texts.size(); ++step) rows[step + 1].push_back(texts[step]);
  };
  for (std::size_t target = 0; target < targets; ++target) {
    add(ahead.targets[target], ahead.values, target);
    if (ahead.low.empty()) continue;
    add("lowest", ahead.low, target);
    add("highest", ahead.high, target);
  }
  return base::aligned(rows, 1);
}

int run_forecast(const Context& context) {
  const Arguments& args = context.args;
  Terminal& terminal = context.terminal;
  const Trained trained = open_trained(context);
  if (trained.preparation.kind != Preparation::Kind::table || trained.preparation.targets.empty())
    throw Error(Code::model_mismatch, {.where = trained.named.file,
                                       .what = "this model does not forecast a table",
                                       .hint = "carousel predict runs it over sequences"});
  const std::string file = args.text("data", trained.config.settings.data.file);
  if (file.empty())
    throw Error(Code::usage_missing, {.where = "--data",
                                      .what = "a model file outside of a run folder names no data",
                                      .hint = "--data FILE"});
  if (!args.has("data"))
    check_kept(file, "--data", "--data FILE names the rows to forecast from, --data - reads them again");
  if (args.has("out"))
    check_free(args.text("out"), "--out", args);
  else if (trained.named.folder.empty() && !terminal.json)
    throw Error(Code::usage_missing, {.where = "--out",
                                      .what = "there is no run folder to write forecast.csv into",
                                      .hint = "--out FILE, or --out - for standard output"});
  const Inputs inputs =
      blame_the_data([&] { return read_inputs(reading_of(trained, file), trained.preparation); });
  const int steps = static_cast<int>(args.whole("steps", trained.preparation.horizon, 1, kMostForecastSteps));
  const Forecaster forecaster = trained.forecaster ? *trained.forecaster : Forecaster(trained.model);
  const ForecastOptions options{.steps = steps,
                                .threads = static_cast<int>(args.whole("threads", 0, 0, 1024))};
  const Forecast ahead = blame_the_data([&] { return forecast(forecaster, *inputs.table, options); });
  if (ahead.blocks > 1)
    terminal.say(
        "note      the model forecasts {} at once: what lies beyond is forecast from forecasts, in {}{}",
        base::counted(trained.preparation.horizon, "row"), base::counted(ahead.blocks, "block"),
        ahead.low.empty() ? ""
                          : "; the networks go on from their mean, so that they differ too little there");
  const std::string time_name = inputs.table->time_name();
  const std::string csv = csv_of(ahead, time_name);
  const std::string out =
      args.text("out", trained.named.folder.empty() ? "" : in_folder(trained.named.folder, "forecast.csv"));
  if (out == "-") {
    terminal.print(csv);
    return 0;
  }
  if (!out.empty()) files::write_file(out, csv);
  if (terminal.json) {
    for (std::size_t step = 0; step < ahead.labels.size(); ++step) {
      Json json = {{"event", "forecast"}, {"step", step + 1}, {"time", ahead.labels[step]}};
      const auto add = [&](const char* name, const std::vector<float>& values) {
        if (values.empty()) return;
        Json& of_targets = json[name] = Json::object();
        for (std::size_t i = 0; i < ahead.targets.size(); ++i)
          of_targets[ahead.targets[i]] = values[step * ahead.targets.size() + i];
      };
      add("values", ahead.values);
      add("low", ahead.low);
      add("high", ahead.high);
      terminal.event(json);
    }
  } else {
    const std::size_t plots = terminal.pictures() ? std::min(ahead.targets.size(), kMostPlots) : 0;
    for (std::size_t target = 0; target < plots; ++target)
      terminal.print((ahead.targets.size() > 1 ? ahead.targets[target] + "\n" : "") +
                     plot(*inputs.table, ahead, target, terminal.width(), terminal.colour()) + "\n");
    if (plots > 0 && plots < ahead.targets.size())
      terminal.say("note      drawn are the first {} of {} targets", plots, ahead.targets.size());
    terminal.print(table_of(ahead, time_name));
  }
  if (!out.empty()) terminal.say("wrote     {}", out);
  return 0;
}

}  // namespace

Command forecast_command() {
  return {
      "forecast",
      "what comes after the last row of the data",
      {{"carousel forecast runs/sales", "the model's own horizon"},
       {"carousel forecast runs/sales --steps 36", "beyond it: forecasts are fed back, and it says so"},
       {"carousel forecast runs/sales --data sales.csv --out -", "from newer data, to standard output"}},
      "Writes the run's forecast.csv: a label of the time column continued, and a number for each target.",
      {{"RUN", "a run folder, or a model file with --data"}},
      join({{{.name = "steps",
              .value = "N",
              .doc =
                  fmt::format("rows to forecast, 1 to {}; default: the model's horizon", kMostForecastSteps),
              .group = "Forecast",
              .brief = true},
             {.name = "data",
              .value = "FILE",
              .doc = "a CSV with newer rows; default: the data of the run",
              .group = "Forecast",
              .brief = true},
             out_option("FILE", "default: forecast.csv in the run folder; - is standard output"),
             kThreads,
             kQuiet,
             kJson},
            reading_options()}),
      run_forecast};
}

}  // namespace carousel::cli
