// The page of a run: what stands in report.html.
#include "cli/run_page.h"

#include <algorithm>
#include <cmath>

#include "cli/class_sections.h"
#include "cli/error_sections.h"
#include "cli/predictions.h"
#include "cli/program.h"
#include "cli/progress.h"
#include "cli/settings_list.h"
#include "cli/traces.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr std::int64_t kChartRows = 5000;

/// The newest rows of target `index` with what the test part's forecasts said of them.
report::Chart history_chart(const Prepared& data, std::size_t index, const Predicted& predicted,
                            const Forecast* ahead, bool close_up) {
  const Table& table = *data.table;
  const std::int64_t from = std::max<std::int64_t>(0, table.rows() - kChartRows);
  const std::string& target = data.preparation.targets[index].name;
  const int column = table.column(target);
  report::HistoryData chart{.target = target};
  for (std::int64_t row = from; row < table.rows(); ++row) {
    chart.values.push_back(table.at(row, column));
    chart.names.push_back(table.label(row));
  }
  const std::size_t targets = data.preparation.targets.size();
  const auto path_of = [&](const std::vector<float>& values) {
    const std::vector<double> path = one_path(predicted, values, targets, index, table.rows());
    return std::vector<double>(path.begin() + from, path.end());
  };
  chart.predicted = path_of(predicted.values);
  chart.band = "spread of the networks";
  if (!predicted.low.empty()) {
    chart.predicted_low = path_of(predicted.low);
    chart.predicted_high = path_of(predicted.high);
  }
  if (data.test_rows > 0) chart.test_from = std::max<std::int64_t>(0, table.rows() - data.test_rows - from);
  if (ahead) {
    for (std::size_t step = 0; step < ahead->labels.size(); ++step) {
      chart.names.push_back(ahead->labels[step]);
      chart.forecast.push_back(ahead->values[step * targets + index]);
      if (ahead->low.empty()) continue;
      chart.forecast_low.push_back(ahead->low[step * targets + index]);
      chart.forecast_high.push_back(ahead->high[step * targets + index]);
    }
  }
  report::Chart drawn = report::history(chart, close_up ? report::close_up_from(chart) : 0);
  if (table.time_name().empty()) drawn.x_label = "row";
  return drawn;
}

/// A close-up and the whole of each of the first targets.
std::vector<report::Chart> history_charts(const Prepared& data, const Predicted& predicted,
                                          const Forecast* ahead) {
  std::vector<report::Chart> charts;
  for (std::size_t index = 0; index < std::min(kTargetsOnPage, data.preparation.targets.size()); ++index)
    for (const bool close_up : {true, false})
      charts.push_back(history_chart(data, index, predicted, ahead, close_up));
  return charts;
}

/// What the charts of the history show.
std::string history_text(const Prepared& data, const Predicted& predicted) {
  std::string text = data.preparation.horizon == 1
                         ? "Predicted: each row from the rows before it."
                         : fmt::format("Predicted: {} at a time, from the rows before them.",
                                       counted(data.preparation.horizon, "row"));
  const std::size_t targets = data.preparation.targets.size();
  const std::int64_t rows = data.table->rows();
  text += targets > 1 ? " Of each target first a close-up of the end, then "
                      : " First a close-up of the end, then ";
  text += rows > kChartRows ? fmt::format("the newest {} of {}.", grouped(kChartRows), counted(rows, "row"))
                            : "the whole.";
  if (targets > kTargetsOnPage)
    text += fmt::format(" Drawn are the first {} of {} targets.", kTargetsOnPage, targets);
  if (!predicted.low.empty())
    text +=
        " The band reaches from the lowest to the highest of the networks: what the seed changes, not how "
        "far off the forecast may be.";
  return text;
}

/// What the learning curves show, and what follows from where the best epoch stands.
std::string learning_text(const Made& made, const Prepared& data) {
  std::string text = data.preparation.classes > 0 ? "The loss of each epoch."
                                                  : "The loss of each epoch, of the numbers as the network "
                                                    "sees them (prepared and scaled); the scores above "
                                                    "are in the data's own unit.";
  if (made.forecaster && made.forecaster->start() == Start::linear)
    text += " It is the loss of what the linear autoregression leaves.";
  if (made.records.size() > 1) text += fmt::format(" Drawn is the first of {} members.", made.records.size());
  const std::vector<EpochRecord>& history = made.records.front().history;
  if (history.size() > 1 && history.back().best)
    text += " The best epoch is the last one: more epochs may make the network better.";
  return text;
}

/// What the table of scores is of.
std::string scores_text(const Verdict& verdict, const RunFacts& run) {
  std::string text = fmt::format("On the {}: {}.", verdict.part, run.scored);
  if (verdict.standings.size() > 1)
    text += fmt::format(" Skill: the share by which the error is smaller than that of the baseline \"{}\".",
                        verdict.standings[1].name);
  return text;
}

