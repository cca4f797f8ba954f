// Layers defaults, the settings file and the flags, each checked where it was written.
#include "cli/config.h"

#include <algorithm>
#include <filesystem>

#include "base/nearest.h"
#include "base/text.h"
#include "data/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr int kGuessedUnits = 32;

/// Also those of the layers that `document` has.
std::vector<std::string> setting_paths(const Json& document) {
  std::vector<std::string> paths;
  for (const Leaf& leaf : setting_leaves()) paths.push_back(leaf.path);
  for (std::size_t i = 0; i < document["layer"].size(); ++i)
    for (const auto& [key, value] : document["layer"][i].items())
      paths.push_back(fmt::format("layer[{}].{}", i, key));
  return paths;
}

Json& at_path(Json& json, const std::string& path) {
  Json* place = &json;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    if (place->is_null())
      *place = Json::object();  // [] says "object" before there is one: fatal out of memory
    place = &(*place)[path.substr(from, dot - from)];
    from = dot + 1;
  }
  return *place;
}

bool has_path(const Json& json, const std::string& path) {
  const Json* place = &json;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    const std::string name = path.substr(from, dot - from);
    if (!place->is_object() || !place->contains(name)) return false;
    place = &(*place)[name];
    from = dot + 1;
  }
  return true;
}

/// Layers of a document, the last Dense's "auto" replaced; says whether it was there.
std::vector<Layer> layers_of(const Json& list, bool& sized_by_data) {
  std::vector<Layer> layers;
  sized_by_data = false;
  if (!list.is_array())
    throw Error(Code::usage_bad_value,
                {.where = "layer", .what = "layers are a list", .hint = "open each with [[layer]]"});
  if (list.empty())
    throw Error(Code::usage_missing, {.where = "layer",
                                      .what = "a network needs a layer",
                                      .hint = "open each with [[layer]], or leave the word out"});
  for (std::size_t i = 0; i < list.size(); ++i) {
    Json item = list[i];
    if (i + 1 == list.size() && item.is_object() && is_text(item.value("kind", Json()), "dense") &&
        (!item.contains("units") || is_text(item["units"], "auto"))) {
      item["units"] = 1;
      sized_by_data = true;
    }
    layers.push_back(layer_from_json(item, fmt::format("layer[{}]", i)));
  }
  return layers;
}

