// Writes settings as a TOML file that explains itself: each line with its comment, every default shown.
#include <algorithm>
#include <filesystem>

#include "cli/config.h"
#include "data/describe.h"
#include "forecast/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

constexpr std::size_t kCommentColumn = 34, kMostChoices = 70;

std::string line_of(const std::string& key, const std::string& value, const std::string& comment) {
  const std::string text = key + " = " + value;
  if (comment.empty()) return text + "\n";
  return fmt::format("{:<{}}  # {}\n", text, kCommentColumn, comment);
}

/// JSON as TOML writes it on one line. The two differ in tables, and in DEL, which TOML wants escaped.
std::string inline_value(const Json& json) {
  if (json.is_object()) {
    std::string text;
    for (const auto& [key, value] : json.items())
      text += (text.empty() ? "" : ", ") + key + " = " + inline_value(value);
    return "{ " + text + " }";
  }
  if (json.is_array()) {
    std::string text;
    for (const Json& item : json) text += (text.empty() ? "" : ", ") + inline_value(item);
    return "[" + text + "]";
  }
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find('\x7f', at)) != std::string::npos;) text.replace(at, 1, "\\u007f");
  return text;
}

/// Only what differs from the defaults of a layer of that kind, for the two directions of a bidirectional
/// one.
Json without_defaults(const Json& layer) {
  Json kept = {{"kind", layer["kind"]}};
  for (const Leaf& leaf : layer_leaves(layer["kind"].get<std::string>()))
    if (leaf.path == "units" || layer[leaf.path] != leaf.standard) kept[leaf.path] = layer[leaf.path];
  return kept;
}

/// What a run's settings remember of where a value came from; the file itself needs no word.
std::string with_origin(const std::string& comment, Origin origin) {
  return origin == Origin::file ? comment : fmt::format("{} ({})", comment, name_of(origin));
}

/// What a setting is for, and the words that it takes where they are few.
std::string comment_of(const Leaf& leaf) {
  const bool words = leaf.values.find(" | ") != std::string::npos && leaf.values.size() <= kMostChoices &&
                     (leaf.kind == LeafKind::choice || leaf.kind == LeafKind::text);
  return words ? leaf.doc + ": " + leaf.values : leaf.doc;
}

/// `open`: the data is yet to decide the units.
std::string layer_text(const Config& config, std::size_t index, bool open) {
  const Json layer = layer_to_json(config.settings.layers[index]);
  const std::string kind = layer["kind"].get<std::string>();
  const auto line = [&](const std::string& key, const std::string& value, const std::string& comment) {
    return line_of(key, value, with_origin(comment, config.layer_origin(index, key)));
  };
  std::string text =
      "[[layer]]\n" + line("kind", layer["kind"].dump(),
                           "a cell (carousel cells), bidirectional, dense, activation or dropout");
  if (kind == "bidirectional") {
    text += line("merge", layer["merge"].dump(),
                 "how the two directions are joined: sum | concat | mul | average");
    text += line("returns", layer["returns"].dump(),
                 "whether every step is put out or the last: sequence | last");
    for (const char* direction : {"forward", "backward"})
      text += line(direction, inline_value(without_defaults(layer[direction])), "a recurrent layer");
    return text;
  }
  const bool last = index + 1 == config.settings.layers.size();
  for (const Leaf& leaf : layer_leaves(kind)) {
    const bool of_data =
        leaf.path == "units" && last && (open || config.layer_origin(index, "units") == Origin::guessed);
    text += line(leaf.path, of_data && open ? "\"auto\"" : inline_value(layer[leaf.path]),
                 of_data ? "as many outputs as the data has targets" : comment_of(leaf));
  }
  return text;
}

/// What a run's settings remember of several values on one line.
std::string with_origins(const std::string& comment, const std::string& path, const Json& values,
                         const Config& config) {
  std::string words;
  bool alike = true;
  const Origin first = config.shown_origin(path + "." + values.begin().key());
  for (const auto& [key, value] : values.items()) {
    const Origin origin = config.shown_origin(path + "." + key);
    alike &= origin == first;
    words += fmt::format("{}{}: {}", words.empty() ? "" : ", ", key, name_of(origin));
  }
  return alike ? with_origin(comment, first) : fmt::format("{} ({})", comment, words);
}

/// A part whose tables of at most three settings stand on one line, larger ones under their own heading
/// behind it.
template <Described S>
std::string part_text(const std::string& name, const S& settings, const Config& config, const Json& values) {
  std::string text = "[" + name + "]\n", behind;
  S copy = settings;
  describe(copy, [&](const Field& field, auto& value) {
    const std::string key(field.name), path = name + "." + key;
    if (const Leaf* leaf = find_leaf(path)) {
      text +=
          line_of(key, inline_value(values[key]), with_origin(comment_of(*leaf), config.shown_origin(path)));
    } else if constexpr (Described<std::decay_t<decltype(value)>>) {
      if (values[key].size() <= 3)
        text += line_of(key, inline_value(values[key]),
                        with_origins(std::string(field.doc), path, values[key], config));
      else
        behind += "\n" + part_text(path, value, config, values[key]);
    }
  });
  return text + behind;
}

/// The files of `data` as seen from `folder`.
void name_from(Json& data, const std::string& folder) {
  namespace fs = std::filesystem;
  const auto rename = [&](Json& value) {
    std::error_code failed;
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    if (name.empty() || name == "-" || !fs::is_regular_file(name, failed)) return;
    const fs::path there = fs::proximate(name, folder.empty() ? "." : folder, failed);
    if (!failed) value = name.front() == '/' ? name : there.string();
  };
  for (const char* key : {"file", "lengths", "mask", "test_file", "test_target", "test_lengths", "test_mask"})
    rename(data[key]);
  for (Json& item : data["target"]) rename(item);
}

}  // namespace

std::string toml_text(const Config& config, const std::string& heading, const std::string& folder) {
  Json data = to_json(config.settings.data);
  name_from(data, folder);
  std::string text =
      "# " + heading + "\n\n" + part_text("data", config.settings.data, config, data) + "\n" +
      part_text("forecast", config.settings.forecast, config, to_json(config.settings.forecast));
  for (std::size_t i = 0; i < config.settings.layers.size(); ++i) {
    text += "\n" + layer_text(config, i, config.sized_by_data && i + 1 == config.settings.layers.size());
  }
  return text + "\n" + part_text("train", config.settings.train, config, to_json(config.settings.train));
}

}  // namespace carousel::cli
