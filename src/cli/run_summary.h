// RunSummary: what is compared of a run, as its folder tells it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/settings_list.h"

namespace carousel::cli {

/// The errors of a run's network, and those of the first baseline.
struct RunScores {
  std::string part, fingerprint;
  std::int64_t scored = 0;
  bool classes = false;
  double rmse = 0, mae = 0;  ///< of one target; NaN of several
  double accuracy = 0;       ///< of classes
  /// What runs are ranked by, smaller is better: RMSE; of several targets the mean of their RMSE as shares of
  /// the baseline's; of classes 1 - accuracy.
  double error = 0;
  double skill = 0;      ///< 1 - error / that of the baseline, by RMSE; NaN without one
  std::string baseline;  ///< "naive"
  double seconds = 0;    ///< of training; NaN where they are not known
};

struct RunSummary {
  std::string folder, network;
  std::string loss;                                 ///< "mse", and of what where it is not of the target
  std::int64_t parameters = 0;                      ///< of one network
  std::size_t members = 1;                          ///< networks
  std::vector<double> train_loss, validation_loss;  ///< of the first member's epochs; the latter may be empty
  int best_epoch = 0;                               ///< of the smallest validation loss, or training loss
  std::vector<ListedSetting> settings;
  std::optional<RunScores> scores;

  /// Its loss at the best epoch: validation, or training; NaN before the first one.
  double best_loss() const;
};

/// Throws model_* for a folder that holds no run, or a damaged one.
RunSummary summary_of(const std::string& folder);

/// A setting whose value is not the same in all runs; "–" where a run has no such setting.
struct DifferingSetting {
  std::string path;
  std::vector<std::string> values;  ///< one a run
};
std::vector<DifferingSetting> differing(const std::vector<RunSummary>& runs);

}  // namespace carousel::cli
