// A TOML file as JSON, with the place of every key in the file for messages.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fields_json.h"

namespace carousel::cli {

struct Place {
  long line = 0;   ///< from 1
  int column = 0;  ///< from 0
};

struct TomlFile {
  std::string path;
  Json json = Json::object();
  std::map<std::string, Place> places;  ///< by path of the setting: "data.window", "layer[0].units"
  std::vector<std::string> lines;

  /// The same error with the file, the line and a caret, where `error.info().where` is a setting of this
  /// file.
  Error placed(const Error& error) const;
};

/// Throws usage_syntax with line and column; usage_missing when the file cannot be read.
TomlFile read_toml(const std::string& path);
TomlFile parse_toml(const std::string& text, const std::string& path);

/// One value as TOML writes it, e.g. of --set layer[0].units=64; text that is no TOML value stays text.
Json toml_value(const std::string& text);

}  // namespace carousel::cli
