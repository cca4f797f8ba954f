// Forecaster: a linear autoregression with what several networks add to it, trained from different seeds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "carousel/train.h"

namespace carousel {

/// What a forecast starts from.
enum class Start {
  linear,  ///< a ridge linear autoregression; the networks learn what it leaves
  none,    ///< nothing: the networks learn the whole
};

/// The [forecast] part of a settings file.
struct ForecasterOptions {
  Start start = Start::linear;
  int members = 5;  ///< networks, 1 ... 1000, whose mean is the forecast; they differ in their seed alone
  /// What the networks' part is multiplied with, 0 ... 1; none = auto: chosen on the validation part. Without
  /// a start it is 1.
  std::optional<double> share;
};

/// What a forecaster says of some windows, in the table's own unit.
struct Forecasts {
  int rows = 0, horizon = 0, targets = 0;
  std::vector<float> values;      ///< [rows, horizon, targets]
  std::vector<float> low, high;   ///< the lowest and the highest of the members; empty where none differ:
                                  ///< of one member, and where their share is 0
  std::vector<std::int64_t> ids;  ///< [rows]: the table's row of the first target
};

/// forecast = start + share · (mean of the members), in the numbers of the preparation (window's last value
/// subtracted, logarithm, scale: as the model was trained), then restored. Copies share the weights; nothing
/// changes them.
class Forecaster {
 public:
  /// One network without a start, as `train` makes it. Throws model_mismatch where it does not forecast a
  /// table.
  explicit Forecaster(Model model);

  const Preparation& preparation() const;
  /// At least one; all with the same spec.
  const std::vector<Model>& members() const;
  Start start() const;
  /// What the networks' part is multiplied with, 0 ... 1; 1 without a start. 0: the forecast is the linear
  /// autoregression alone.
  double share() const;

  /// What it says of windows of a table, which all_windows or a part of Prepared gives. The numbers do not
  /// depend on `threads` (0: all cores). Throws usage_shape where they do not fit.
  Forecasts predict(const Table& table, const Dataset& windows, int threads = 0) const;

  struct Impl;
  explicit Forecaster(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Writes it as one safetensors file (docs/file-format.md): to a temporary file, fsync, rename. Throws
/// resource_io.
void save_forecaster(const Forecaster& forecaster, const std::string& path);
/// Reads a forecaster, or a network that forecasts a table. Throws model_*.
Forecaster load_forecaster(const std::string& path);

/// Told of everything, as TrainObserver, and of the start and each member before.
class ForecasterObserver : public TrainObserver {
 public:
  /// The start is fitted. Root mean squared errors on the validation part (NaN where there is none) of
  /// repeating the last value, and of the start.
  virtual void start_fitted(double naive, double linear) {
    static_cast<void>(naive);
    static_cast<void>(linear);
  }
  /// Member `number` of `count`, from 1, is next.
  virtual void member(int number, int count) {
    static_cast<void>(number);
    static_cast<void>(count);
  }
};

/// One run that makes a forecaster: fits the start, then trains the members one after the other, each by a
/// Trainer (seed, seed + 1, ...) on what the start leaves, then chooses the share.
///
/// With a folder, member k (from 0) keeps its files in folder/members/k, and folder/model.safetensors is the
/// forecaster, written when a member is done. A run that was stopped goes on from these files and ends with
/// the bytes of one that was not.
class ForecasterTrainer {
 public:
  /// `data` must be of a table, with values to forecast by mse or mae. Throws as Trainer's constructor, and
  /// usage_conflict for data or a loss that it is not for.
  /// `resume`: goes on with what `folder` holds; what `options` may change is said at Trainer::resume.
  ForecasterTrainer(const ModelSpec& spec, const Prepared& data, const TrainOptions& options,
                    const ForecasterOptions& forecast, const std::string& folder = "", ModelNotes notes = {},
                    bool resume = false);
  ForecasterTrainer(ForecasterTrainer&&) noexcept;
  ForecasterTrainer& operator=(ForecasterTrainer&&) noexcept;
  ~ForecasterTrainer();

  /// Trains to the end, or until request_stop. False when it was stopped.
  bool run(ForecasterObserver* observer = nullptr);
  /// Asks `run` to come back after the step that is under way; from any thread or a signal handler.
  void request_stop() noexcept;

  /// Of the members that are trained; of a run that was stopped with the one that was under way. Throws
  /// usage_conflict before there is any.
  Forecaster forecaster() const;
  const TrainOptions& options() const;  ///< as resolved, of the first member
  /// What training told of each member so far.
  const std::vector<TrainingRecord>& records() const;
  double seconds() const;  ///< of all members, since this run began or was resumed

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Trains a forecaster in memory.
Forecaster train_forecaster(const ModelSpec& spec, const Prepared& data, const TrainOptions& options = {},
                            const ForecasterOptions& forecast = {}, ForecasterObserver* observer = nullptr);

}  // namespace carousel