Settings settings_of(const Json& document, bool& sized_by_data) {
  Settings settings;
  static const std::vector<std::string> known = {"data", "forecast", "layer", "train"};
  for (const auto& [key, value] : document.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error(Code::usage_unknown_word, {.where = key,
                                             .what = fmt::format("a settings file has no part '{}'", key),
                                             .expected = "[data], [forecast], [[layer]] or [train]",
                                             .hint = base::suggest(key, known)});
  take_values(document, settings);
  if (document.contains("layer")) settings.layers = layers_of(document["layer"], sized_by_data);
  return settings;
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

/// Flags of dropout inside the cells, and the layers' settings that they give.
constexpr std::pair<const char*, const char*> kMasksInside[] = {{"input-dropout", "dropout"},
                                                                {"recurrent-dropout", "recurrent_dropout"}};

/// The stack of recurrent layers that the flags of the network ask for, and where each of their settings came
/// from.
Json network_of(const Arguments& args, std::map<std::string, Origin>& origins) {
  const std::string cell = args.text("cell", "lstm");
  const Leaf whole{.kind = LeafKind::whole};
  const Leaf number{.kind = LeafKind::number};
  const auto given = [&](const char* flag) { return args.has(flag) ? Origin::flag : Origin::guessed; };
  const std::vector<std::string> units = split_commas(args.text("units", std::to_string(kGuessedUnits)));
  Json layers = Json::array();
  const auto add = [&](Json layer, const std::map<std::string, Origin>& found) {
    for (const auto& [key, origin] : found) origins[fmt::format("layer[{}].{}", layers.size(), key)] = origin;
    layers.push_back(std::move(layer));
  };
  Json masks = Json::object();  // inside each cell
  std::map<std::string, Origin> of_masks;
  for (const auto& [flag, setting] : kMasksInside)
    if (args.has(flag)) {
      masks[setting] = value_of(number, args.text(flag));
      of_masks[setting] = Origin::flag;
    }
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool last = i + 1 == units.size();
    const char* const returns = last ? "last" : "sequence";
    const Origin of_returns = last ? Origin::standard : Origin::guessed;
    if (args.has("bidirectional")) {
      Json direction = {{"kind", cell}, {"units", value_of(whole, units[i])}};
      direction.update(masks);
      const Origin of_both =
          args.has("cell") || args.has("units") || !masks.empty() ? Origin::flag : Origin::guessed;
      add({{"kind", "bidirectional"},
           {"merge", args.text("merge", "concat")},
           {"returns", returns},
           {"forward", direction},
           {"backward", direction}},
          {{"kind", Origin::flag},
           {"merge", args.has("merge") ? Origin::flag : Origin::standard},
           {"returns", of_returns},
           {"forward", of_both},
           {"backward", of_both}});
    } else {
      Json layer = {{"kind", cell}, {"units", value_of(whole, units[i])}, {"returns", returns}};
      layer.update(masks);
      std::map<std::string, Origin> origins_here = {
          {"kind", given("cell")}, {"units", given("units")}, {"returns", of_returns}};
      origins_here.insert(of_masks.begin(), of_masks.end());
      add(std::move(layer), origins_here);
    }
    if (args.has("dropout"))
      add({{"kind", "dropout"}, {"rate", value_of(number, args.text("dropout"))}},
          {{"kind", Origin::flag}, {"rate", Origin::flag}});
  }
  if (args.has("merge") && !args.has("bidirectional"))
    throw Error(Code::usage_conflict, {.where = "--merge",
                                       .what = "joins two directions, but there is one",
                                       .hint = "add --bidirectional"});
  add({{"kind", "dense"}, {"units", "auto"}}, {{"kind", Origin::guessed}, {"units", Origin::guessed}});
  return layers;
}

/// In the words of the command line: layer[0].units came from --units, and so on.
Error network_error(const Error& error) {
  ErrorInfo info = error.info();
  const auto ends = [&](const char* name) { return info.where.ends_with(name); };
  if (ends(".kind")) {
    info.where = "--cell";
    if (info.what.starts_with("there is no layer ")) info.what.replace(12, 5, "cell");
  } else if (ends(".units"))
    info.where = "--units";
  else if (ends(".rate"))
    info.where = "--dropout";
  else if (ends(".dropout"))
    info.where = "--input-dropout";
  else if (ends(".recurrent_dropout"))
    info.where = "--recurrent-dropout";
  else if (ends(".merge"))
    info.where = "--merge";
  return Error(error.code(), error.role(), info);
}

/// --set layer[0].units=64, --set layer.0.units=64: checked by layer_from_json like any other.
/// Returns the setting's path.
std::string set_layer(Json& document, const std::string& path, const std::string& value) {
  const std::size_t digits = path.find_first_of("0123456789");
  const std::size_t end = digits == std::string::npos ? digits : path.find_first_not_of("0123456789", digits);
  const std::size_t count = document.contains("layer") ? document["layer"].size() : 0;
  const std::size_t dot = end == std::string::npos ? end : path.find('.', end);
  if (digits == std::string::npos || dot == std::string::npos || end - digits > 6)
    throw Error(Code::usage_bad_value, {.where = "--set",
                                        .what = "a layer's setting is named by the layer's number",
                                        .expected = "such as layer[0].units=64",
                                        .got = path + "=" + value});
  const std::size_t index = std::stoul(path.substr(digits, end - digits));
  if (index >= count)
    throw Error(Code::usage_bad_value,
                {.where = "--set " + path,
                 .what = fmt::format("there {} {}, numbered from 0", count == 1 ? "is" : "are",
                                     base::counted(static_cast<std::int64_t>(count), "layer")),
                 .hint = "carousel show-config lists the settings of each"});
  at_path(document["layer"][index], path.substr(dot + 1)) = toml_value(value);
  return fmt::format("layer[{}].{}", index, path.substr(dot + 1));
}

std::string settings_file(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  return fs::is_directory(file, ignored) ? (fs::path(file) / "run.toml").string() : file;
}

/// The origins that the lines of a run's settings end with: "(default)", "(flag)", "(guessed)"; of several
/// settings on one line "(test: flag, order: default)".
std::map<std::string, Origin> remembered_origins(const TomlFile& file) {
  std::map<std::string, Origin> origins;
  for (const auto& [path, place] : file.places) {
    if (place.line < 1 || place.line > static_cast<long>(file.lines.size())) continue;
    const std::string& line = file.lines[static_cast<std::size_t>(place.line - 1)];
    const std::size_t open = line.rfind('(');
    if (open == std::string::npos || !line.ends_with(")")) continue;
    const std::string words = ", " + line.substr(open + 1, line.size() - open - 2) + ",";
    const std::string key = path.substr(path.rfind('.') + 1);
    for (const Origin origin : {Origin::standard, Origin::flag, Origin::guessed})
      if (words == fmt::format(", {},", name_of(origin)) ||
          words.find(fmt::format(", {}: {},", key, name_of(origin))) != std::string::npos)
        origins[path] = origin;
  }
  return origins;
}

/// Files that a settings file names stand beside it.
void make_relative_to(Json& data, const std::filesystem::path& folder) {
  for (const char* key :
       {"file", "lengths", "mask", "test_file", "test_target", "test_lengths", "test_mask", "target"}) {
    if (!data.is_object() || !data.contains(key)) continue;
    const auto place = [&](Json& value) {
      if (!value.is_string()) return;
      const std::string name = value.get<std::string>();
      if (name.empty() || name == "-" || name.front() == '/') return;
      // A target or mask is a column or an array's name as often as a file: only what exists there is a file.
      std::error_code ignored;
      const std::string there = (folder / name).lexically_normal().string();
      if (std::string_view(key) == "file" || std::filesystem::exists(there, ignored)) value = there;
    };
    if (data[key].is_array())
      for (Json& item : data[key]) place(item);
    else
      place(data[key]);
  }
}

}  // namespace

