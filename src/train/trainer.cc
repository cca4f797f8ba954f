// The training loop: next batch, forward, loss, backward, clip, step, meter, checkpoint.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "carousel/error.h"
#include "carousel/train.h"
#include "train/fit.h"
#include "train/run.h"

namespace carousel {
namespace {

TrainOptions resolved_for(const TrainOptions& options, const Prepared& data) {
  const Dataset& train = *training::check_parts(data).train;
  return resolved(options, train.target(), train.count());
}

}  // namespace

bool Trainer::step(TrainObserver* observer) {
  Impl& run = *impl_;
  if (run.finish()) return false;
  try {
    if (!run.epoch_ended()) {  // it has, where a run goes on that ended with a bad validation
      const StepEvent event = run.learn();
      if (run.writes_events()) run.log_step(event);
      if (observer) observer->step(event);
    }
    if (run.epoch_ended()) run.end_epoch(observer);
  } catch (const Error& error) {
    if (error.code() != Code::check_not_finite && error.code() != Code::resource_io) throw;
    try {
      run.rescue();
    } catch (const std::exception& lost) {  // the disk is full, say: both must be told, the cause first
      ErrorInfo both = error.info();
      both.got += fmt::format("{}what was learnt before it could not be saved: {}",
                              both.got.empty() ? "" : "; ", lost.what());
      throw Error(error.code(), error.role(), both);
    }
    throw;
  }
  run.checkpoint();
  return true;
}

StepEvent Trainer::Impl::learn() {
  const FlushDenormals flush;  // only here: what observers compute is their own
  next_batch();
  const SeqView<const float> y = forward();
  const loss::Sum sum = loss(y);
  backward();
  const double norm = clip();
  update(norm);
  return meter(sum, norm);
}

FinishEvent Trainer::run(TrainObserver* observer, const std::atomic<bool>* stop) {
  Impl& run = *impl_;
  if (observer)
    observer->started({run.options, run.parameter_count(), run.train->count(), run.validation_count(),
                       run.steps_per_epoch, run.total_steps(), run.progress.step, run.team.threads()});
  while (!run.stop && !(stop && *stop) && step(observer)) {
  }
  run.stop = false;
  const Finish why = run.finish().value_or(Finish::stopped);
  save();
  if (why == Finish::steps) run.close_short_epoch(observer);
  const EpochRecord* best = run.options.keep == Keep::best ? run.progress.best() : nullptr;
  const FinishEvent event{why, run.progress.step, run.progress.epoch,
                          best ? std::optional<EpochRecord>(*best) : std::nullopt, run.seconds()};
  if (observer) observer->finished(event);
  return event;
}

void Trainer::request_stop() noexcept {
  impl_->stop = true;
}

void Trainer::save() {
  if (!impl_->folder.empty()) impl_->save();
}

Score Trainer::score_last_batch() {
  Impl& run = *impl_;
  if (run.batch.rows == 0)
    throw Error(Code::usage_conflict,
                {.where = "Trainer::score_last_batch", .what = "no batch was learnt yet"});
  return training::score_of(
      run.scorer.score(run.learner.network(), run.batch, run.team, run.learner.workspace()),
      run.options.reduce_samples);
}

Model Trainer::model() const {
  return impl_->kept_model();
}
Model Trainer::current() const {
  return impl_->current_model();
}
const TrainOptions& Trainer::options() const {
  return impl_->options;
}
const std::vector<EpochRecord>& Trainer::history() const {
  return impl_->progress.history;
}
std::vector<GradientPoint> Trainer::gradient_norms() const {
  return impl_->progress.gradients.points();
}
std::vector<EpochHistograms> Trainer::histograms() const {
  const auto& weights = impl_->learner.weights();
  std::vector<EpochHistograms> all;
  const auto add = [&](const training::DistributionTrace::Epoch& epoch) {
    EpochHistograms one{.epoch = epoch.epoch};
    for (std::size_t i = 0; i < weights.size(); ++i)
      one.tensors.push_back({weights[i].name,
                             {training::with_edges(epoch.weights[i])},
                             {training::with_edges(epoch.gradients[i])}});
    all.push_back(std::move(one));
  };
  for (const auto& epoch : impl_->progress.distributions.epochs()) add(epoch);
  if (impl_->short_epoch) add(*impl_->short_epoch);
  return all;
}
std::int64_t Trainer::steps_done() const {
  return impl_->progress.step;
}
TrainingRecord Trainer::record() const {
  return {options(), history(), gradient_norms(), histograms(), steps_done()};
}

Trainer::Trainer(const ModelSpec& spec, const Prepared& data, const TrainOptions& options,
                 const std::string& folder, ModelNotes notes)
    : impl_(std::make_unique<Impl>(spec, data, resolved_for(options, data), folder, std::move(notes))) {}
Trainer::Trainer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;
Trainer::~Trainer() = default;

Model train(const ModelSpec& spec, const Prepared& data, const TrainOptions& options,
            TrainObserver* observer) {
  Trainer trainer(spec, data, options);
  trainer.run(observer);
  return trainer.model();
}

}  // namespace carousel
