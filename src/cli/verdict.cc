// How a model stands beside the baselines: the verdict as text, JSON and a table.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/progress.h"
#include "cli/score.h"
#include "cli/source.h"
#include "forecast/baselines.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr int kMostDecimals = 8;
constexpr std::size_t kTargetsInText = 8, kTargetsInTable = 4;
constexpr double kLargestInFull = 1e7;

/// RMSE and MAE of each, as the columns of a table.
std::pair<std::vector<std::string>, std::vector<std::string>> errors_of(
    const std::vector<Standing>& standings) {
  std::vector<double> rmse, mae;
  for (const Standing& standing : standings) {
    rmse.push_back(standing.rmse);
    mae.push_back(standing.mae);
  }
  return {even_numbers(rmse), even_numbers(mae)};
}

/// `values` and `truth` hold `targets` numbers a row.
Standing standing_of(const std::string& name, const std::vector<double>& values,
                     const std::vector<double>& truth, std::size_t targets, bool mae) {
  Standing standing{.name = name};
  if (targets < 2) {
    const forecasting::Errors errors = forecasting::errors(values, truth);
    standing.error = mae ? errors.mae : errors.rmse;
    standing.rmse = errors.rmse;
    standing.mae = errors.mae;
    return standing;
  }
  for (const forecasting::Errors& errors : forecasting::errors_by_column(values, truth, targets))
    standing.targets.push_back({.rmse = errors.rmse, .mae = errors.mae});
  return standing;
}

/// Errors of targets in different units are compared as shares of the first baseline's. A target that this
/// makes no error on is left out: there is nothing to learn of it.
void compare_targets(std::vector<Standing>& standings, bool mae) {
  if (standings.size() < 2) return;
  const std::vector<TargetScore> base = standings[1].targets;
  const auto error_of = [&](const TargetScore& score) { return mae ? score.mae : score.rmse; };
  for (std::size_t i = 0; i < standings.size(); ++i) {
    double sum = 0;
    int count = 0;
    for (std::size_t t = 0; t < base.size(); ++t) {
      TargetScore& score = standings[i].targets[t];
      score.skill = i == 1 ? std::nan("") : forecasting::skill(error_of(score), error_of(base[t]));
      if (error_of(base[t]) == 0 || std::isnan(error_of(base[t]))) continue;
      sum += error_of(score) / error_of(base[t]);
      ++count;
    }
    standings[i].error = count > 0 ? sum / count : 0;
  }
}

}  // namespace

std::string sentence_of(const std::vector<Standing>& standings, bool classes, bool all) {
  if (standings.size() < 2) return "";
  const Standing& model = standings[0];
  const Standing& best =
      *std::min_element(standings.begin() + 1, standings.end(),
                        [](const Standing& a, const Standing& b) { return a.error < b.error; });
  if (!std::isfinite(model.error))
    return fmt::format("The {}'s output is not finite: it cannot be used.", model.name);
  if (classes) {
    if (model.accuracy > best.accuracy)
      return fmt::format("The network is right on {:.2f} %, the best baseline ({}) on {:.2f} %.",
                         100 * model.accuracy, best.name, 100 * best.accuracy);
    if (model.accuracy == best.accuracy)
      return fmt::format(
          "The network is right as often as the baseline \"{}\": it has learnt nothing beyond it.",
          best.name);
    return fmt::format("The network loses to the baseline \"{}\": it is right on {:.2f} %, that on {:.2f} %.",
                       best.name, 100 * model.accuracy, 100 * best.accuracy);
  }
  if (best.error == 0)
    return fmt::format("The baseline \"{}\" makes no error at all: there is nothing to learn.", best.name);
  const double gain = 1 - model.error / best.error;
  if (std::abs(gain) < kTie)
    return fmt::format(
        "The {} is as good as the baseline \"{}\", and no better: their errors differ by less than 0.05 %.",
        model.name, best.name);
  if (gain > 0)
    return fmt::format("The {} beats {}: its error is {:.1f} % smaller than that of the best one ({}).",
                       model.name, all ? "every baseline" : "the baselines that are scored here", 100 * gain,
                       best.name);
  return fmt::format("The {} loses to the baseline \"{}\": its error is {}.", model.name, best.name,
                     gain <= -99  ? fmt::format("{} times as large", grouped(std::llround(1 - gain)))
                     : gain <= -1 ? fmt::format("{:.3g} times as large", 1 - gain)
                                  : fmt::format("{:.1f} % larger", -100 * gain));
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:+.1f} %", 100 * share) : "";
}