std::string_view name_of(Origin origin) {
  switch (origin) {
    case Origin::standard:
      return "default";
    case Origin::file:
      return "file";
    case Origin::flag:
      return "flag";
    case Origin::guessed:
      return "guessed";
  }
  return "default";
}

Origin Config::origin(const std::string& path) const {
  const auto found = origins.find(path);
  return found == origins.end() ? Origin::standard : found->second;
}

Origin Config::shown_origin(const std::string& path) const {
  const Origin now = origin(path);
  const auto found = remembered.find(path);
  return now == Origin::file && found != remembered.end() ? found->second : now;
}

Origin Config::layer_origin(std::size_t index, const std::string& key) const {
  const std::string path = fmt::format("layer[{}].{}", index, key);
  if (const auto found = origins.find(path); found != origins.end()) return found->second;
  if (sized_by_data && index + 1 == settings.layers.size() && key == "units") return Origin::guessed;
  if (const auto found = remembered.find(path); origin("layer") == Origin::file && found != remembered.end())
    return found->second;
  const Json& layers = given.at("layer");
  return index < layers.size() && layers[index].contains(key) ? origin("layer") : Origin::standard;
}

void Config::guess(const std::string& path, const Json& value) {
  if (origin(path) == Origin::file || origin(path) == Origin::flag) {
    Json now = values_of(settings);
    if (!is_text(at_path(now, path), "auto")) return;
  }
  Json document = Json::object();
  at_path(document, path) = value;
  take_values(document, settings);
  origins[path] = Origin::guessed;
}

ModelSpec Config::spec(int units) const {
  ModelSpec spec{settings.layers};
  if (sized_by_data) std::get<Dense>(spec.layers.back()).units = units;
  return spec;
}

std::vector<Option> setting_options() {
  static const std::vector<std::string> brief = {"data.target",  "data.window",          "data.horizon",
                                                 "data.missing", "data.split.test",      "train.epochs",
                                                 "train.batch",  "train.optimizer.rate", "train.seed"};
  static const std::map<std::string, std::vector<std::string>> aliases = {
      {"data.window", {"--look-back"}},
      {"train.optimizer.rate", {"--learning-rate", "--lr"}},
      {"train.batch", {"--batch-size"}},
      {"data.split.order", {}}};
  // True when they are given: what a user asks for, off otherwise.
  static const std::vector<std::string> switches = {"train.histograms", "train.tensorboard"};
  std::vector<Option> options;
  for (const Leaf& leaf : setting_leaves()) {
    if (leaf.path == "data.file") continue;
    Option option{.name = flag_of(leaf.path),
                  .value = leaf.shape,
                  .doc = leaf.doc,
                  .group = leaf.path.starts_with("data.")       ? "Data"
                           : leaf.path.starts_with("forecast.") ? "Forecast"
                                                                : "Training",
                  .brief = std::find(brief.begin(), brief.end(), leaf.path) != brief.end(),
                  .setting = leaf.path};
    if (const auto found = aliases.find(leaf.path); found != aliases.end()) option.aliases = found->second;
    if (std::find(switches.begin(), switches.end(), leaf.path) != switches.end()) option.value.clear();
    options.push_back(std::move(option));
  }
  options.push_back(
      {.name = "shuffle-split", .value = "", .doc = "the same as --split-order shuffled", .group = "Data"});
  options.push_back({.name = "no-header", .value = "", .doc = "the same as --header no", .group = "Data"});
  options.push_back({.name = "set",
                     .value = "A.B=C",
                     .doc = "any setting by its path, e.g. train.seed=2 or layer[0].units=64",
                     .group = "Settings",
                     .repeats = true});
  return options;
}