/// "adam, rate 0.003": an optimiser in a few words.
std::string optimizer_text(const Optimizer& optimizer) {
  return fmt::format("{}, rate {:g}", enum_name(optimizer.kind), optimizer.rate.value_or(0));
}

std::vector<std::pair<std::string, std::string>> facts_of(const Source& source, const Made& made) {
  const Prepared& data = *source.data;
  const TrainingRecord& first = made.records.front();
  const TrainOptions& options = first.options;
  const auto best = std::find_if(first.history.rbegin(), first.history.rend(),
                                 [](const EpochRecord& record) { return record.best; });
  const std::size_t members = made.records.size();
  const char* const whose = members > 1 ? "first member: " : "";
  std::string epochs = whose + std::to_string(first.history.empty() ? 0 : first.history.back().epoch);
  if (options.keep == Keep::best && best != first.history.rend() && !first.history.back().best)
    epochs += fmt::format(" (best: {})", best->epoch);
  std::vector<std::pair<std::string, std::string>> facts = {
      {"network", outline(made.model.spec())},
      {"parameters", parameters_of(static_cast<std::int64_t>(made.model.parameter_count()), members)},
      {"train / validation / test",
       fmt::format("{} / {} / {} {}", grouped(data.train_rows), grouped(data.validation_rows),
                   grouped(data.test_rows), unit_of(data))}};
  const std::string networks = members > 1 ? fmt::format("mean of {} networks", members) : "network";
  if (made.forecaster && made.forecaster->start() == Start::linear)
    facts.emplace_back(
        "forecast", fmt::format("linear autoregression + {:.3g} x {}", made.forecaster->share(), networks));
  else if (members > 1)
    facts.emplace_back("forecast", networks);
  if (data.table) {
    if (!data.table->time_name().empty())
      facts.emplace_back("time", data.table->label(0) + " to " + data.table->label(data.table->rows() - 1));
    facts.emplace_back("window", counted(data.preparation.window, "row"));
    facts.emplace_back("horizon", counted(data.preparation.horizon, "row"));
  }
  facts.insert(facts.end(), {{"epochs", epochs},
                             {"steps", whose + grouped(first.steps)},
                             {"batch", grouped(options.batch)},
                             {"optimiser", optimizer_text(options.optimizer)},
                             {"seed", std::to_string(options.seed)}});
  if (made.seconds)
    facts.emplace_back("trained in", *made.seconds < 0.1 ? "less than 0.1 s" : duration(*made.seconds));
  return facts;
}

report::Chart curves_of(const TrainingRecord& run) {
  std::vector<double> train, validation;
  int best = 0;
  for (const EpochRecord& record : run.history) {
    train.push_back(record.train_loss);
    if (record.validation_loss) validation.push_back(*record.validation_loss);
    if (record.best) best = record.epoch;
  }
  return report::learning_curves(std::string(enum_name(run.options.loss.value_or(Loss::mse))), train,
                                 validation, best);
}

}  // namespace

report::Page page_of(const Source& source, const Made& made, const Verdict& verdict,
                     const Predicted& predicted, const RunFacts& run) {
  const TrainingRecord& first = made.records.front();
  const Prepared& data = *source.data;
  report::Page page;
  page.title = source.config.settings.data.file;
  page.verdict = verdict.sentence;
  page.facts = facts_of(source, made);
  report::Section scores{.heading = "Scores", .text = scores_text(verdict, run)};
  if (!verdict.standings.empty()) scores.tables.push_back(verdict.table());
  page.sections.push_back(scores);
  const auto add = [&](report::Section section) {
    if (!section.charts.empty() || !section.tables.empty() || !section.cards.empty())
      page.sections.push_back(std::move(section));
  };
  if (data.table && !data.preparation.targets.empty())
    page.sections.push_back({.heading = "Forecast",
                             .text = history_text(data, predicted),
                             .charts = history_charts(data, predicted, run.ahead)});
  if (verdict.classes) {
    add(confusion_section(predicted, run.labels, made.model.notes().classes));
    add(worst_section(data, run.part, predicted, run.labels, made.model.notes().classes));
  } else {
    add(step_section(verdict, data));
    add(residual_section(data, predicted, run.values));
  }
  page.sections.push_back(
      {.heading = "Learning curves", .text = learning_text(made, data), .charts = {curves_of(first)}});
  page.sections.push_back(gradient_section(first));
  if (report::Section histograms = histogram_section(first); !histograms.heat_maps.empty())
    page.sections.push_back(std::move(histograms));
  page.sections.push_back({.heading = "Network", .preformatted = made.model.summary()});
  page.sections.push_back(settings_section(source.config));
  page.footer = "carousel " CAROUSEL_VERSION;
  return page;
}

}  // namespace carousel::cli
