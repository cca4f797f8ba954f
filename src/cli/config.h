// Config: settings as put together from defaults, a settings file and flags, with the origin of every value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/option.h"
#include "cli/settings.h"
#include "cli/toml_file.h"

namespace carousel::cli {

enum class Origin { standard, file, flag, guessed };
std::string_view name_of(Origin origin);

struct Config {
  Settings settings;
  /// What was given, by file or flag, as {"data": {...}, "layer": [...], "train": {...}}.
  Json given = Json::object();
  /// By path of the setting, and "layer" for all layers.
  std::map<std::string, Origin> origins;
  std::optional<TomlFile> file;
  /// Origins that the settings of a run folder remember of values that stand in them: for display, and to
  /// guess anew for other data what was guessed of how to read a file.
  std::map<std::string, Origin> remembered;
  /// The last layer is a Dense whose width the data decides.
  bool sized_by_data = false;
  /// No layer was given at all: the network is a guess too.
  bool network_guessed = false;

  Origin origin(const std::string& path) const;
  /// The origin as people are told: of a run's settings the one that they remember.
  Origin shown_origin(const std::string& path) const;
  /// Where a layer's setting came from.
  Origin layer_origin(std::size_t index, const std::string& key) const;
  /// Sets a leaf to what was found out.
  void guess(const std::string& path, const Json& value);
  /// The network with its last Dense given `units`.
  ModelSpec spec(int units) const;
};

/// The options of the table that give settings, and --set: for commands that take settings.
std::vector<Option> setting_options();
/// --cell, --units, --dropout, --bidirectional, --merge: a network without a settings file.
std::vector<Option> network_options();

/// Puts settings together. `file` is a settings file or a run folder, "" for none.
/// Throws usage_* with the flag, or with file and line, in the message.
Config load_config(const std::string& file, const Arguments& args);

/// A settings file with every value of `config`, each line with its comment. A data file is named relative to
/// `folder`, where the text will stand.
std::string toml_text(const Config& config, const std::string& heading, const std::string& folder);

}  // namespace carousel::cli
