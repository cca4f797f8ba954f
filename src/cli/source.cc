// Opens settings and data together.
#include "cli/source.h"

#include <algorithm>
#include <filesystem>

#include "data/describe.h"
#include "data/each_batch.h"
#include "data/preparation_json.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr std::string_view kLeftOut = "left out";  // as the CSV reader calls columns without numbers
constexpr int kForecastPatience = 5;

bool is_settings(const std::string& word) {
  std::error_code ignored;
  return word.ends_with(".toml") || (std::filesystem::is_directory(word, ignored));
}

/// Recurrent layers of a guessed network return every step where there is a target at every step.
void fit_network(Source& source) {
  Config& config = source.config;
  if (config.origin("layer") == Origin::file || !source.data->preparation.every_step) return;
  for (std::size_t i = 0; i < config.settings.layers.size(); ++i) {
    Returns* returns = nullptr;
    if (auto* recurrent = std::get_if<Recurrent>(&config.settings.layers[i])) returns = &recurrent->returns;
    if (auto* both = std::get_if<Bidirectional>(&config.settings.layers[i])) returns = &both->returns;
    if (!returns || *returns == Returns::sequence) continue;
    *returns = Returns::sequence;
    config.origins[fmt::format("layer[{}].returns", i)] = Origin::guessed;
  }
}

/// A guess of the CSV reader, whose value is written for people: "','".
void fill_in_reading(Config& config, const Guess& guess) {
  static const std::vector<std::string> paths = {"data.delimiter", "data.decimal", "data.header",
                                                 "data.order"};
  for (const std::string& path : paths) {
    if (!guess.guessed || guess.flag != "--" + flag_of(path)) continue;
    std::string value = guess.value.substr(0, guess.value.find(" ("));  // "',' (one column)"
    if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'')
      value = value.substr(1, value.size() - 2);
    value.resize(std::min(value.size(), value.find(" first")));  // "oldest first"
    const Leaf& leaf = *find_leaf(path);
    if (leaf.values.find(value) != std::string::npos) config.guess(path, value);
  }
}

/// Whether the network sees columns beside those that it forecasts.
bool sees_more(const Preparation& found) {
  return std::any_of(found.features.begin(), found.features.end(), [&](const ColumnScale& feature) {
    return std::none_of(found.targets.begin(), found.targets.end(),
                        [&](const ColumnScale& target) { return target.name == feature.name; });
  });
}

/// That some columns hold no numbers and are not read; null when there are none.
const Guess* left_out(const Source& source) {
  const std::vector<Guess>& guesses = source.data->guesses;
  const auto found =
      std::find_if(guesses.begin(), guesses.end(), [](const Guess& g) { return g.what == kLeftOut; });
  return found == guesses.end() ? nullptr : &*found;
}

void fill_in(Source& source) {
  Config& config = source.config;
  const Preparation& found = source.data->preparation;
  if (found.kind == Preparation::Kind::table) {
    config.guess("data.window", found.window);
    config.guess("data.horizon", found.horizon);
    config.guess("data.season", found.season);
    config.guess("data.test_stride", config.settings.data.stride);
    Json targets = Json::array();
    for (const ColumnScale& column : found.targets) targets.push_back(column.name);
    config.guess("data.target", targets);
    if (source.data->table) {
      const std::string& time = source.data->table->time_name();
      config.guess("data.time", time.empty() ? "none" : time);
    }
    if (config.settings.data.features.empty() && (sees_more(found) || left_out(source))) {
      Json features = Json::array();
      for (const ColumnScale& column : found.features) features.push_back(column.name);
      config.guess("data.features", features);
    }
    for (const Guess& guess : source.data->guesses) fill_in_reading(config, guess);
    if (config.settings.data.delimiter == ",") config.guess("data.decimal", ".");  // it can be nothing else
    int logs = 0;
    for (const ColumnScale& column : found.features) logs += column.log;
    for (const ColumnScale& column : found.targets) logs += column.log;
    if (config.settings.data.log == Log::automatic && logs == 0) config.guess("data.log", "off");
    if (config.settings.data.log == Log::automatic &&
        logs == static_cast<int>(found.features.size() + found.targets.size()))
      config.guess("data.log", "on");
  }
  const Dataset& train = *source.data->train;
  const TrainOptions options = resolved(config.settings.train, train.target(), train.count());
  if (options.epochs) config.guess("train.epochs", *options.epochs);
  if (options.loss) config.guess("train.loss", value_to_json(*options.loss));
  if (config.origin("train.patience") == Origin::standard && source.data->validation->count() > 0 &&
      makes_forecaster(source))
    config.guess("train.patience", kForecastPatience);
}

