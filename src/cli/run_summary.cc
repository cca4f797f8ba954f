// Reads run folders for comparison.
#include "cli/run_summary.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "cli/scores_file.h"
#include "cli/source.h"
#include "cli/trained.h"

namespace carousel::cli {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json[key].is_number() ? json[key].get<double>() : kNone;
}

/// RMSE of each target; of one target its only one.
std::vector<double> rmse_of(const Json& standing) {
  std::vector<double> all;
  if (standing.contains("targets") && standing["targets"].is_object())
    for (const auto& [name, target] : standing["targets"].items()) all.push_back(number(target, "rmse"));
  else
    all.push_back(number(standing, "rmse"));
  return all;
}

RunScores scores_of(const Json& json) {
  const Json& list = json["scores"];
  RunScores scores{
      .part = json["part"], .fingerprint = json["fingerprint"], .seconds = number(json, "seconds")};
  scores.scored = json["scored"].get<std::int64_t>();
  scores.rmse = scores.mae = scores.accuracy = scores.error = scores.skill = kNone;
  if (list.empty()) return scores;
  scores.rmse = number(list[0], "rmse"), scores.mae = number(list[0], "mae");
  scores.accuracy = number(list[0], "accuracy");
  scores.classes = list[0].is_object() && list[0].contains("accuracy");
  const bool compared = list.size() > 1 && list[1].is_object();
  if (compared) scores.baseline = list[1].value("name", "");
  if (scores.classes) {
    scores.error = 1 - scores.accuracy;
    if (compared) scores.skill = 1 - scores.error / (1 - number(list[1], "accuracy"));
    return scores;
  }
  const std::vector<double> own = rmse_of(list[0]), base = compared ? rmse_of(list[1]) : own;
  double shares = 0;
  int count = 0;
  for (std::size_t t = 0; t < std::min(own.size(), base.size()); ++t)
    if (base[t] > 0) shares += own[t] / base[t], ++count;
  const double share = count > 0 ? shares / count : kNone;
  if (compared) scores.skill = 1 - share;
  scores.error = own.size() == 1 ? own[0] : share;
  return scores;
}

/// The columns train_loss and validation_loss of history.csv, of the first member where it tells of several,
/// or where a run of several was stopped and the members' own are all there is; what is no number is NaN.
void read_history(const std::string& folder, RunSummary& run) {
  std::ifstream file(in_folder(folder, training::kHistoryFile));
  if (!file) file.open(in_folder(member_folder(folder, 0), training::kHistoryFile));
  std::string line;
  std::vector<std::string> head;
  std::string member;
  bool validated = false;
  for (bool first = true; std::getline(file, line); first = false) {
    std::vector<std::string> fields;
    for (std::size_t from = 0; from <= line.size();) {
      const std::size_t comma = std::min(line.find(',', from), line.size());
      fields.push_back(line.substr(from, comma - from));
      from = comma + 1;
    }
    if (first) {
      head = fields;
      continue;
    }
    const auto field = [&](const char* name) {
      const auto at = static_cast<std::size_t>(std::find(head.begin(), head.end(), name) - head.begin());
      return at < fields.size() ? fields[at] : "";
    };
    const auto value = [&](const char* name) {
      const std::string text = field(name);
      return text.empty() ? kNone : std::strtod(text.c_str(), nullptr);
    };
    if (run.train_loss.empty()) member = field("member");
    if (field("member") != member) break;
    run.train_loss.push_back(value("train_loss"));
    run.validation_loss.push_back(value("validation_loss"));
    validated = validated || std::isfinite(run.validation_loss.back());
  }
  if (!validated) run.validation_loss.clear();
  double least = INFINITY;
  const std::vector<double>& losses = validated ? run.validation_loss : run.train_loss;
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (losses[i] < least) least = losses[i], run.best_epoch = static_cast<int>(i) + 1;
}

}  // namespace

double RunSummary::best_loss() const {
  if (best_epoch == 0) return kNone;
  return (validation_loss.empty() ? train_loss : validation_loss)[static_cast<std::size_t>(best_epoch - 1)];
}

RunSummary summary_of(const std::string& folder) {
  const Trained trained = open_trained(folder, {});
  if (trained.named.folder.empty())
    throw Error(
        Code::model_missing_file,
        {.where = folder, .what = "this is no run folder", .hint = "a run folder is made by carousel train"});
  RunSummary run{.folder = folder,
                 .network = outline(trained.model.spec()),
                 .parameters = static_cast<std::int64_t>(trained.model.parameter_count()),
                 .members = trained.forecaster ? trained.forecaster->members().size() : 1,
                 .settings = list_settings(trained.config)};
  read_history(trained.named.folder, run);
  for (const ListedSetting& one : run.settings)
    if (one.path == "train.loss" && one.value.is_string()) run.loss = one.value;
  if (trained.forecaster && trained.forecaster->start() == Start::linear)
    run.loss += " of what the linear autoregression leaves";
  if (const std::optional<Json> json = read_scores(trained.named.folder)) run.scores = scores_of(*json);
  return run;
}

std::vector<DifferingSetting> differing(const std::vector<RunSummary>& runs) {
  std::vector<DifferingSetting> all;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const ListedSetting& one : runs[i].settings) {
      auto found =
          std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.path == one.path; });
      if (found == all.end())
        found = all.insert(all.end(), {one.path, std::vector<std::string>(runs.size(), "–")});
      found->values[i] = text_of(one.value);
    }
  std::erase_if(all, [](const DifferingSetting& one) {
    return std::adjacent_find(one.values.begin(), one.values.end(), std::not_equal_to<>()) ==
           one.values.end();
  });
  return all;
}

}  // namespace carousel::cli