std::string with_silence(const std::string& sentence, const std::vector<Standing>& standings) {
  const std::string silence =
      "The networks have no share in the forecast: it is the linear autoregression alone.";
  const auto best = std::min_element(standings.begin() + 1, standings.end(),
                                     [](const Standing& a, const Standing& b) { return a.error < b.error; });
  const bool said = std::isfinite(standings.front().error) && best->error > 0 &&
                    best->name == forecasting::kLinearAutoregression;
  return said ? silence : silence + " " + sentence;
}

std::vector<std::string> even_numbers(std::span<const double> values, int digits) {
  double largest = 0, smallest = INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value) || value == 0) continue;
    largest = std::max(largest, std::abs(value));
    smallest = std::min(smallest, std::abs(value));
  }
  const auto place = [](double value) { return static_cast<int>(std::floor(std::log10(value))); };
  const int decimals = largest == 0 ? 0 : std::max({0, digits - 1 - place(largest), -place(smallest)});
  std::vector<std::string> texts;
  for (const double value : values)
    texts.push_back(!std::isfinite(value) ? short_number(value)
                    : largest >= kLargestInFull || decimals > kMostDecimals
                        ? fmt::format("{:.{}g}", value, digits)
                        : fmt::format("{:.{}f}", value, decimals));
  return texts;
}

Verdict judge(const Model& model, const std::optional<Forecaster>& forecaster, const Prepared& data,
              const Dataset& part, const Predicted& predicted, const std::string& part_name, int threads,
              bool fitted_baselines) {
  Verdict verdict{.classes = data.preparation.classes > 0,
                  .lines = static_cast<std::int64_t>(predicted.lines()),
                  .part = part_name};
  if (part.count() == 0) return verdict;
  TrainOptions options = trained_with(model);
  options.threads = threads;
  if (!forecaster) verdict.score = evaluate(model, part, options);
  verdict.unit = data.table ? "window" : verdict.lines == part.count() ? "sequence" : "step";
  const bool mae = *options.loss == Loss::mae;
  std::vector<forecasting::Baseline> others = forecasting::baselines(data, part);
  if (!fitted_baselines)
    std::erase_if(others, [&](const forecasting::Baseline& other) {
      const bool fitted = other.name.find("naive") == std::string::npos;
      if (fitted) verdict.not_scored.push_back(other.name);
      return fitted;
    });
  if (verdict.classes) {
    const forecasting::Confusion confusion(std::max(data.preparation.classes, predicted.width),
                                           forecasting::largest(predicted.values, predicted.width),
                                           forecasting::true_classes(part));
    verdict.standings.push_back(
        {.name = "network", .error = 1 - confusion.accuracy(), .accuracy = confusion.accuracy()});
    for (const forecasting::Baseline& other : others)
      if (other.accuracy)
        verdict.standings.push_back(
            {.name = other.name, .error = 1 - *other.accuracy, .accuracy = *other.accuracy});
  } else {
    const std::vector<double> values(predicted.values.begin(), predicted.values.end());
    const std::vector<double> truth = forecasting::true_values(data, part);
    const std::size_t targets = data.preparation.targets.size();
    if (targets > 1)
      for (const ColumnScale& target : data.preparation.targets) verdict.targets.push_back(target.name);
    const auto add = [&](const std::string& name, const std::vector<double>& said) {
      verdict.standings.push_back(standing_of(name, said, truth, targets, mae));
      if (data.table && data.preparation.horizon > 1)
        verdict.standings.back().by_step =
            forecasting::errors_by_column(said, truth, static_cast<std::size_t>(predicted.width));
    };
    add(forecaster ? "forecast" : "network", values);
    for (const forecasting::Baseline& other : others)
      if (other.errors) add(other.name, other.values);
    if (targets > 1) compare_targets(verdict.standings, mae);
  }
  for (std::size_t i = 0; i < verdict.standings.size(); ++i)
    verdict.standings[i].skill =
        i == 1 || verdict.standings.size() < 2
            ? std::nan("")
            : forecasting::skill(verdict.standings[i].error, verdict.standings[1].error);
  verdict.sentence = sentence_of(verdict.standings, verdict.classes, verdict.not_scored.empty());
  verdict.silent = forecaster && forecaster->share() == 0;
  if (verdict.silent && !verdict.sentence.empty())
    verdict.sentence = with_silence(verdict.sentence, verdict.standings);
  if (!verdict.targets.empty() && !verdict.sentence.empty())
    verdict.sentence +=
        fmt::format(" Each error is the mean of those of {} targets, as shares of those of {}.",
                    verdict.targets.size(), verdict.standings[1].name);
  return verdict;
}

