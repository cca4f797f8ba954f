// Opens trained models.
#include "cli/trained.h"

#include "base/text.h"
#include "data/preparation_json.h"
#include "forecast/forecaster_impl.h"

namespace carousel::cli {

Trained open_trained(const std::string& word, const Arguments& args) {
  const NamedModel named = find_model(word);
  auto [model, forecaster] = forecasting::load(named.file);
  const Json json = Json::parse(model.notes().preparation, nullptr, false);
  Preparation preparation;
  if (json.is_object() && !json.empty())
    preparation = data::preparation_from_json(json, named.file);
  else
    preparation.features.resize(static_cast<std::size_t>(model.inputs()));
  return {named, std::move(model), std::move(forecaster), std::move(preparation),
          load_config(named.folder, args)};
}

Trained open_trained(const Context& context) {
  Trained trained = open_trained(context.args.positionals[0], context.args);
  const int asked = trained.config.settings.forecast.members;
  if (trained.forecaster && !trained.named.folder.empty() &&
      std::ssize(trained.forecaster->members()) < asked)
    context.terminal.warn(
        "this forecaster was stopped with {} of {} members; carousel resume {} trains the rest",
        trained.forecaster->members().size(), asked, base::shell_word(trained.named.folder));
  return trained;
}

Outputs run_trained(const Model& model, const std::optional<Forecaster>& forecaster,
                    const Preparation& preparation, const Table* table, const Dataset& part,
                    const RunOptions& options) {
  if (!forecaster) return run_model(model, preparation, part, options);
  Forecasts forecasts = forecaster->predict(*table, part, options.threads);
  Outputs all{.rows = forecasts.rows,
              .width = forecasts.horizon * forecasts.targets,
              .values = std::move(forecasts.values),
              .low = std::move(forecasts.low),
              .high = std::move(forecasts.high),
              .ids = std::move(forecasts.ids)};
  all.lengths.assign(all.ids.size(), 1);
  return all;
}

void check_kept(const std::string& file, const std::string& where, const std::string& hint) {
  if (file != "-") return;
  throw Error(Code::usage_missing,
              {.where = where,
               .what = "the run read its data from standard input, and keeps no copy of it",
               .hint = hint});
}

DataOptions reading_of(const Trained& trained, const std::string& file) {
  DataOptions options = trained.config.settings.data;
  const bool same_file = options.file == file;
  options.file = file;
  // What was guessed of the training's file says nothing of another.
  const DataOptions standard;
  const auto guess_anew = [&](const char* path, std::string DataOptions::*setting) {
    if (!same_file && trained.config.shown_origin(path) == Origin::guessed)
      options.*setting = standard.*setting;
  };
  guess_anew("data.delimiter", &DataOptions::delimiter);
  guess_anew("data.decimal", &DataOptions::decimal);
  guess_anew("data.header", &DataOptions::header);
  guess_anew("data.time", &DataOptions::time);
  if (!same_file && trained.config.shown_origin("data.order") == Origin::guessed)
    options.order = standard.order;
  if (trained.preparation.kind != Preparation::Kind::table && !same_file) {
    options.mask.clear();
    if (trained.config.origin("data.target") != Origin::flag) options.target.clear();
    if (trained.config.origin("data.lengths") != Origin::flag) options.lengths.clear();
  }
  return options;
}

}  // namespace carousel::cli
