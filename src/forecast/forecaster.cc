// Forecasters: start and members together over windows, and their file.
#include "carousel/forecaster.h"

#include <fmt/format.h>

#include <algorithm>

#include "carousel/error.h"
#include "checkpoint/model_file.h"
#include "data/each_batch.h"
#include "data/preparation_json.h"
#include "data/scaling.h"
#include "forecast/baselines.h"
#include "forecast/forecaster_impl.h"
#include "model/model_impl.h"

namespace carousel {
namespace {

constexpr const char* kScale = "start.scale";
constexpr const char* kWeights = "start.weights";

void check_batch(const Batch& batch, const Preparation& preparation, const Table& table) {
  const bool inside = std::all_of(batch.ids.begin(), batch.ids.end(), [&](std::int64_t origin) {
    return origin - preparation.gap - preparation.window >= 0 && origin - preparation.gap <= table.rows();
  });
  if (!inside || batch.references.size() != 2 * preparation.targets.size() * batch.ids.size())
    throw Error(Code::usage_shape,
                {.where = "Forecaster::predict", .what = "these are not windows of this table"});
}

std::span<const float> array_of(const checkpoint::Contents& contents, const char* name, std::size_t size,
                                const std::string& path) {
  for (const auto& array : contents.extra)
    if (array.name == name && array.values.size() == size) return array.values;
  throw Error(Code::model_bad_format, {.what = fmt::format("its array '{}' is missing or damaged", name),
                                       .expected = fmt::format("{} numbers", size),
                                       .file = path});
}

forecasting::LinearAutoregression start_of(const checkpoint::Contents& contents,
                                           const Preparation& preparation, const std::string& path) {
  std::size_t columns = preparation.targets.size();
  for (const ColumnScale& feature : preparation.features)
    columns += std::none_of(preparation.targets.begin(), preparation.targets.end(),
                            [&](const ColumnScale& target) { return target.name == feature.name; });
  const auto outputs = static_cast<std::size_t>(preparation.horizon) * preparation.targets.size();
  const Json& steps = contents.forecast.value("steps", Json());
  if (!steps.is_number_integer() || steps.get<std::int64_t>() < 1 ||
      steps.get<std::int64_t>() > preparation.window)
    throw Error(Code::model_bad_format,
                {.what = "its metadata 'forecast' does not say how many steps the start sees", .file = path});
  const auto scale = array_of(contents, kScale, columns, path);
  const auto weights = array_of(contents, kWeights, steps.get<std::size_t>() * columns * outputs, path);
  return forecasting::LinearAutoregression({.steps = steps.get<int>(),
                                            .scale = {scale.begin(), scale.end()},
                                            .weights = {weights.begin(), weights.end()}});
}

double share_of(const Json& forecast, const std::string& path) {
  const Json share = forecast.value("share", Json());
  if (!share.is_number() || !(share.get<double>() >= 0 && share.get<double>() <= 1))
    throw Error(Code::model_bad_format, {.what = "its metadata 'forecast' has no share", .file = path});
  return share.get<double>();
}

}  // namespace

namespace forecasting {

std::vector<float> prepared_start(const LinearAutoregression& start, const Series& series,
                                  const Preparation& preparation, const Batch& batch) {
  const std::vector<double> values = start.predict(series, batch.ids);
  std::vector<float> prepared(values.size());
  data::prepare_values(preparation, batch.references, values, prepared);
  return prepared;
}

std::vector<float> last_outputs(const Model& model, const Batch& batch, int threads) {
  Output output = model.predict(
      {.data = batch.x.data(), .rows = batch.rows, .steps = batch.steps, .features = batch.features},
      {.threads = threads});
  if (output.steps == 1) return std::move(output.values);
  const std::ptrdiff_t each = std::ptrdiff_t{output.steps} * output.features;
  std::vector<float> last;
  for (int row = 1; row <= output.rows; ++row)
    last.insert(last.end(), output.values.begin() + row * each - output.features,
                output.values.begin() + row * each);
  return last;
}

Preparation table_preparation(const Model& model) {
  const Json json = Json::parse(model.notes().preparation, nullptr, false);
  Preparation preparation;
  if (json.is_object() && !json.empty()) preparation = data::preparation_from_json(json, "");
  if (preparation.kind != Preparation::Kind::table || preparation.targets.empty())
    throw Error(Code::model_mismatch, {.where = "forecast",
                                       .what = "this model does not forecast a table",
                                       .expected = "a model that was trained on the windows of one"});
  const auto outputs = std::int64_t{preparation.horizon} * std::ssize(preparation.targets);
  if (model.outputs() != outputs)
    throw Error(Code::model_mismatch, {.where = "forecast",
                                       .what = "this model does not put out what its preparation says",
                                       .expected = fmt::format("{} numbers, horizon times targets", outputs),
                                       .got = fmt::format("{}", model.outputs())});
  return preparation;
}

}  // namespace forecasting

Forecaster::Forecaster(Model model) {
  auto impl = std::make_shared<Impl>();
  impl->preparation = forecasting::table_preparation(model);
  impl->link = forecasting::link_of(model);
  impl->members.push_back(std::move(model));
  impl_ = std::move(impl);
}

const Preparation& Forecaster::preparation() const {
  return impl_->preparation;
}
const std::vector<Model>& Forecaster::members() const {
  return impl_->members;
}
Start Forecaster::start() const {
  return impl_->start ? Start::linear : Start::none;
}
double Forecaster::share() const {
  return impl_->share;
}

Forecasts Forecaster::predict(const Table& table, const Dataset& windows, int threads) const {
  const Preparation& preparation = impl_->preparation;
  const std::size_t members = impl_->members.size();
  const bool differ = members > 1 && impl_->share > 0;
  const forecasting::Series series = forecasting::series_of(table, preparation);
  Forecasts all{.rows = static_cast<int>(windows.count()),
                .horizon = preparation.horizon,
                .targets = static_cast<int>(preparation.targets.size())};
  data::each_batch(windows, [&](const Batch& batch) {
    check_batch(batch, preparation, table);
    std::vector<float> start;
    if (impl_->start) start = forecasting::prepared_start(*impl_->start, series, preparation, batch);
    std::vector<float> mean, low, high;
    std::vector<double> sum;
    for (const Model& member : impl_->members) {
      std::vector<float> one = forecasting::last_outputs(member, batch, threads);
      forecasting::apply_link(impl_->link, one, member.outputs());
      if (sum.empty()) sum.assign(one.size(), 0.0);
      for (std::size_t i = 0; i < one.size(); ++i) {
        const double value = (start.empty() ? 0.0 : start[i]) + impl_->share * one[i];
        sum[i] += value / static_cast<double>(members);
        one[i] = static_cast<float>(value);
      }
      if (!differ) continue;
      restore(preparation, batch.references, one);
      if (low.empty()) {
        low = high = one;
        continue;
      }
      for (std::size_t i = 0; i < one.size(); ++i) {
        low[i] = std::min(low[i], one[i]);
        high[i] = std::max(high[i], one[i]);
      }
    }
    mean.assign(sum.begin(), sum.end());
    restore(preparation, batch.references, mean);
    all.values.insert(all.values.end(), mean.begin(), mean.end());
    all.low.insert(all.low.end(), low.begin(), low.end());
    all.high.insert(all.high.end(), high.begin(), high.end());
    all.ids.insert(all.ids.end(), batch.ids.begin(), batch.ids.end());
  });
  return all;
}

void save_forecaster(const Forecaster& forecaster, const std::string& path) {
  const Forecaster::Impl& impl = forecaster.impl();
  const Model& first = impl.members.front();
  checkpoint::View view{first.spec(), first.inputs(), {}, first.notes()};
  for (const Model& member : impl.members) view.members.push_back(&member.impl().parameters);
  view.forecast = {
      {"start", impl.start ? "linear" : "none"}, {"members", impl.members.size()}, {"share", impl.share}};
  if (impl.start) {
    const auto& fit = impl.start->fit();
    view.forecast["steps"] = fit.steps;
    const int columns = static_cast<int>(fit.scale.size()), inputs = fit.steps * columns;
    view.extra = {{kScale, {columns}, fit.scale},
                  {kWeights, {inputs, static_cast<int>(fit.weights.size()) / inputs}, fit.weights}};
  }
  checkpoint::write(path, view);
}

forecasting::Loaded forecasting::load(const std::string& path) {
  checkpoint::Contents contents = checkpoint::read(path);
  std::vector<Model> members;
  for (auto& parameters : contents.members)
    members.push_back(
        model::make_model(contents.spec, contents.inputs, std::move(parameters), contents.notes));
  if (contents.forecast.is_null()) return {std::move(members.front()), std::nullopt};
  auto impl = std::make_shared<Forecaster::Impl>();
  impl->members = std::move(members);
  impl->preparation = forecasting::table_preparation(impl->members.front());
  impl->share = share_of(contents.forecast, path);
  impl->link = forecasting::link_of(impl->members.front());
  const Json start = contents.forecast.value("start", Json());
  if (is_text(start, "linear"))
    impl->start = start_of(contents, impl->preparation, path);
  else if (!is_text(start, "none"))
    throw Error(Code::model_bad_format,
                {.what = fmt::format("it starts from {}, which this version does not know", start.dump()),
                 .expected = "linear or none",
                 .file = path});
  return {impl->members.front(), Forecaster(impl)};
}

Forecaster load_forecaster(const std::string& path) {
  forecasting::Loaded loaded = forecasting::load(path);
  return loaded.forecaster ? std::move(*loaded.forecaster) : Forecaster(std::move(loaded.model));
}

}  // namespace carousel
