// Training: from a spec and data to a trained Model, step by step or at once, stopped and resumed without a
// trace.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carousel/data.h"
#include "carousel/loss.h"
#include "carousel/model.h"
#include "carousel/optimizer.h"
#include "carousel/spec.h"

namespace carousel {

/// Which weights a run ends with.
enum class Keep {
  best,  ///< those of the epoch with the smallest validation loss (training loss where nothing validates)
  last,  ///< those of the last step
};

/// The [train] part of a settings file.
///
/// Let l(t, b) be the loss of step t of row b where it counts, n(b) the number of steps that count in row b,
/// and B the number of rows with at least one:
///   row:    L(b) = Σ_t l(t, b), divided by n(b) when reduce_time = mean
///   batch:  L = Σ_b L(b), divided by B when reduce_samples = mean
/// The loss of an epoch is the same formula over all its rows. What is minimised is L plus λ · ½ Σ w² of the
/// weights with an L2 factor; every loss that is shown is L alone.
struct TrainOptions {
  std::optional<Loss> loss;  ///< none = auto: mse for values, cross_entropy for classes
  Optimizer optimizer;
  int batch = 32;                     ///< rows a step, 1 ... 10⁶; the last batch of an epoch may be smaller
  std::optional<int> epochs;          ///< passes over the training part, 1 ... 10⁶; none = auto: 20, or as
                                      ///< many as make 2,000 steps (at most 200) or `steps`, if that is more
  std::int64_t steps = 0;             ///< stops after so many steps in all, within an epoch too; 0 = no limit
  std::uint64_t seed = 1;             ///< of initialisation, dropout and shuffling
  bool shuffle = true;                ///< another order each epoch; false: the order of the data
  double clip_norm = 0.0;             ///< largest L2 norm of all gradients together, >= 0; 0 = off
  double clip_value = 0.0;            ///< largest |g| of a single gradient, after clip_norm, >= 0; 0 = off
  Reduce reduce_time = Reduce::mean;  ///< over the steps of a row
  Reduce reduce_samples = Reduce::mean;  ///< over the rows
  LossAt loss_at = LossAt::every;        ///< every step, or the last of each row
  double l2 = 0.0;  ///< λ >= 0 of λ · ½ Σ w², beside what layers ask for (l2_w, l2_u)
  std::vector<std::string>
      l2_weights;          ///< the weights that `l2` is for: "layers.0.W", or "*.W" with * for any text
  int patience = 0;        ///< stops after so many epochs (to 10⁶) without a smaller loss; 0 = never
  Keep keep = Keep::best;  ///< best | last
  std::int64_t checkpoint_every =
      0;  ///< steps from one checkpoint to the next; 0 = at the end of an epoch, once a second at most
  bool recompute =
      false;  ///< recurrent layers keep their states alone (LSTM: 2 numbers a unit and step instead of 6) and
              ///< make the gates again in backward: less memory, about a third more time, the same numbers
  bool histograms = false;   ///< counts at each epoch's end how weights and gradients are spread, for
                             ///< Trainer::histograms
  bool tensorboard = false;  ///< writes TensorBoard's event file into the run folder; makes histograms too
  int threads = 0;  ///< at most 1024; 0 = all cores, or one where a step takes less than about 0.3 ms; the
                    ///< numbers do not depend on it
};

/// The options with `loss` and the optimizer's own settings filled in for these targets, and `epochs` for
/// that many training sequences (0: left as it is). Throws usage_conflict for settings that do not go
/// together, usage_bad_value for numbers out of range.
TrainOptions resolved(const TrainOptions& options, const TargetShape& target, std::int64_t sequences = 0);

/// How good a model is on some rows.
struct Score {
  double loss = 0.0;
  std::optional<double>
      accuracy;  ///< share of classes (of labels, where they are binary) that are right; cross-entropies only
  std::int64_t rows = 0;  ///< rows with at least one step that counts
};

/// What training says when it begins (or goes on).
struct StartEvent {
  const TrainOptions& options;  ///< as resolved
  std::size_t parameters;       ///< weights in all
  std::int64_t train_sequences, validation_sequences;
  std::int64_t steps_per_epoch;
  std::int64_t total_steps;  ///< at most
  std::int64_t step;         ///< steps that were done before (resumed); 0 at a fresh start
  int threads;
};

/// One step of the optimiser.
struct StepEvent {
  std::int64_t step;               ///< from 1, over all epochs
  int epoch;                       ///< from 1
  std::int64_t step_in_epoch;      ///< from 1
  std::int64_t sequences;          ///< rows of this batch
  double loss;                     ///< of this batch, before the update
  double gradient_norm;            ///< of all gradients together with L2, before clipping
  std::optional<double> accuracy;  ///< of this batch, before the update; classes only
  double seconds;                  ///< since this run (or its resumption) began
  bool clipped = false;            ///< clip_norm or clip_value made this gradient smaller
};

/// Gradient norms of some steps in a row.
struct GradientPoint {
  std::int64_t step = 0;                     ///< the last of them
  std::int64_t steps = 0;                    ///< how many they are
  double mean = 0, lowest = 0, highest = 0;  ///< of StepEvent::gradient_norm
  std::int64_t clipped = 0;                  ///< how many of the steps were clipped
};

/// How the numbers of a tensor are spread. The edges are the same for every tensor and epoch: eight buckets
/// an octave on both sides of 0, and one for what is nearer to 0 than 2^-40.
struct Histogram {
  struct Bucket {
    double low, high;  ///< holds low <= x < high
    std::int64_t count;
  };
  std::vector<Bucket> buckets;  ///< ascending; empty ones are left out
};

/// The histograms of all weights at the end of an epoch, in the order of Model::tensors.
struct EpochHistograms {
  struct Tensor {
    std::string name;    ///< "layers.0.W"
    Histogram weights;   ///< after the epoch's last step
    Histogram gradient;  ///< of the epoch's last batch: with L2, before clipping
  };
  int epoch = 0;  ///< from 1
  std::vector<Tensor> tensors;
};

/// One row of the history.
struct EpochRecord {
  int epoch = 0;            ///< from 1; the last one may be cut short by `steps`
  std::int64_t step = 0;    ///< steps done by its end
  double train_loss = 0.0;  ///< over the epoch's batches as they came, weights moving, dropout on
  std::optional<double> train_accuracy;
  std::optional<double> validation_loss;
  std::optional<double> validation_accuracy;
  bool best = false;  ///< smallest monitored loss up to then
};

struct EpochEvent {
  const EpochRecord& record;
  double seconds;  ///< since this run (or its resumption) began
};

/// All that a run tells of its training, for those who draw it.
struct TrainingRecord {
  TrainOptions options;  ///< as resolved
  std::vector<EpochRecord> history;
  std::vector<GradientPoint> gradient_norms;  ///< as Trainer::gradient_norms
  std::vector<EpochHistograms> histograms;    ///< as Trainer::histograms
  std::int64_t steps = 0;                     ///< done so far
};

/// Why training came to its end.
enum class Finish {
  epochs,    ///< all epochs are done
  steps,     ///< the number of steps is reached
  patience,  ///< no smaller loss for `patience` epochs
  stopped,   ///< somebody asked for it; resume goes on as if nothing had happened
};

struct FinishEvent {
  Finish why;
  std::int64_t step;
  int epoch;                        ///< epochs that were completed
  std::optional<EpochRecord> best;  ///< the epoch whose weights are kept, when the best are
  double seconds;
};

/// Told of everything, on the thread that trains, between two steps. The library itself prints nothing.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void started(const StartEvent&) {}
  virtual void step(const StepEvent&) {}
  virtual void epoch(const EpochEvent&) {}
  virtual void finished(const FinishEvent&) {}
};