bool Verdict::has_skill() const {
  const double least = classes ? 1 : 1 - kTie;
  return standings.size() > 1 && !silent &&
         std::all_of(standings.begin() + 1, standings.end(),
                     [&](const Standing& other) { return standings.front().error < least * other.error; });
}

std::string Verdict::skill_heading() const {
  return standings.size() > 1 ? "skill over " + standings[1].name : "";
}

std::string Verdict::text_of_targets() const {
  std::size_t width = 12;
  for (const Standing& standing : standings) width = std::max(width, standing.name.size() + 2);
  const std::size_t shown = std::min(targets.size(), kTargetsInText);
  for (std::size_t t = 0; t < shown; ++t) width = std::max(width, targets[t].size());
  std::string text;
  for (std::size_t t = 0; t < shown; ++t) {
    std::vector<Standing> of_target;
    for (const Standing& standing : standings)
      of_target.push_back({.rmse = standing.targets[t].rmse, .mae = standing.targets[t].mae});
    const auto [rmse, mae] = errors_of(of_target);
    text += fmt::format("  {:<{}}  {:>10}  {:>10}  {}\n", targets[t], width, "RMSE", "MAE", skill_heading());
    for (std::size_t i = 0; i < standings.size(); ++i) {
      std::string line = fmt::format("    {:<{}}  {:>10}  {:>10}  {}", standings[i].name, width - 2, rmse[i],
                                     mae[i], i == 1 ? "" : percent(standings[i].targets[t].skill));
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
  }
  if (shown < targets.size())
    text += fmt::format("  and {} more targets: --json tells them all\n", targets.size() - shown);
  std::string means;
  for (std::size_t i = 0; i < standings.size() && standings.size() > 1; ++i)
    if (i != 1)
      means +=
          fmt::format("{}{} {}", means.empty() ? "" : ", ", standings[i].name, percent(standings[i].skill));
  if (!means.empty()) text += fmt::format("mean skill of the targets: {}\n", means);
  return text;
}

report::Table Verdict::table_of_targets() const {
  const std::size_t shown = std::min(targets.size(), kTargetsInTable);
  report::Table table{.columns = {""}, .emphasised = 0};
  for (const Standing& standing : standings) table.rows.push_back({standing.name});
  for (std::size_t t = 0; t < shown; ++t) {
    table.columns.push_back(targets[t] + ", RMSE");
    std::vector<double> errors;
    for (const Standing& standing : standings) errors.push_back(standing.targets[t].rmse);
    const std::vector<std::string> texts = even_numbers(errors);
    for (std::size_t i = 0; i < standings.size(); ++i) table.rows[i].push_back(texts[i]);
  }
  table.columns.push_back("mean " + skill_heading());
  for (std::size_t i = 0; i < standings.size(); ++i) table.rows[i].push_back(percent(standings[i].skill));
  return table;
}

std::string Verdict::text(const std::string& unit_note) const {
  if (standings.empty()) return fmt::format("The {} is empty: there is no score.\n", part);
  const std::string head = fmt::format("{}, {}{}\n", part, unit_note, unit_note.empty() ? "" : ":");
  std::string text = head + (targets.empty() ? text_of_one() : text_of_targets());
  if (!not_scored.empty())
    text += fmt::format("not scored here: {}, which would have to be fitted on the rows that are scored\n",
                        fmt::join(not_scored, ", "));
  return text + sentence + (sentence.empty() ? "" : "\n");
}

std::string Verdict::text_of_one() const {
  std::size_t width = 12;
  for (const Standing& standing : standings) width = std::max(width, standing.name.size());
  const std::string skill = skill_heading();
  std::string text = classes ? fmt::format("  {:<{}}  {:>10}  {}\n", "", width, "accuracy", skill)
                             : fmt::format("  {:<{}}  {:>10}  {:>10}  {}\n", "", width, "RMSE", "MAE", skill);
  const auto [rmse, mae] = errors_of(standings);
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const Standing& standing = standings[i];
    const std::string share = i == 1 ? "" : percent(standing.skill);
    std::string line =
        classes
            ? fmt::format("  {:<{}}  {:>8.2f} %  {}", standing.name, width, 100 * standing.accuracy, share)
            : fmt::format("  {:<{}}  {:>10}  {:>10}  {}", standing.name, width, rmse[i], mae[i], share);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Json Verdict::json() const {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json list = Json::array();
  for (const Standing& standing : standings) {
    Json one = {{"name", standing.name}};
    if (classes)
      one["accuracy"] = number(standing.accuracy);
    else if (targets.empty())
      one["rmse"] = number(standing.rmse), one["mae"] = number(standing.mae);
    Json of_targets = Json::object();
    for (std::size_t t = 0; t < targets.size(); ++t)
      of_targets[targets[t]] = object_of({{"rmse", number(standing.targets[t].rmse)},
                                          {"mae", number(standing.targets[t].mae)},
                                          {"skill", number(standing.targets[t].skill)}});
    if (!targets.empty()) one["targets"] = std::move(of_targets);
    one["skill"] = number(standing.skill);
    list.push_back(one);
  }
  Json json = {
      {"event", "verdict"}, {"part", part}, {"scored", lines}, {"scores", list}, {"sentence", sentence}};
  if (!not_scored.empty()) json["not_scored"] = not_scored;
  if (score) {
    json["loss"] = number(score->loss);
    if (score->accuracy) json["accuracy"] = number(*score->accuracy);
  }
  return json;
}

report::Table Verdict::table() const {
  if (!targets.empty()) return table_of_targets();
  report::Table table;
  const std::string skill = standings.size() > 1 ? "skill over " + standings[1].name : "skill";
  table.columns = classes ? std::vector<std::string>{"", "accuracy", skill}
                          : std::vector<std::string>{"", "RMSE", "MAE", skill};
  table.emphasised = 0;
  double largest = 0;
  for (const Standing& standing : standings) largest = std::max(largest, standing.rmse);
  const auto [rmse, mae] = errors_of(standings);
  for (std::size_t i = 0; i < standings.size(); ++i) {
    const Standing& standing = standings[i];
    if (classes)
      table.rows.push_back(
          {standing.name, fmt::format("{:.2f} %", 100 * standing.accuracy), percent(standing.skill)});
    else
      table.rows.push_back({standing.name, rmse[i], mae[i], percent(standing.skill)});
    table.bars.push_back(classes ? standing.accuracy : largest > 0 ? standing.rmse / largest : std::nan(""));
  }
  return table;
}

}  // namespace carousel::cli
