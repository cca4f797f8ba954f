// Score: what a model puts out for a dataset, in the data's own unit, and how it stands beside the baselines.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/fields_json.h"
#include "carousel/data.h"
#include "carousel/forecaster.h"
#include "carousel/model.h"
#include "carousel/train.h"
#include "forecast/link.h"
#include "forecast/metrics.h"
#include "report/page.h"

namespace carousel::cli {

inline constexpr double kTie = 0.0005;  ///< errors that differ by a smaller share are the same

using forecasting::apply_link;
using forecasting::Link;
using forecasting::link_of;
using forecasting::trained_with;

/// A model's output for all sequences of a dataset, dense.
struct Outputs {
  int rows = 0, steps = 1, width = 0;  ///< steps is 1 where the model returns the last one
  std::vector<float> values;  ///< [rows, steps, width], restored; of classes probabilities; 0 beyond a length
  std::vector<float> low = {},
                     high = {};       ///< of a forecaster's members, as `values`; empty where there is one
  std::vector<std::int64_t> ids;      ///< [rows]: the table's row of the first target, or the sequence
  std::vector<std::int32_t> lengths;  ///< [rows]: steps of the output that count
  std::vector<float> mask;            ///< [rows, steps], empty: all
};

struct RunOptions {
  const State* initial = nullptr;  ///< [rows of the dataset]; null = zero
  State* final = nullptr;
  bool every_step = false;
  int threads = 0;
};

/// Runs the model over all of `part`, in batches.
Outputs run_model(const Model& model, const Preparation& preparation, const Dataset& part,
                  const RunOptions& options);

/// The outputs that count, one line for each: a window, a sequence, or a step of one.
struct Predicted {
  int width = 0;                    ///< numbers a line: horizon · targets, K, or classes (probabilities)
  std::vector<float> values;        ///< [lines, width]
  std::vector<float> low, high;     ///< of a forecaster's members, or empty
  std::vector<std::int64_t> ids;    ///< [lines]
  std::vector<std::int32_t> steps;  ///< [lines]: step of the sequence, from 0
  std::size_t lines() const { return ids.size(); }
};
Predicted lines_of(const Outputs& outputs);

/// The errors of one target among several, in its own unit.
struct TargetScore {
  double rmse = 0, mae = 0;
  double skill =
      std::numeric_limits<double>::quiet_NaN();  ///< as that of a Standing; NaN where nothing was to compare
};

/// One line of the verdict's table.
struct Standing {
  std::string name;
  /// RMSE, or MAE when the loss is mae; of classes 1 - accuracy; of several targets, whose units may differ,
  /// the mean of their errors as shares of those of the first baseline.
  double error = 0;
  double rmse = 0, mae = 0, accuracy = 0;
  double skill = 0;                       ///< 1 - error / error of the first baseline; NaN for that itself
  std::vector<TargetScore> targets = {};  ///< of several targets; rmse and mae above are 0 then
  /// Of windows with a horizon of several rows: [horizon, targets].
  std::vector<forecasting::Errors> by_step = {};
};

/// How the first, the network, stands beside the others. `all`: no baseline is missing among them.
std::string sentence_of(const std::vector<Standing>& standings, bool classes, bool all);

/// The same of a forecast whose networks have no share in it. It stands as its start does, which is said
/// alone where that is the best there is.
std::string with_silence(const std::string& sentence, const std::vector<Standing>& standings);

/// 0.123 -> "+12.3 %"; "" where it is not known.
std::string percent(double share);

/// Numbers with the same decimals: `digits` significant ones of the largest, at least one of the smallest.
std::vector<std::string> even_numbers(std::span<const double> values, int digits = 4);

struct Verdict {
  bool classes = false;
  std::int64_t lines = 0;               ///< windows, sequences or steps that were scored
  std::string unit;                     ///< "window", "sequence" or "step"
  std::vector<std::string> targets;     ///< names, where there are several
  std::string part;                     ///< "test part", ...
  std::vector<Standing> standings;      ///< the model first
  std::vector<std::string> not_scored;  ///< baselines that are left out
  std::string sentence;
  std::optional<Score> score;  ///< the loss as training saw it
  bool silent = false;         ///< a forecaster's networks have no share in what it says

  /// Whether every baseline that is scored is beaten, by more than a tie, and by the networks' doing.
  bool has_skill() const;
  std::string text(const std::string& unit_note) const;
  Json json() const;
  report::Table table() const;

 private:
  std::string text_of_one() const;
  std::string text_of_targets() const;
  report::Table table_of_targets() const;
  std::string skill_heading() const;
};

/// Scores the model, or the forecaster where there is one, on `part`, whose output `predicted` is. Baselines
/// that must be fitted are left out unless `fitted_baselines`: they would be fitted on the rows that they are
/// scored on.
Verdict judge(const Model& model, const std::optional<Forecaster>& forecaster, const Prepared& data,
              const Dataset& part, const Predicted& predicted, const std::string& part_name, int threads,
              bool fitted_baselines = true);

}  // namespace carousel::cli
