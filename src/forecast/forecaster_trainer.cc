// Trains a forecaster: fits the start, trains the members on what it leaves, chooses the share.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "carousel/error.h"
#include "data/each_batch.h"
#include "forecast/baselines.h"
#include "forecast/forecaster_impl.h"
#include "forecast/residuals.h"
#include "forecast/share.h"
#include "model/spec_json.h"
#include "train/folder.h"

namespace carousel {
namespace {

void check_for(const Prepared& data, const ForecasterOptions& forecast, Loss loss) {
  if (!data.table || data.preparation.targets.empty())
    throw Error(Code::usage_conflict, {.where = "forecast",
                                       .what = "a forecaster is for the windows of a table",
                                       .hint = "train makes one network for any data"});
  if (forecast.members < 1 || forecast.members > kMaxMembers)
    throw Error(Code::usage_bad_value, {.where = "forecast.members",
                                        .what = "a forecaster cannot have so many members",
                                        .expected = fmt::format("1 to {}", kMaxMembers),
                                        .got = std::to_string(forecast.members)});
  if (forecast.share && !(*forecast.share >= 0 && *forecast.share <= 1))
    throw Error(Code::usage_bad_value, {.where = "forecast.share",
                                        .what = "this is no share",
                                        .expected = "0 to 1",
                                        .got = fmt::format("{}", *forecast.share)});
  if (forecast.share && forecast.start == Start::none)
    throw Error(Code::usage_conflict, {.where = "forecast.share",
                                       .what = "without a start the networks' part is the whole forecast",
                                       .hint = "leave the share out, or start = \"linear\""});
  if (forecast.start != Start::none && loss != Loss::mse && loss != Loss::mae)
    throw Error(Code::usage_conflict,
                {.where = "forecast.start",
                 .what = "a linear start is for the losses mse and mae",
                 .hint = "--start none trains the network on the whole target, with any loss"});
}

double rmse_of(const std::vector<double>& values, const forecasting::Series& series,
               const std::vector<std::int64_t>& origins) {
  return forecasting::errors(values, forecasting::truth(series, origins)).rmse;
}

}  // namespace

struct ForecasterTrainer::Impl {
  ModelSpec spec;
  Prepared data;  ///< its training and validation targets are what the start leaves
  TrainOptions options;
  ForecasterOptions forecast;
  std::string folder;
  ModelNotes notes;
  bool resume;
  std::shared_ptr<const forecasting::Started> start;  ///< where there is one
  double naive_error = std::nan(""), linear_error = std::nan("");
  std::vector<Model> members;  ///< of a run that was stopped with the one that was under way
  std::vector<TrainingRecord> records;
  std::optional<Trainer> first;  ///< the first member's, until it runs
  std::atomic<bool> stop{false};
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();

  Impl(const ModelSpec& s, const Prepared& d, const TrainOptions& o, const ForecasterOptions& f,
       std::string into, ModelNotes n, bool goes_on)
      : spec(s),
        data(d),
        options(resolved(o, d.train->target(), d.train->count())),
        forecast(f),
        folder(std::move(into)),
        notes(std::move(n)),
        resume(goes_on) {
    check_for(data, forecast, *options.loss);
    if (forecast.start == Start::linear) fit_start();
    first.emplace(trainer_of(0));  // whatever is wrong with network, options or data is found here
  }

  void fit_start() {
    start = std::make_shared<const forecasting::Started>(data);
    if (data.validation && data.validation->count() > 0) {
      const std::vector<std::int64_t> origins = forecasting::origins_of(*data.validation);
      naive_error = rmse_of(forecasting::naive(start->series, origins), start->series, origins);
      linear_error = rmse_of(start->fit.predict(start->series, origins), start->series, origins);
      data.validation = forecasting::left_by(start, data.validation);
    }
    data.train = forecasting::left_by(start, data.train);
  }

  TrainOptions options_of(int member) const {
    TrainOptions own = options;
    own.seed += static_cast<std::uint64_t>(member);
    return own;
  }

  std::string folder_of(int member) const {
    return folder.empty() ? "" : training::member_folder(folder, member);
  }

  Trainer trainer_of(int member) const {
    const TrainOptions own = options_of(member);
    const std::string into = folder_of(member);
    if (resume && training::holds_checkpoint(into)) return Trainer::resume(into, data, &own);
    return Trainer(spec, data, own, into, notes);
  }

