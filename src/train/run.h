// Run: everything that a training run has: data, learner, progress, and its files.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "carousel/train.h"
#include "checkpoint/model_file.h"
#include "events/event_file.h"
#include "train/batches.h"
#include "train/learner.h"
#include "train/progress.h"
#include "train/score.h"

namespace carousel {

struct Trainer::Impl {
  Impl(const ModelSpec& spec, const Prepared& data, const TrainOptions& resolved, std::string folder,
       ModelNotes notes);

  /// One step: the parts that follow, in their order.
  StepEvent learn();
  void next_batch();
  SeqView<const float> forward() { return learner.forward(batch, progress.step + 1); }
  loss::Sum loss(SeqView<const float> y);
  void backward() {
    gradients_are_current = false;
    learner.backward(batch, progress.step + 1);
  }
  double clip();
  void update(double norm);
  StepEvent meter(const loss::Sum& sum, double norm);
  void end_epoch(TrainObserver* observer);
  void checkpoint();
  /// Writes what was learnt since the last checkpoint, before an error ends the run.
  void rescue();

  std::int64_t validation_count() const { return validation ? validation->count() : 0; }
  bool epoch_ended() const { return progress.in_epoch == steps_per_epoch; }
  bool checkpoint_due() const;
  std::optional<Finish> finish() const;
  std::int64_t total_steps() const;
  double seconds() const;
  std::size_t parameter_count() const;

  /// The record of the epoch so far, with validation.
  EpochRecord close_epoch();
  /// Keeps in `kept` the weights of a record that is the best.
  void judge(EpochRecord& record, model::Parameters<float>& kept);
  /// A record for an epoch that `steps` cut short: it is shown and may be kept, but a checkpoint does not
  /// know it.
  void close_short_epoch(TrainObserver* observer);

  bool describes_epochs() const { return options.histograms || options.tensorboard; }
  /// Of the last step's gradients, by tensor; empty where nobody knows them any more.
  std::vector<training::Distribution> last_gradients() const;
  /// Counts the weights and gradients of the epoch that `record` closes, and tells the event file.
  void describe_epoch(const EpochRecord& record);

  ModelNotes notes_at(std::size_t records, std::int64_t step) const;
  ModelNotes notes_of_best() const;
  /// Weights of progress.best(); empty where none are kept.
  const model::Parameters<float>& best_weights() const { return short_best.empty() ? best : short_best; }
  Model kept_model() const;
  Model current_model() const;

  // run_files.cc
  /// Throws only when all that can be written is.
  void save();
  void save_checkpoint();
  void save_model_file();
  void save_history();
  void save_all();
  void restore(checkpoint::Contents contents, training::Progress from);
  void take_traces(const checkpoint::Contents& contents, const std::string& path);

  // run_events.cc
  bool writes_events() const { return options.tensorboard && !folder.empty(); }
  events::EventFile& event_file();
  void log_step(const StepEvent& event);
  void log_epoch(const EpochRecord& record, const std::vector<training::Distribution>& weights,
                 const std::vector<training::Distribution>& gradients);
  /// All events are on the disk; the checkpoint that follows says up to where they are its own. Returns what
  /// went wrong.
  std::exception_ptr settle_events();

  ModelSpec spec;
  std::shared_ptr<const Dataset> train, validation;
  TrainOptions options;
  std::string folder;
  ModelNotes notes;
  ChosenTeam chosen_team;
  Team& team;
  training::Learner learner;
  training::Scorer scorer;
  std::string data_mark;
  std::int64_t steps_per_epoch;

  training::Progress progress;
  model::Parameters<float> best;        ///< weights of the best whole epoch; empty before the first
  model::Parameters<float> short_best;  ///< those of an epoch that was cut short, when it is the best
  std::optional<training::DistributionTrace::Epoch> short_epoch;  ///< of an epoch that was cut short
  std::unique_ptr<events::EventFile> open_events;                 ///< null before the first event
  bool gradients_are_current = false;                             ///< learner.gradients() are the last step's
  bool model_written =
      false;  ///< model.safetensors holds the best weights; never true of weights that move on
  std::optional<double> saved_at;  ///< seconds() of the last checkpoint
  std::int64_t saved_step = 0;     ///< its step; 0 before the first
  Batch batch;
  training::Order order;
  std::vector<std::int64_t> indices;
  std::atomic<bool> stop{false};
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

}  // namespace carousel