/// One training run. Every random draw is a function of (seed, epoch, step), so that a run that was stopped
/// after any step and resumed writes byte for byte the files of one that was not.
///
/// With a folder it writes these files there. What they hold when `run` returns or throws depends on no
/// clock, machine or path (but for the times of day in an event file); when they are written on the way does
/// (see TrainOptions::checkpoint_every).
///
/// - model.safetensors: the model that `keep` says, written with each checkpoint, when it got better.
///
/// - last.safetensors: the checkpoint, a model file with optimiser state, counters and history beside it.
///
/// - history.csv: a row for each epoch, with the columns epoch, step, train_loss, train_accuracy,
///   validation_loss and validation_accuracy.
///
/// - events.out.tfevents, with TrainOptions::tensorboard: scalars of steps and epochs, histograms of epochs.
///   Events are appended as they come. A resumed run first cuts what lies behind its checkpoint, such as a
///   record that a crash broke off, so that the file holds each step once.
class Trainer {
 public:
  /// `notes` are stored in the model, with `training` filled in here; empty `classes` become "0", "1", ...
  /// Throws usage_* when the spec, the options and the data do not fit together, data_empty without training
  /// rows, or when no step of the training or the validation part counts.
  Trainer(const ModelSpec& spec, const Prepared& data, const TrainOptions& options = {},
          const std::string& folder = "", ModelNotes notes = {});