  double share_of(const std::vector<Model>& of) const {
    if (forecast.share) return *forecast.share;
    if (!start || !data.validation || data.validation->count() == 0) return 1;
    forecasting::ShareFit fit(data.preparation.horizon);
    data::each_batch(*data.validation, [&](const Batch& batch) {
      std::vector<double> mean(batch.values.size());
      for (const Model& member : of) {
        const std::vector<float> output = forecasting::last_outputs(member, batch, options.threads);
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += output[i] / static_cast<double>(of.size());
      }
      const std::size_t width = mean.size() / static_cast<std::size_t>(batch.rows);
      for (std::size_t row = 0; row < batch.ids.size(); ++row)
        fit.add(batch.ids[row], std::span(mean).subspan(row * width, width),
                std::span(batch.values).subspan(row * width, width));
    });
    return fit.share();
  }

  Forecaster made() const {
    if (members.empty())
      throw Error(Code::usage_conflict,
                  {.where = "ForecasterTrainer::forecaster", .what = "no member is trained yet"});
    auto impl = std::make_shared<Forecaster::Impl>();
    impl->preparation = data.preparation;
    impl->members = members;
    if (start) impl->start = start->fit;
    impl->share = share_of(members);
    impl->link = forecasting::link_of(members.front());
    return Forecaster(std::move(impl));
  }

  std::string model_file() const { return training::in_folder(folder, training::kModelFile); }

  /// Members of the forecaster that a run which goes on finds: it comes past them one by one, and the file
  /// stays until as many are there again.
  std::size_t members_before() const {
    std::error_code ignored;
    if (!resume || !std::filesystem::exists(model_file(), ignored)) return 0;
    try {
      return std::min(load_forecaster(model_file()).members().size(),
                      static_cast<std::size_t>(forecast.members));
    } catch (const Error& error) {
      if (error.role() != Role::model) throw;
      return 0;  // a damaged one is worth less than its first member anew
    }
  }

  bool run(ForecasterObserver* observer) {
    const std::size_t before = members_before();
    members.clear();
    records.clear();
    if (observer && start) observer->start_fitted(naive_error, linear_error);
    for (int member = 0; member < forecast.members; ++member) {
      if (stop.exchange(false)) return false;
      if (observer) observer->member(member + 1, forecast.members);
      Trainer trainer = first ? std::move(*first) : trainer_of(member);
      first.reset();
      const FinishEvent end = trainer.run(observer, &stop);
      members.push_back(trainer.model());
      records.push_back(trainer.record());
      if (!folder.empty() && members.size() >= before) save_forecaster(made(), model_file());
      if (end.why == Finish::stopped) {
        stop = false;
        return false;
      }
    }
    return true;
  }
};

ForecasterTrainer::ForecasterTrainer(const ModelSpec& spec, const Prepared& data, const TrainOptions& options,
                                     const ForecasterOptions& forecast, const std::string& folder,
                                     ModelNotes notes, bool resume)
    : impl_(std::make_unique<Impl>(spec, data, options, forecast, folder, std::move(notes), resume)) {}
ForecasterTrainer::ForecasterTrainer(ForecasterTrainer&&) noexcept = default;
ForecasterTrainer& ForecasterTrainer::operator=(ForecasterTrainer&&) noexcept = default;
ForecasterTrainer::~ForecasterTrainer() = default;

bool ForecasterTrainer::run(ForecasterObserver* observer) {
  return impl_->run(observer);
}

void ForecasterTrainer::request_stop() noexcept {
  impl_->stop = true;
}

Forecaster ForecasterTrainer::forecaster() const {
  return impl_->made();
}
const TrainOptions& ForecasterTrainer::options() const {
  return impl_->options;
}
const std::vector<TrainingRecord>& ForecasterTrainer::records() const {
  return impl_->records;
}
double ForecasterTrainer::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - impl_->begin).count();
}

Forecaster train_forecaster(const ModelSpec& spec, const Prepared& data, const TrainOptions& options,
                            const ForecasterOptions& forecast, ForecasterObserver* observer) {
  ForecasterTrainer trainer(spec, data, options, forecast);
  trainer.run(observer);
  return trainer.forecaster();
}

}  // namespace carousel
