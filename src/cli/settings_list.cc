// Walks over a configuration.
#include "cli/settings_list.h"

#include "data/describe.h"
#include "model/spec_json.h"
#include "train/options_fields.h"

namespace carousel::cli {
namespace {

const Json& at(const Json& json, const std::string& path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return json.at(path);
  return at(json.at(path.substr(0, dot)), path.substr(dot + 1));
}

}  // namespace

std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<ListedSetting> list_settings(const Config& config) {
  std::vector<ListedSetting> all;
  const Json values = values_of(config.settings);
  for (const Leaf& leaf : setting_leaves())
    all.push_back({leaf.path, at(values, leaf.path), config.shown_origin(leaf.path)});
  for (std::size_t i = 0; i < config.settings.layers.size(); ++i) {
    Json layer = layer_to_json(config.settings.layers[i]);
    if (config.sized_by_data && i + 1 == config.settings.layers.size()) layer["units"] = "auto";
    for (const auto& [key, value] : layer.items())
      all.push_back({fmt::format("layer[{}].{}", i, key), value, config.layer_origin(i, key)});
  }
  return all;
}

report::Section settings_section(const Config& config) {
  report::Section section{.heading = "Settings",
                          .text =
                              "Where each came from: a flag, a settings file, or a guess from the data. "
                              "run.toml beside this page "
                              "holds them all, and carousel train reads it."};
  report::Table said{.columns = {"setting", "value", "origin"}, .words = true}, standard = said;
  for (const ListedSetting& one : list_settings(config))
    (one.origin == Origin::standard ? standard : said)
        .rows.push_back({one.path, text_of(one.value), std::string(name_of(one.origin))});
  standard.folded = fmt::format("the other {} settings, as they are by default", standard.rows.size());
  section.tables = {std::move(said), std::move(standard)};
  return section;
}

}  // namespace carousel::cli