std::string one_layer(const Layer& layer) {
  return std::visit(
      [](const auto& l) -> std::string {
        using L = std::decay_t<decltype(l)>;
        if constexpr (std::is_same_v<L, Recurrent>)
          return fmt::format("{}({})", l.cell, l.units);
        else if constexpr (std::is_same_v<L, Bidirectional>)
          return fmt::format("bidirectional({}({}), {}({}))", l.forward.cell, l.forward.units,
                             l.backward.cell, l.backward.units);
        else if constexpr (std::is_same_v<L, Dense>)
          return fmt::format("dense({})", l.units);
        else if constexpr (std::is_same_v<L, Dropout>)
          return fmt::format("dropout({})", l.rate);
        else
          return l.function;
      },
      layer);
}

}  // namespace

Source open_source(const std::string& word, const Arguments& args) {
  Source source;
  const bool settings = is_settings(word);
  if (settings && args.has("settings"))
    throw Error(Code::usage_conflict,
                {.where = "--settings",
                 .what = fmt::format("'{}' is a settings file already", word),
                 .hint = "give one of them; data as the first argument wins over file in [data]"});
  source.config = load_config(settings ? word : args.text("settings"), args);
  if (!settings && !word.empty()) {
    source.config.settings.data.file = word;
    source.config.origins["data.file"] = Origin::flag;
  }
  return source;
}

void prepare_source(Source& source) {
  const Settings& settings = source.config.settings;
  if (settings.data.file.empty())
    throw Error(Code::usage_missing,
                {.where = "data.file",
                 .what = "no data is named",
                 .hint = "give it as the first argument, or as file = \"...\" in [data]"});
  source.data = std::make_shared<const Prepared>(prepare(settings.data, settings.train.seed));
  fit_network(source);
  fill_in(source);
}

bool makes_forecaster(const Source& source) {
  const ForecasterOptions& forecast = source.config.settings.forecast;
  if (forecast.start == Start::none && forecast.share)
    throw Error(
        Code::usage_conflict,
        {.where = source.config.origin("forecast.share") == Origin::flag ? "--share" : "forecast.share",
         .what = "a share is of networks beside a start, and there is none",
         .hint = "leave out --share, or --start none"});
  if (forecast.start == Start::none && forecast.members == 1) return false;
  const Prepared& data = *source.data;
  const Loss loss = *resolved(source.config.settings.train, data.train->target()).loss;
  const bool values = data.table && data.preparation.classes == 0;
  if (values && (loss == Loss::mse || loss == Loss::mae)) return true;
  for (const auto& [path, flag] :
       {std::pair("forecast.start", "--start"), std::pair("forecast.members", "--members"),
        std::pair("forecast.share", "--share")})
    if (const Origin origin = source.config.origin(path); origin == Origin::flag || origin == Origin::file)
      throw Error(Code::usage_conflict,
                  {.where = origin == Origin::flag ? flag : path,
                   .what = "starts, members and shares are for forecasts of a table by mse or mae",
                   .got = values ? fmt::format("the loss {}", enum_name(loss)) : "other data",
                   .hint = "--start none --members 1 trains one network"});
  return false;
}

ModelSpec spec_for(const Source& source) {
  const TargetShape target = source.data->train->target();
  const Loss loss = *resolved(source.config.settings.train, target).loss;
  const bool one_for_two = target.classes == 2 && loss == Loss::binary_cross_entropy;
  return source.config.spec(one_for_two ? 1 : target.classes > 0 ? target.classes : target.values);
}

void check_targets(const Source& source) {
  const Loss loss = *resolved(source.config.settings.train, source.data->train->target()).loss;
  if (loss != Loss::binary_cross_entropy && loss != Loss::cross_entropy) return;
  const auto check = [&](const Batch& batch) {
    const auto wrong = std::find_if(batch.values.begin(), batch.values.end(),
                                    [](float value) { return value < 0 || value > 1; });
    if (wrong == batch.values.end()) return;
    throw Error(
        Code::usage_conflict,
        {.where = "--loss",
         .what = fmt::format("{} is for classes or shares, but there are other targets", enum_name(loss)),
         .expected = "targets from 0 to 1, as they are after subtraction and scaling",
         .got = fmt::format("{:.4g}", *wrong),
         .hint = source.data->table ? "--loss mse for amounts; --subtract none --scale none --log off "
                                      "leaves a column of 0 and 1 as it is"
                                    : "--loss mse for amounts; classes are whole numbers from 0"});
  };
  for (const Dataset* part : {source.data->train.get(), source.data->validation.get()})
    if (part->target().classes == 0) data::each_batch(*part, check);
}