std::vector<Option> network_options() {
  return {{.name = "cell",
           .value = "NAME",
           .doc = "lstm, gru, rnn, ...: carousel cells lists them",
           .group = "Network",
           .brief = true},
          {.name = "units",
           .value = "A,B",
           .doc = "hidden units of each recurrent layer",
           .group = "Network",
           .brief = true},
          {.name = "dropout",
           .value = "X",
           .doc = "a layer behind each recurrent one that drops this share of its output in training; within "
                  "cells: --input-dropout",
           .group = "Network",
           .brief = true},
          {.name = "input-dropout",
           .value = "X",
           .doc = "share of what enters each cell's gates that is dropped, one mask a sequence",
           .group = "Network"},
          {.name = "recurrent-dropout",
           .value = "X",
           .doc = "share of the h of the step before that each cell's gates do not see, one mask a sequence",
           .group = "Network"},
          {.name = "bidirectional",
           .value = "",
           .doc = "read each sequence in both directions",
           .group = "Network"},
          {.name = "merge",
           .value = "concat|sum|mul|average",
           .doc = "how the two directions are joined",
           .group = "Network"}};
}

Config load_config(const std::string& file, const Arguments& args) {
  Config config;
  Json& document = config.given;
  if (!file.empty()) {
    config.file = read_toml(settings_file(file));
    try {
      bool ignored = false;
      settings_of(config.file->json, ignored);
    } catch (const Error& error) {
      throw config.file->placed(error);
    }
    document = config.file->json;
    for (const Leaf& leaf : setting_leaves())
      if (has_path(document, leaf.path)) config.origins[leaf.path] = Origin::file;
    if (document.contains("layer")) config.origins["layer"] = Origin::file;
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) config.remembered = remembered_origins(*config.file);
    if (document.contains("data"))
      make_relative_to(document["data"], std::filesystem::path(config.file->path).parent_path());
  }
  std::map<std::string, std::string> typed;  // path -> the flag as typed
  const auto set_leaf = [&](const std::string& path, const Json& value, const std::string& flag) {
    at_path(document, path) = value;
    config.origins[path] = Origin::flag;
    typed[path] = flag;
  };
  for (const Option& option : setting_options())
    if (args.settings.contains(option.name))
      set_leaf(option.setting, value_of(*find_leaf(option.setting), args.text(option.name)),
               "--" + option.name);
  if (args.has("shuffle-split")) set_leaf("data.split.order", "shuffled", "--shuffle-split");
  if (args.has("no-header")) set_leaf("data.header", "no", "--no-header");

  const std::vector<Option> of_network = network_options();
  const bool network_flags = std::any_of(of_network.begin(), of_network.end(),
                                         [&](const Option& option) { return args.has(option.name); });
  if (network_flags || !document.contains("layer")) {
    document["layer"] = network_of(args, config.origins);
    config.origins["layer"] = network_flags ? Origin::flag : Origin::guessed;
    config.network_guessed = !network_flags;
    try {
      layers_of(document["layer"], config.sized_by_data);
    } catch (const Error& error) {
      throw network_error(error);
    }
  }
  if (args.values.contains("set")) {
    for (const std::string& word : args.values.at("set")) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos)
        throw Error(Code::usage_bad_value, {.where = "--set",
                                            .what = "needs a setting and its value",
                                            .expected = "such as train.seed=2",
                                            .got = "'" + word + "'"});
      const std::string path = word.substr(0, equals), value = word.substr(equals + 1);
      if (path.starts_with("layer[") || path.starts_with("layer.")) {
        config.origins[set_layer(document, path, value)] = Origin::flag;
        typed["layer"] = "--set " + path;
      } else if (const Leaf* leaf = find_leaf(path)) {
        set_leaf(path, value_of(*leaf, value), "--set " + path);
      } else {
        const std::string near = base::did_you_mean(path, setting_paths(document));
        throw Error(Code::usage_unknown_word,
                    {.where = "--set",
                     .what = fmt::format("there is no setting '{}'", path),
                     .hint = near.empty() ? "carousel show-config lists them" : near});
      }
    }
  }
  try {
    config.settings = settings_of(document, config.sized_by_data);
  } catch (const Error& error) {
    ErrorInfo info = error.info();
    if (const auto found = typed.find(info.where); found != typed.end())
      info.where = found->second;
    else if (info.where.starts_with("layer") && typed.contains("layer"))
      info.where = typed["layer"];
    throw Error(error.code(), error.role(), info);
  }
  return config;
}

}  // namespace carousel::cli
