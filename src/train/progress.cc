// Progress, options and history as JSON and CSV.
#include "train/progress.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "carousel/error.h"
#include "train/options_fields.h"

namespace carousel::training {
namespace {

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional_number(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<double>();
}

Json record_to_json(const EpochRecord& r) {
  return object_of({{"epoch", r.epoch},
                    {"step", r.step},
                    {"train_loss", r.train_loss},
                    {"train_accuracy", number_or_null(r.train_accuracy)},
                    {"validation_loss", number_or_null(r.validation_loss)},
                    {"validation_accuracy", number_or_null(r.validation_accuracy)},
                    {"best", r.best}});
}

EpochRecord record_from_json(const Json& json) {
  return {json.at("epoch").get<int>(),
          json.at("step").get<std::int64_t>(),
          json.at("train_loss").get<double>(),
          optional_number(json.at("train_accuracy")),
          optional_number(json.at("validation_loss")),
          optional_number(json.at("validation_accuracy")),
          json.at("best").get<bool>()};
}

Json history_to_json(std::span<const EpochRecord> history) {
  Json list = Json::array();
  for (const EpochRecord& record : history) list.push_back(record_to_json(record));
  return list;
}

std::string text_of(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

}  // namespace

const EpochRecord* Progress::best() const {
  for (std::size_t i = history.size(); i-- > 0;)
    if (history[i].best) return &history[i];
  return nullptr;
}

int Progress::epochs_since_best() const {
  const EpochRecord* record = best();
  return record ? static_cast<int>(&history.back() - record) : 0;
}

double monitored(const EpochRecord& record) {
  return record.validation_loss.value_or(record.train_loss);
}

bool is_free(const std::string& option) {
  for (const char* free : {"epochs", "steps", "patience", "keep", "recompute", "threads", "checkpoint_every",
                           "histograms", "tensorboard"})
    if (option == free) return true;
  return false;
}

Json training_notes(const TrainOptions& options, std::span<const EpochRecord> history, std::int64_t step) {
  const Json all = to_json(options);
  Json kept = Json::object();
  for (const auto& [name, value] : all.items())
    if (!is_free(name)) kept[name] = value;
  return object_of({{"options", kept}, {"step", step}, {"history", history_to_json(history)}});
}

Json state_to_json(const TrainOptions& options, const std::string& data, const Progress& progress) {
  Json kept = to_json(options);
  kept.erase("threads");
  Json state = object_of({{"options", kept},
                          {"data", data},
                          {"step", progress.step},
                          {"epoch", progress.epoch},
                          {"in_epoch", progress.in_epoch},
                          {"meter", object_of({{"total", progress.meter.total},
                                               {"rows", progress.meter.rows},
                                               {"steps", progress.meter.steps},
                                               {"judged", progress.meter.judged},
                                               {"right", progress.meter.right}})},
                          {"gradients", progress.gradients.to_json()},
                          {"history", history_to_json(progress.whole())}});
  if (progress.events) state["events"] = *progress.events;
  for (const Distribution& gradient : progress.last_gradients)
    state["last_gradients"].push_back(to_json(gradient));
  return state;
}

RunState state_from_json(const Json& json, const std::string& file) {
  RunState state;
  try {
    from_json(json.at("options"), state.options, "options");
    state.data = json.at("data").get<std::string>();
    Progress& p = state.progress;
    p.step = json.at("step").get<std::int64_t>();
    p.epoch = json.at("epoch").get<int>();
    p.in_epoch = json.at("in_epoch").get<std::int64_t>();
    const Json& meter = json.at("meter");
    p.meter = {meter.at("total").get<double>(), meter.at("rows").get<std::int64_t>(),
               meter.at("steps").get<std::int64_t>(), meter.at("judged").get<std::int64_t>(),
               meter.at("right").get<std::int64_t>()};
    for (const Json& record : json.at("history")) p.history.push_back(record_from_json(record));
    // Older versions kept no trace: it begins here.
    p.gradients = json.contains("gradients") ? GradientTrace::from_json(json.at("gradients"), p.step)
                                             : GradientTrace(p.step);
    if (json.contains("events")) p.events = json.at("events").get<std::int64_t>();
    if (json.contains("last_gradients"))
      for (const Json& gradient : json.at("last_gradients"))
        p.last_gradients.push_back(distribution_from_json(gradient));
  } catch (const Json::exception& error) {
    throw Error(Code::model_bad_format,
                {.what = "its state of training is damaged",
                 .got = error.what(),
                 .hint = "the file was changed by something else; carousel train starts the run anew",
                 .file = file});
  } catch (const Error& error) {
    throw Error(Code::model_bad_format,
                {.what = fmt::format("its {}: {}", error.info().where, error.info().what),
                 .expected = error.info().expected,
                 .got = error.info().got,
                 .file = file});
  }
  return state;
}

std::string history_csv(const std::vector<EpochRecord>& history) {
  std::string text = "epoch,step,train_loss,train_accuracy,validation_loss,validation_accuracy\n";
  for (const EpochRecord& r : history)
    text += fmt::format("{},{},{},{},{},{}\n", r.epoch, r.step, r.train_loss, text_of(r.train_accuracy),
                        text_of(r.validation_loss), text_of(r.validation_accuracy));
  return text;
}

}  // namespace carousel::training