ModelNotes notes_for(const Prepared& data) {
  return {
      .preparation =
          data::preparation_to_json(data.preparation).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::vector<Guess> guesses_of(const Source& source) {
  std::vector<Guess> all;
  // The season is only a step towards window and horizon.
  const bool season = source.config.origin("data.window") == Origin::guessed ||
                      source.config.origin("data.horizon") == Origin::guessed;
  for (const Guess& guess : source.data->guesses)
    if (guess.guessed && (season || guess.what != "season") && guess.what != kLeftOut) all.push_back(guess);
  if (source.config.origin("data.features") == Origin::guessed)
    all.push_back({"sees", base::listed(source.config.settings.data.features), true, "--features"});
  if (const Guess* guess = left_out(source)) all.push_back(*guess);
  if (source.config.network_guessed)
    all.push_back({"network", outline(spec_for(source)), true, "--cell --units"});
  if (source.config.origin("train.epochs") == Origin::guessed)
    all.push_back({"epochs", std::to_string(*source.config.settings.train.epochs), true, "--epochs"});
  if (source.config.origin("train.patience") == Origin::guessed)
    all.push_back({"patience", counted(source.config.settings.train.patience, "epoch"), true, "--patience"});
  if (source.config.origin("train.loss") == Origin::guessed)
    all.push_back({"loss", std::string(enum_name(*source.config.settings.train.loss)), true, "--loss"});
  return all;
}

const char* unit_of(const Prepared& data) {
  return data.counts_windows ? "windows" : data.table ? "rows" : "sequences";
}

void confess(const Source& source, Terminal& terminal) {
  const Prepared& data = *source.data;
  const std::string file =
      source.config.settings.data.file == "-" ? "standard input" : source.config.settings.data.file;
  if (data.table) {
    const Table& table = *data.table;
    const std::string from = table.time_name().empty()
                                 ? ""
                                 : fmt::format(", {} to {}", table.label(0), table.label(table.rows() - 1));
    terminal.say("data      {}: {}{}", file, counted(table.rows(), "row"), from);
  } else {
    terminal.say("data      {}: {} of up to {} with {}", file,
                 counted(data.train->count() + data.validation->count() + data.test->count(), "sequence"),
                 counted(data.train->max_steps(), "step"), counted(data.train->features(), "feature"));
  }
  terminal.say("parts     train {} / validation {} / test {} {}", grouped(data.train_rows),
               grouped(data.validation_rows), grouped(data.test_rows), unit_of(data));
  std::string line = "guessed ";
  Json guessed = Json::array();
  for (const Guess& guess : guesses_of(source)) {
    guessed.push_back({{"what", guess.what}, {"value", guess.value}, {"flag", guess.flag}});
    const std::string part = fmt::format("  {} {} ({})", guess.what, guess.value, guess.flag);
    if (line.size() + part.size() > 110 && line.size() > 10) {
      terminal.say("{}", line);
      line = "        ";
    }
    line += part;
  }
  if (line.size() > 10) terminal.say("{}", line);
  for (const std::string& warning : data.warnings) terminal.warn("{}", warning);
  terminal.event({{"event", "data"},
                  {"file", source.config.settings.data.file},
                  {"unit", unit_of(data)},
                  {"train", data.train_rows},
                  {"validation", data.validation_rows},
                  {"test", data.test_rows},
                  {"guessed", guessed}});
}

void say_dry_run(const Source& source, const std::string& folder, Terminal& terminal) {
  const Model model = Model::create(spec_for(source), source.data->train->features());
  if (!terminal.json) terminal.print(model.summary());
  terminal.event({{"event", "dry_run"},
                  {"folder", folder},
                  {"network", outline(model.spec())},
                  {"parameters", model.parameter_count()},
                  {"members", makes_forecaster(source) ? source.config.settings.forecast.members : 1}});
  terminal.say("dry run: nothing was trained, nothing was written; the run would go to {}", folder);
}

void refuse_guesses(const Source& source) {
  std::string list;
  for (const Guess& guess : guesses_of(source))
    list += fmt::format("{}{} {} ({})", list.empty() ? "" : ", ", guess.what, guess.value, guess.flag);
  if (!list.empty())
    throw Error(Code::usage_missing, {.where = "--strict",
                                      .what = "guesses are refused, but these would be made",
                                      .got = list,
                                      .hint = "say each of them by its flag or in a settings file"});
}

std::string outline(const ForecasterOptions& forecast, bool validates) {
  const std::string networks =
      forecast.members == 1 ? "network" : fmt::format("mean of {} networks", forecast.members);
  if (forecast.start == Start::none) return networks;
  return fmt::format("linear autoregression + a x {}, a {}", networks,
                     forecast.share ? fmt::format("= {:.3g}", *forecast.share)
                     : validates    ? "chosen on the validation part"
                                    : "= 1: nothing validates");
}

std::string outline(const ModelSpec& spec) {
  std::string text;
  for (const Layer& layer : spec.layers) text += (text.empty() ? "" : " - ") + one_layer(layer);
  return text;
}

}  // namespace carousel::cli
