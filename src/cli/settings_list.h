// The settings of a run one by one, each with its value and where that came from.
#pragma once

#include <string>
#include <vector>

#include "cli/config.h"
#include "report/page.h"

namespace carousel::cli {

struct ListedSetting {
  std::string path;  ///< "data.window", "layer[0].units"
  Json value;
  Origin origin = Origin::standard;
};

/// Every setting, those of the layers last.
std::vector<ListedSetting> list_settings(const Config& config);

/// A value as it stands in a table: a list with its brackets, text with its quotes.
std::string text_of(const Json& value);

/// What was given or guessed as a table, and what was left as it is as a folded one.
report::Section settings_section(const Config& config);

}  // namespace carousel::cli
