// The end of a run, the same for train and resume.
#include "cli/outcome.h"

#include <algorithm>
#include <cmath>

#include "carousel/forecast.h"
#include "cli/interrupt.h"
#include "cli/predictions.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/run_folder.h"
#include "files/atomic_writer.h"
#include "forecast/baselines.h"
#include "report/page.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr std::int64_t kChartRows = 5000;

/// The part that scores a run, by what is there.
struct Part {
  const Dataset* data;
  std::string name;
};

Part scored_part(const Prepared& data) {
  if (data.test->count() > 0) return {data.test.get(), "test part (never seen in training)"};
  if (data.validation->count() > 0) return {data.validation.get(), "validation part (no test part was kept)"};
  return {data.train.get(), "training part (nothing was kept apart: this says little)"};
}

/// The newest rows of the first target with what the test part's forecasts said of them.
report::Chart history_chart(const Prepared& data, const Predicted& predicted, const Forecast* ahead,
                            bool close_up) {
  const Table& table = *data.table;
  const std::int64_t from = std::max<std::int64_t>(0, table.rows() - kChartRows);
  const std::string& target = data.preparation.targets.front().name;
  const int column = table.column(target);
  report::HistoryData chart{.target = target};
  for (std::int64_t row = from; row < table.rows(); ++row) {
    chart.values.push_back(table.at(row, column));
    chart.names.push_back(table.label(row));
  }
  const std::size_t targets = data.preparation.targets.size();
  const std::vector<double> path = one_path(predicted, static_cast<int>(targets), table.rows());
  chart.predicted.assign(path.begin() + from, path.end());
  if (data.test_rows > 0) chart.test_from = std::max<std::int64_t>(0, table.rows() - data.test_rows - from);
  if (ahead) {
    for (std::size_t step = 0; step < ahead->labels.size(); ++step) {
      chart.names.push_back(ahead->labels[step]);
      chart.forecast.push_back(ahead->values[step * targets]);
    }
  }
  return report::history(chart, close_up ? report::close_up_from(chart) : 0);
}

report::Chart curves_of(const Trainer& trainer) {
  std::vector<double> train, validation;
  int best = 0;
  for (const EpochRecord& record : trainer.history()) {
    train.push_back(record.train_loss);
    if (record.validation_loss) validation.push_back(*record.validation_loss);
    if (record.best) best = record.epoch;
  }
  return report::learning_curves(std::string(enum_name(trainer.options().loss.value_or(Loss::mse))), train,
                                 validation, best);
}

report::Page page_of(const Source& source, const Trainer& trainer, const Model& model, const Verdict& verdict,
                     const Predicted& predicted, const Forecast* ahead) {
  const Prepared& data = *source.data;
  report::Page page;
  page.title = source.config.settings.data.file;
  page.verdict = verdict.sentence;
  page.facts = {{"network", outline(model.spec())},
                {"parameters", grouped(static_cast<std::int64_t>(model.parameter_count()))},
                {"steps", grouped(trainer.steps_done())},
                {"seed", std::to_string(trainer.options().seed)}};
  if (data.table) {
    page.facts.emplace_back("window", std::to_string(data.preparation.window));
    page.facts.emplace_back("horizon", std::to_string(data.preparation.horizon));
  }
  report::Section scores{.heading = "Scores", .text = "On the " + verdict.part + "."};
  if (!verdict.standings.empty()) scores.tables.push_back(verdict.table());
  page.sections.push_back(scores);
  if (data.table && !data.preparation.targets.empty())
    page.sections.push_back({.heading = "Forecast",
                             .text = data.preparation.horizon == 1
                                         ? "Predicted: each row from the rows before it."
                                         : fmt::format("Predicted: {} at a time, from the rows before them.",
                                                       counted(data.preparation.horizon, "row")),
                             .charts = {history_chart(data, predicted, ahead, true),
                                        history_chart(data, predicted, ahead, false)}});
  page.sections.push_back({.heading = "Learning", .charts = {curves_of(trainer)}});
  page.sections.push_back({.heading = "Network", .preformatted = model.summary()});
  page.sections.push_back(
      {.heading = "Settings", .preformatted = toml_text(source.config, "Settings of this run.", "")});
  page.footer = "carousel " CAROUSEL_VERSION;
  return page;
}

}  // namespace

void conclude(const Source& source, const Trainer& trainer, const std::string& folder, Terminal& terminal) {
  const Prepared& data = *source.data;
  const Model model = trainer.model();
  const int threads = source.config.settings.train.threads;
  const Part part = scored_part(data);
  const Predicted predicted = lines_of(run_model(model, data.preparation, *part.data, {.threads = threads}));
  const Verdict verdict = judge(model, data, *part.data, predicted, part.name, threads);

  const bool classes = data.preparation.classes > 0;
  const std::vector<double> values =
      classes ? std::vector<double>{} : forecasting::true_values(data, *part.data);
  const std::vector<std::int32_t> labels =
      classes ? forecasting::true_classes(*part.data) : std::vector<std::int32_t>{};
  files::AtomicWriter predictions(in_folder(folder, "predictions.csv"));
  write_csv([&](std::string_view text) { predictions.write(text); }, predicted, data.preparation,
            data.table ? &*data.table : nullptr, model.notes().classes,
            {.values = classes ? nullptr : &values, .classes = classes ? &labels : nullptr});
  predictions.commit();
  std::optional<Forecast> ahead;
  if (data.table && !classes) {
    try {
      ahead = forecast(model, *data.table, {.threads = threads});
      files::write_file(in_folder(folder, "forecast.csv"), csv_of(*ahead, data.table->time_name()));
    } catch (const Error& error) {
      if (error.code() != Code::data_missing_value) throw;
      terminal.warn("no forecast: {}", error.info().what);
    }
  }
  files::write_file(
      in_folder(folder, "report.html"),
      report::html(page_of(source, trainer, model, verdict, predicted, ahead ? &*ahead : nullptr)));

  if (terminal.json) {
    Json json = verdict.json();
    json["folder"] = folder;
    terminal.event(json);
  } else {
    const std::string unit = counted(verdict.lines, data.table                            ? "window"
                                                    : verdict.lines == part.data->count() ? "sequence"
                                                                                          : "step");
    terminal.print("\n" + verdict.text(unit));
  }
  terminal.say("\nwrote     {}: model.safetensors, run.toml, history.csv, predictions.csv, {}report.html",
               folder, ahead ? "forecast.csv, " : "");
  const std::string run = shell_word(folder);
  if (!ahead)
    terminal.say("next      carousel predict {} DATA --out predictions.csv", run);
  else if (source.config.settings.data.file == "-")
    terminal.say("next      carousel forecast {} --data FILE", run);
  else
    terminal.say("next      carousel forecast {}", run);
}

int run_to_end(Trainer& trainer, const Source& source, const std::string& folder, Terminal& terminal) {
  Progress progress(terminal);
  int status = 0;
  FinishEvent end{};
  {
    Interrupt interrupt(trainer);
    end = trainer.run(&progress);
    status = interrupt.status();
  }
  if (end.why == Finish::stopped) {
    const bool piped = source.config.settings.data.file == "-";
    terminal.say("saved     {}: best and last model\nnext      carousel resume {}{}", folder,
                 shell_word(folder), piped ? " --data FILE" : "");
    return status == 0 ? kInterrupted : status;
  }
  conclude(source, trainer, folder, terminal);
  return kDone;
}

}  // namespace carousel::cli
