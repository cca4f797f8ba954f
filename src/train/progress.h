// Progress: how far a run is, in counters; with the weights and the optimiser's state all that a resume
// needs.
#pragma once

#include <span>

#include "base/fields_json.h"
#include "carousel/train.h"
#include "loss/criterion.h"
#include "train/distribution.h"
#include "train/gradient_trace.h"

namespace carousel::training {

struct Progress {
  std::int64_t step = 0;      ///< steps done
  int epoch = 0;              ///< epochs completed
  std::int64_t in_epoch = 0;  ///< steps done of the epoch that is under way
  loss::Sum meter;            ///< over these steps
  std::vector<EpochRecord> history;
  GradientTrace gradients;
  DistributionTrace distributions;
  std::vector<Distribution> last_gradients;  ///< of each tensor, of the last step, as a checkpoint inside
                                             ///< an epoch has them; empty where not known
  std::optional<std::int64_t> events;  ///< length of the event file at the last checkpoint; none: not known
  bool cut_short = false;  ///< the last record is of an epoch that `steps` cut short: no checkpoint holds it

  /// The records of whole epochs.
  std::span<const EpochRecord> whole() const { return std::span(history).first(history.size() - cut_short); }
  /// The last record that was the best; null before the first epoch's end.
  const EpochRecord* best() const;
  int epochs_since_best() const;
};

/// What a record is judged by: the validation loss where there is one.
double monitored(const EpochRecord& record);

/// Options that change no weight of any step: they may differ from one part of a run to the next, and are not
/// told in the model.
bool is_free(const std::string& option);

/// The options that made the weights, and the history up to `end`, for the model's notes.
Json training_notes(const TrainOptions& options, std::span<const EpochRecord> history, std::int64_t step);

/// {"options": ..., "data": ..., counters}. The number of threads is not kept: it changes nothing; nor are
/// the numbers of `gradients` and `distributions`, which stand in arrays.
Json state_to_json(const TrainOptions& options, const std::string& data, const Progress& progress);
/// Strict; throws model_bad_format with `file`.
struct RunState {
  TrainOptions options;
  std::string data;
  Progress progress;
};
RunState state_from_json(const Json& json, const std::string& file);

/// epoch,step,train_loss,train_accuracy,validation_loss,validation_accuracy; empty where there is none.
std::string history_csv(const std::vector<EpochRecord>& history);

}  // namespace carousel::training