  /// Goes on from `folder`/last.safetensors. `changed` may differ from checkpoint_options(folder) in epochs,
  /// steps, patience, keep, recompute, threads, checkpoint_every, histograms and tensorboard only
  /// (usage_conflict otherwise); null = as it was.
  /// Throws model_* for a file that is no checkpoint, model_mismatch when the data is not that of the run.
  static Trainer resume(const std::string& folder, const Prepared& data,
                        const TrainOptions* changed = nullptr);

  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;
  ~Trainer();

  /// Steps until the end or a stop, then writes checkpoint and model.
  /// Throws check_not_finite in place of the update of a step whose loss or gradient is not finite, or which
  /// would make a weight or the optimiser's state so, naming step, layer or tensor, time and row. Before that
  /// it writes the files as `save` does, when steps were done since the last checkpoint: they hold the steps
  /// before the failing one.
  /// `stop`: comes back after a step when it is true, as after request_stop.
  FinishEvent run(TrainObserver* observer = nullptr, const std::atomic<bool>* stop = nullptr);

  /// One step, with validation when it ends an epoch: for a loop of one's own. False: the end was reached
  /// before and nothing was done. Checkpoints are written as in `run`, but for the last one: call `save`.
  bool step(TrainObserver* observer = nullptr);

  /// Asks `run` to come back after the step that is under way; from any thread or a signal handler.
  void request_stop() noexcept;

  /// Writes last.safetensors, model.safetensors and history.csv as they are now; nothing without a folder.
  void save();

  /// Loss and accuracy of the current weights on the batch that was learnt last, dropout off.
  Score score_last_batch();

  /// The model that `keep` says: the best so far, or the current one (as long as no epoch is complete, too).
  Model model() const;
  /// The model with the weights of this moment.
  Model current() const;

  const TrainOptions& options() const;  ///< as resolved
  const std::vector<EpochRecord>& history() const;
  /// The gradient norms of all steps, in at most 2,048 points that stand for 1, 2, 4, ... steps each (the
  /// last one for fewer). They survive a resume; those of a checkpoint of an older version begin there.
  std::vector<GradientPoint> gradient_norms() const;
  /// What TrainOptions::histograms asked for: of at most 65 epochs, which are every one up to 64, every
  /// second of up to 128, and so on, and an epoch that `steps` cut short. They survive a resume.
  std::vector<EpochHistograms> histograms() const;
  std::int64_t steps_done() const;
  /// All of these at once.
  TrainingRecord record() const;

  struct Impl;

 private:
  explicit Trainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Trains and returns the model that `options.keep` says. `data.validation` (may be null or empty) chooses
/// the best epoch; `data.test` is not touched.
Model train(const ModelSpec& spec, const Prepared& data, const TrainOptions& options = {},
            TrainObserver* observer = nullptr);

/// The score of a model on a dataset that has targets. Throws usage_shape when they do not fit.
Score evaluate(const Model& model, const Dataset& data, const TrainOptions& options = {});

/// The options that a run's last.safetensors was trained with. Throws model_*.
TrainOptions checkpoint_options(const std::string& folder);

}  // namespace carousel
