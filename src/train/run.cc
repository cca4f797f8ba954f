// Run: what each part of a step does to the run's data, weights and counters.
#include "train/run.h"

#include <algorithm>
#include <cmath>

#include "carousel/error.h"
#include "data/preparation_json.h"
#include "kernels/dispatch.h"
#include "model/model_impl.h"
#include "train/fit.h"
#include "train/threads.h"

namespace carousel {
namespace {

// Looks at sequences until one has a step that counts: most often the first.
void check_something_counts(const Dataset& data, const char* where, const training::Learner& learner,
                            const TrainOptions& options, Team& team) {
  const layers::Flow output = learner.network().output();
  loss::Criterion<float> criterion(training::formula_of(options));
  Batch batch;
  std::vector<float> zeros;
  for (std::int64_t i = 0; i < data.count(); ++i) {
    data.gather({&i, 1}, batch);
    const int steps = output.sequence ? batch.steps : 1;
    zeros.assign(static_cast<std::size_t>(steps) * static_cast<std::size_t>(output.features), 0.0f);
    if (criterion(time_major<const float>(zeros.data(), steps, 1, output.features),
                  training::targets_of(batch), {}, team)
            .rows > 0)
      return;
  }
  throw Error(Code::data_empty, {.where = where,
                                 .what = "no step of any sequence counts",
                                 .expected = "at least one within its length and its mask",
                                 .hint = "look at the lengths and the mask, or at train.loss_at"});
}

// How many threads the run's own team has; 0 where the process's does.
int own_threads_of(const ModelSpec& spec, const Dataset& train, const TrainOptions& options) {
  if (options.threads > 0) return options.threads;
  const int cores = Team::process().threads(),
            rows = static_cast<int>(std::min<std::int64_t>(options.batch, train.count()));
  const int threads =
      training::default_threads(model::Network<float>(spec, train.features()), rows, train.max_steps(),
                                kernels::active_target().table->lanes, cores);
  return threads < cores ? threads : 0;
}

std::vector<training::Distribution> distributions_of(const model::Parameters<float>& tensors) {
  std::vector<training::Distribution> all;
  for (const auto& tensor : tensors)
    all.push_back(training::distribution_of({tensor.values.data(), tensor.values.size()}));
  return all;
}

}  // namespace

Trainer::Impl::Impl(const ModelSpec& s, const Prepared& data, const TrainOptions& resolved, std::string f,
                    ModelNotes n)
    : spec(s),
      train(data.train),
      validation(data.validation),
      options(resolved),
      folder(std::move(f)),
      notes(std::move(n)),
      chosen_team(own_threads_of(spec, *train, options)),
      team(*chosen_team),
      learner(spec, train->features(), options, team),
      scorer(training::formula_of(options), options.batch),
      data_mark(training::fingerprint(*train) + (validation ? training::fingerprint(*validation) : "")),
      steps_per_epoch(training::batches_of(options, train->count())),
      order(options, train->count()) {
  if (train->count() == 0)
    throw Error(Code::data_empty, {.where = "train",
                                   .what = "the training part has no sequences",
                                   .hint = "keep a smaller share apart for test and validation"});
  training::check_fit(learner.network().output(), train->target(), train->max_steps(), options);
  check_something_counts(*train, "train", learner, options, team);
  if (validation_count() > 0) check_something_counts(*validation, "validation", learner, options, team);
  if (notes.preparation == "{}") notes.preparation = data::preparation_to_json(data.preparation).dump();
  if (notes.classes.empty())
    for (int c = 0; c < train->target().classes; ++c) notes.classes.push_back(std::to_string(c));
  const int rows = static_cast<int>(std::min<std::int64_t>(options.batch, train->count()));
  training::reserve(batch, rows, *train);
  progress.history.reserve(
      static_cast<std::size_t>(std::min(*options.epochs, 1000)));  // they come one an epoch
  indices.reserve(static_cast<std::size_t>(rows));
  learner.reserve(rows, train->max_steps(), training::is_ragged(*train));
}

void Trainer::Impl::next_batch() {
  order.indices(progress.epoch, progress.in_epoch, indices);
  training::gather(*train, indices, batch, team);
}

loss::Sum Trainer::Impl::loss(SeqView<const float> y) {
  const loss::Sum sum = learner.loss(y, batch);
  if (!std::isfinite(sum.total)) learner.explain_not_finite(batch, progress.step + 1, progress.epoch + 1);
  return sum;
}

double Trainer::Impl::clip() {
  const double norm = learner.gradient_norm();
  if (!std::isfinite(norm)) learner.explain_not_finite(batch, progress.step + 1, progress.epoch + 1);
  return norm;
}

void Trainer::Impl::update(double norm) {
  learner.update(norm, progress.step + 1, progress.epoch + 1);
}

StepEvent Trainer::Impl::meter(const loss::Sum& sum, double norm) {
  const bool clipped = learner.clips(norm);
  progress.meter += sum;
  progress.gradients.add(norm, clipped);
  progress.last_gradients.clear();
  gradients_are_current = true;
  ++progress.step;
  ++progress.in_epoch;
  return {progress.step, progress.epoch + 1, progress.in_epoch, batch.rows, sum.value(options.reduce_samples),
          norm,          sum.accuracy(),     seconds(),         clipped};
}

EpochRecord Trainer::Impl::close_epoch() {
  EpochRecord record;
  record.epoch = progress.epoch + 1;
  record.step = progress.step;
  record.train_loss = progress.meter.value(options.reduce_samples);
  record.train_accuracy = progress.meter.accuracy();
  if (validation_count() > 0) {
    const loss::Sum sum = scorer.score(learner.network(), *validation, team, learner.workspace());
    record.validation_loss = sum.value(options.reduce_samples);
    record.validation_accuracy = sum.accuracy();
    if (!std::isfinite(*record.validation_loss))
      throw Error(Code::check_not_finite, {.where = "train",
                                           .what = "the validation loss after step " +
                                                   std::to_string(progress.step) + " is not finite",
                                           .hint = "lower train.optimizer.rate, or set train.clip_norm"});
  }
  return record;
}

void Trainer::Impl::judge(EpochRecord& record, model::Parameters<float>& kept) {
  const EpochRecord* before = progress.best();
  record.best = !before || training::monitored(record) < training::monitored(*before);
  if (!record.best || options.keep != Keep::best) return;
  if (kept.empty())
    kept = training::copy_of(learner.weights());
  else
    training::copy_values(learner.weights(), kept);
  model_written = false;
}

void Trainer::Impl::end_epoch(TrainObserver* observer) {
  EpochRecord record = close_epoch();
  if (describes_epochs())
    describe_epoch(record);  // before it counts: where the log fails, the epoch has not ended
  judge(record, best);
  progress.history.push_back(record);
  ++progress.epoch;
  progress.in_epoch = 0;
  progress.meter = {};
  progress.last_gradients.clear();
  if (observer) observer->epoch({progress.history.back(), seconds()});
}

void Trainer::Impl::close_short_epoch(TrainObserver* observer) {
  if (progress.in_epoch == 0 || progress.cut_short) return;
  EpochRecord record = close_epoch();
  judge(record, short_best);
  progress.history.push_back(record);
  progress.cut_short = true;
  if (describes_epochs()) describe_epoch(record);
  if (!folder.empty()) {
    save_model_file();
    save_history();
  }
  if (observer) observer->epoch({progress.history.back(), seconds()});
}

std::vector<training::Distribution> Trainer::Impl::last_gradients() const {
  return gradients_are_current ? distributions_of(learner.gradients()) : progress.last_gradients;
}

void Trainer::Impl::describe_epoch(const EpochRecord& record) {
  const bool kept = training::DistributionTrace::keeps(record.epoch) || progress.cut_short;
  if (!kept && !writes_events()) return;
  std::vector<training::Distribution> weights = distributions_of(learner.weights()),
                                      gradients = last_gradients();
  if (writes_events()) log_epoch(record, weights, gradients);
  training::DistributionTrace::Epoch epoch{record.epoch, {}, {}};
  for (auto& d : weights) epoch.weights.push_back(std::move(d.buckets));
  for (auto& d : gradients) epoch.gradients.push_back(std::move(d.buckets));
  epoch.gradients.resize(epoch.weights.size());
  if (progress.cut_short)
    short_epoch = std::move(epoch);
  else
    progress.distributions.add(std::move(epoch));
}

void Trainer::Impl::checkpoint() {
  if (!folder.empty() && checkpoint_due()) save();
}

void Trainer::Impl::rescue() {
  if (folder.empty() || progress.step == saved_step) return;
  static_cast<void>(settle_events());  // the log may be what ends the run
  save_all();
}

bool Trainer::Impl::checkpoint_due() const {
  if (options.checkpoint_every > 0) return progress.step % options.checkpoint_every == 0;
  // Short epochs would spend more time on the disk than on learning; what a run ends with does not depend on
  // it.
  return progress.in_epoch == 0 && (!saved_at || seconds() - *saved_at >= 1.0);
}

std::optional<Finish> Trainer::Impl::finish() const {
  if (progress.epoch >= *options.epochs) return Finish::epochs;
  if (options.steps > 0 && progress.step >= options.steps) return Finish::steps;
  if (options.patience > 0 && progress.epochs_since_best() >= options.patience) return Finish::patience;
  return std::nullopt;
}

std::int64_t Trainer::Impl::total_steps() const {
  const std::int64_t all = *options.epochs * steps_per_epoch;
  return options.steps > 0 ? std::min(all, options.steps) : all;
}

double Trainer::Impl::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::size_t Trainer::Impl::parameter_count() const {
  std::size_t count = 0;
  for (const auto& weight : learner.weights()) count += weight.values.size();
  return count;
}

ModelNotes Trainer::Impl::notes_at(std::size_t records, std::int64_t step) const {
  ModelNotes full = notes;
  full.training = training::training_notes(options, std::span(progress.history).first(records), step).dump();
  return full;
}

ModelNotes Trainer::Impl::notes_of_best() const {
  const EpochRecord* record = progress.best();
  return notes_at(static_cast<std::size_t>(record - progress.history.data()) + 1, record->step);
}

Model Trainer::Impl::current_model() const {
  return model::make_model(spec, learner.network().inputs(), training::copy_of(learner.weights()),
                           notes_at(progress.history.size(), progress.step));
}

Model Trainer::Impl::kept_model() const {
  if (best_weights().empty()) return current_model();
  return model::make_model(spec, learner.network().inputs(), training::copy_of(best_weights()),
                           notes_of_best());
}

}  // namespace carousel
